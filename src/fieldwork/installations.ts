/** The service of installations. */
import { Context, DateTime, Effect, Layer } from "effect"
import { OrganizationNotFound, OrganizationStore } from "../accounts/index.js"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  localDate,
  named,
  type Page,
  pageOf,
  pageRequest,
  type Transactor
} from "../core/index.js"
import { type Acting, fieldDesk } from "./desk.js"
import type { InstallationNotFound, SurveyNotFound } from "./errors.js"
import {
  CloseInstallation,
  type CloseInstallationInput,
  CompleteInstallation,
  type CompleteInstallationInput,
  type Installation,
  type InstallationAction,
  InstallationId,
  installationMachine,
  installationNumber,
  ListInstallations,
  type ListInstallationsInput,
  PlanInstallation,
  type PlanInstallationInput,
  ReportInstallation,
  type ReportInstallationInput,
  SetInstallationDate,
  type SetInstallationDateInput
} from "./installation.js"
import { InstallationBills } from "./installation-bills.js"
import { installationFacts, type Job, moveInstallation, withLead } from "./job.js"
import { decide, type StepError } from "./machine.js"
import type { Doing, Recording } from "./recording.js"
import { requireUsers } from "./roles.js"
import { CallStore, type FieldStore } from "./store.js"
import { Assign, type AssignInput, Because, type BecauseInput } from "./survey.js"
import { isSince } from "./surveys.js"
import type { KeptTransition } from "./transition.js"

const decodePlan = decodeInput(PlanInstallation)
const decodeDate = decodeInput(SetInstallationDate)
const decodeBecause = decodeInput(Because)
const decodeComplete = decodeInput(CompleteInstallation)
const decodeReport = decodeInput(ReportInstallation)
const decodeClose = decodeInput(CloseInstallation)
const decodeAssign = decodeInput(Assign)
const decodeList = decodeInput(ListInstallations)

type Moved = Acting<Installation, InstallationNotFound | StepError>
type Given = Acting<Installation, InstallationNotFound | StepError | InvalidInput>

export interface InstallationsShape {
  /**
   * On an approved survey; its number is the next of the year in the operator's zone.
   *
   * Fails with `InvalidInput`, `SurveyNotFound`, `RequirementMissing`, `InvalidTransition`.
   */
  readonly plan: (input: PlanInstallationInput) => Acting<Installation, SurveyNotFound | StepError | InvalidInput | OrganizationNotFound>
  /** Fails with `InstallationNotFound`. */
  readonly get: (id: string) => Acting<Installation, InstallationNotFound>
  readonly list: (input?: ListInstallationsInput) => Acting<Page<Installation>, InvalidInput>
  /** Which team does it. */
  readonly assign: (id: string, input: AssignInput) => Acting<Installation, InstallationNotFound | InvalidInput>
  /** To material_pending. */
  readonly requestMaterial: (id: string) => Moved
  /** To material_ready. */
  readonly receiveMaterial: (id: string) => Moved
  /** Fails with `CallMissing` until a confirmation call was connected since the last date was set. */
  readonly confirm: (id: string) => Moved
  /** A field team starts, completes and reports what is assigned to it. */
  readonly start: (id: string) => Moved
  /** Done on site. What is given here need not be reported again; without a serial the customer's message lacks one. */
  readonly complete: (id: string, input?: CompleteInstallationInput) => Given
  /** Fails with `RequirementMissing` without reference, serial or model. */
  readonly submitReport: (id: string, input?: ReportInstallationInput) => Given
  /**
   * Its lead is installation_completed then. Where its OEM has a customer and an add-on, it is billed, once; a failure there is told and does not
   * undo the closing. A missing `signature` is null in the answer, a warning. Fails with `RequirementMissing` before the demo.
   */
  readonly close: (id: string, input?: CloseInstallationInput) => Given
  readonly reschedule: (id: string, input: BecauseInput) => Given
  /** A new date after rescheduled: material_ready where the material is there, planned else. It waits for a confirmation call of its own. */
  readonly setDate: (id: string, input: SetInstallationDateInput) => Given
  /** Alone: its lead is survey_completed again. */
  readonly cancel: (id: string, input: BecauseInput) => Given
  readonly history: (id: string) => Acting<ReadonlyArray<KeptTransition>, InstallationNotFound>
}

type Needs = FieldStore | CallStore | InstallationBills | OrganizationStore | Recording | Transactor | Ids

const ON_SITE: ReadonlySet<InstallationAction> = new Set<InstallationAction>(["start", "complete", "submit_report"])
const OF_MATERIAL: ReadonlySet<InstallationAction> = new Set<InstallationAction>(["request_material", "receive_material"])

