/** A small operator for tests of the field side on both engines: users of every role, an OEM, and the way from a lead to a closed installation. */
import { Effect, Layer } from "effect"
import { storesLayer } from "../../adapters/sql/stores.js"
import { testClock } from "../../adapters/testing/index.js"
import { servicesLayer } from "../../src/client/services.js"
import { CurrentOrganization } from "../../src/core/index.js"
import {
  Calls,
  type CallType,
  type CreateLeadInput,
  type CreateOemInput,
  CurrentUser,
  type FieldEvent,
  FieldEvents,
  Installations,
  Leads,
  type LogCallInput,
  Oems,
  type Role,
  Surveys,
  type User,
  UserDirectory
} from "../../src/fieldwork/index.js"
import { Doctor } from "../../src/operations/index.js"
import { builtOnce } from "./built-once.js"
import { describeEngines, type Engine, type EngineServices } from "./describe-engines.js"
import { fieldPorts } from "./field-ports.js"

const ROLE_NAMES = ["oem", "customer", "central_ops", "field_team", "procurement", "finance", "oem_reporting"] as const

const idOf = (place: number) => `00000000-0000-7000-8000-${String(place).padStart(12, "0")}`

/** One user of each role, two more OEMs and a second field team; by their names. */
export const users = {
  ...(Object.fromEntries(ROLE_NAMES.map((role, place) => [role, idOf(place + 1)])) as Record<Role, string>),
  other_oem: idOf(8),
  other_team: idOf(9),
  third_oem: idOf(10)
}
type UserName = keyof typeof users

export const directory: ReadonlyArray<User> = Object.entries(users).map(([name, id]) => ({
  id,
  name,
  role: name === "other_oem" || name === "third_oem" ? "oem" : name === "other_team" ? "field_team" : (name as Role),
  phone: "+4915112345678",
  email: `${name}@example.com`,
  push: null,
  locale: "en",
  timezone: "Europe/Berlin"
}))

/** Phone of the customer in all tests. */
export const PHONE = "+919876543210"

const open = (engine: Engine, beside: Layer.Layer<never>) => {
  const clock = testClock("2025-03-01T09:00:00Z")
  const told: Array<FieldEvent> = []
  const ports = fieldPorts()
  const listening = Layer.mergeAll(
    ports.layer,
    beside,
    Layer.succeed(UserDirectory, {
      find: (ids) => Effect.succeed(directory.filter(({ id }) => ids.includes(id))),
      inRole: (role) => Effect.succeed(directory.filter((user) => user.role === role))
    }),
    Layer.succeed(FieldEvents, {
      tell: (events) =>
        Effect.sync(() => {
          told.push(...events)
        })
    })
  )
  const services = servicesLayer.pipe(Layer.provide(listening), Layer.provide(storesLayer))
  type Provided = Layer.Layer.Success<typeof services> | EngineServices | CurrentOrganization | CurrentUser
  const built = builtOnce(engine, services)

  /** An operator of its own with the profile of an OEM. */
  const operator = async (profile: Partial<CreateOemInput> = {}) => {
    const organization = await engine.newOrganization()
    const as = <A, E>(user: UserName, effect: Effect.Effect<A, E, Provided>) =>
      effect.pipe(
        Effect.provideService(CurrentUser, users[user]),
        Effect.provideService(CurrentOrganization, organization),
        Effect.provide(built),
        Effect.provide(clock.layer)
      )
    const run = <A, E>(effect: Effect.Effect<A, E, Provided>, user: UserName = "central_ops"): Promise<A> => engine.run(as(user, effect))
    const fail = <A, E>(effect: Effect.Effect<A, E, Provided>, user: UserName = "central_ops"): Promise<E> => engine.fail(as(user, effect))
    await run(Effect.flatMap(Oems, (oems) => oems.create({ user: users.oem, ...profile })))

    const log = (input: Pick<LogCallInput, "call_type" | "context_id"> & Partial<LogCallInput>) =>
      Effect.flatMap(Calls, (calls) => {
        const of: Partial<Record<CallType, LogCallInput["context_type"]>> = { introductory: "lead", survey_confirmation: "survey" }
        return calls.log({ callee_phone: PHONE, context_type: of[input.call_type] ?? "installation", outcome: "connected", ...input })
      })

    /** A lead with its documents. */
    const ready = (input: Partial<CreateLeadInput> = {}) =>
      Effect.gen(function* () {
        const leads = yield* Leads
        const { id } = yield* leads.create({
          oem: users.oem,
          customer: users.customer,
          phone: PHONE,
          charger_model: "W22",
          assigned_handler: users.central_ops,
          electricity_bill_received: true,
          ...input
        })
        yield* log({ call_type: "introductory", context_id: id })
        yield* leads.contact(id)
        yield* leads.requestDocuments(id)
        return yield* leads.receiveDocuments(id)
      })

    /** A lead whose survey was approved. */
    const surveyed = (input: Partial<CreateLeadInput> = {}) =>
      Effect.gen(function* () {
        const lead = yield* ready(input)
        const surveys = yield* Surveys
        const { id } = yield* surveys.schedule({ lead: lead.id, survey_date: "2025-03-05", slot: "morning", surveyor: users.field_team })
        yield* log({ call_type: "survey_confirmation", context_id: id })
        yield* surveys.confirm(id)
        yield* surveys.start(id)
        yield* surveys.complete(id)
        yield* surveys.submitReport(id, { report_reference: idOf(500) })
        return yield* surveys.approve(id)
      })

    /** An installation that is done on site. */
    const installed = (input: Partial<CreateLeadInput> = {}) =>
      Effect.gen(function* () {
        const survey = yield* surveyed(input)
        const installations = yield* Installations
        const { id } = yield* installations.plan({
          survey: survey.id,
          installation_date: "2025-03-10",
          slot: "afternoon",
          team: users.field_team
        })
        yield* installations.receiveMaterial(id)
        yield* log({ call_type: "installation_confirmation", context_id: id })
        yield* installations.confirm(id)
        yield* installations.start(id)
        return yield* installations.complete(id)
      })

    /** A closed installation. */
    const closed = (input: Partial<CreateLeadInput> = {}) =>
      Effect.gen(function* () {
        const { id } = yield* installed(input)
        const installations = yield* Installations
        yield* installations.submitReport(id, { report_reference: idOf(501), charger_serial: "S-1", demo_completed: true })
        return yield* installations.close(id)
      })

    return {
      organization,
      run,
      fail,
      log,
      ready,
      surveyed,
      installed,
      closed,
      at: (time: string) => clock.set(time),
      violations: () => run(Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations)))
    }
  }
  return { engine: engine.name, asOwner: engine.asOwner, operator, told, host: ports.host }
}

export type FieldHost = ReturnType<typeof open>
export type Operator = Awaited<ReturnType<FieldHost["operator"]>>

/** A describe block for each engine, with a field side over it; `beside` are other ports of the host. */
export const describeField = (title: string, tests: (host: FieldHost) => void, beside: Layer.Layer<never> = Layer.empty): void =>
  describeEngines(title, (engine) => tests(open(engine, beside)))