export class Installations extends Context.Tag("billwright/Installations")<Installations, InstallationsShape>() {
  static readonly layer: Layer.Layer<Installations, never, Needs> = Layer.effect(
    Installations,
    Effect.gen(function* () {
      const { acting, change, directory, jobOf, read, recording, store, transaction } = yield* fieldDesk
      const calls = yield* CallStore
      const organizations = yield* OrganizationStore
      const bills = yield* InstallationBills
      const ids = yield* Ids

      const step = (
        action: InstallationAction,
        id: string,
        { reason = null, set = {} }: { reason?: string | null; set?: Partial<Installation> } = {}
      ) =>
        change({
          operation: ON_SITE.has(action) ? "installations.work" : OF_MATERIAL.has(action) ? "installations.material" : "installations.plan",
          kind: "installation",
          id,
          ...(action === "close" ? { also: (row: Installation, { lead }: Job, { now }: Doing) => bills.note(row, lead, now) } : {}),
          ...(ON_SITE.has(action) ? { assigned: ({ team }: Installation) => team } : {}),
          moves: (installation, job, { now }) =>
            Effect.gen(function* () {
              const called =
                action === "confirm" &&
                isSince(yield* calls.lastConnected("installation_confirmation", installation.id), installation.date_set_at)
              const move = yield* moveInstallation(job, installation, action, { now, called, reason, set })
              return yield* withLead(job.lead, move, { installation: action }, now)
            })
        })
      const because = (action: InstallationAction) =>
        Effect.fnUntraced(function* (id: string, input: BecauseInput) {
          return yield* step(action, id, yield* decodeBecause(input))
        })

      /** The next number of the year that it is in the operator's zone. */
      const nextNumber = Effect.fnUntraced(function* (now: DateTime.Utc) {
        const organization = yield* organizations.current
        if (organization === undefined) return yield* new OrganizationNotFound({ id: yield* CurrentOrganization })
        const year = Number(localDate(now, organization.timezone).slice(0, 4))
        return installationNumber(year, yield* store.nextNumber(year, now))
      })

      return Installations.of({
        plan: Effect.fn("Installations.plan")(function* (input) {
          const given = yield* decodePlan(input)
          const user = yield* acting("installations.plan")
          yield* requireUsers(directory, [given.team])
          return yield* transaction(
            Effect.gen(function* () {
              const job = yield* jobOf("survey", given.survey, user, true)
              const now = yield* DateTime.now
              const installation: Installation = {
                ...given,
                id: InstallationId.make(yield* ids.next),
                organization_id: yield* CurrentOrganization,
                number: "",
                lead: job.lead.id,
                charger_serial: null,
                charger_model: job.lead.charger_model,
                customer_confirmed: false,
                demo_completed: false,
                signature: null,
                report_reference: null,
                material_there: false,
                status: "planned",
                date_set_at: now,
                created_at: now,
                updated_at: now
              }
              const facts = installationFacts(job, installation, false)
              yield* decide(installationMachine, { action: "plan", facts, id: installation.id, status: null })
              const move = { kind: "installation", before: null, after: installation, reason: null } as const
              const [, led] = yield* withLead(job.lead, move, { installation: "plan" }, now)
              const numbered: Installation = { ...installation, number: yield* nextNumber(now) }
              yield* recording.job(job.lead, [{ ...move, after: numbered }, led!], { user: user.id, now })
              return numbered
            })
          )
        }),

        get: Effect.fn("Installations.get")((id) => Effect.map(read("installation", id), ({ row }) => row)),

        list: Effect.fn("Installations.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "installation_date", "number"])
          const user = yield* acting("field.read")
          const own = user.role === "oem" ? { oem: user.id } : user.role === "customer" ? { customer: user.id } : {}
          return pageOf(request, yield* store.installations({ ...given, ...own }, request))
        }),

        assign: Effect.fn("Installations.assign")(function* (id, input) {
          const { user: team } = yield* decodeAssign(input)
          const user = yield* acting("installations.plan")
          yield* requireUsers(directory, [team])
          return yield* transaction(
            Effect.gen(function* () {
              const { installations } = yield* jobOf("installation", id, user, true)
              const after: Installation = { ...installations.find((one) => one.id === id)!, team, updated_at: yield* DateTime.now }
              yield* store.saveInstallation(after)
              return after
            })
          )
        }),

        requestMaterial: Effect.fn("Installations.requestMaterial")((id) => step("request_material", id)),
        receiveMaterial: Effect.fn("Installations.receiveMaterial")((id) => step("receive_material", id)),
        confirm: Effect.fn("Installations.confirm")((id) => step("confirm", id)),
        start: Effect.fn("Installations.start")((id) => step("start", id)),
        complete: Effect.fn("Installations.complete")(function* (id, input = {}) {
          return yield* step("complete", id, { set: named(yield* decodeComplete(input)) })
        }),
        submitReport: Effect.fn("Installations.submitReport")(function* (id, input = {}) {
          return yield* step("submit_report", id, { set: named(yield* decodeReport(input)) })
        }),
        close: Effect.fn("Installations.close")(function* (id, input = {}) {
          const closed = yield* step("close", id, { set: named(yield* decodeClose(input)) })
          // What the database could not do now is done by `billDue`.
          yield* Effect.ignore(bills.bill(id))
          return closed
        }),
        reschedule: Effect.fn("Installations.reschedule")(because("reschedule")),
        setDate: Effect.fn("Installations.setDate")(function* (id, input) {
          const { team, ...given } = yield* decodeDate(input)
          yield* requireUsers(directory, [team])
          return yield* step("set_date", id, { set: team === undefined ? given : { ...given, team } })
        }),
        cancel: Effect.fn("Installations.cancel")(because("cancel")),
        history: Effect.fn("Installations.history")((id) => Effect.flatMap(read("installation", id), () => store.history(id)))
      })
    })
  )
}
