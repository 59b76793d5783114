/** The service of emergencies: raised, a backup looked for in a fixed order, resolved; what stands too long is escalated once. */
import { Context, DateTime, Duration, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  isUuid,
  type Page,
  type PageRequest,
  type PageRows,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import type { Acting } from "./desk.js"
import {
  type Emergency,
  type EmergencyCheck,
  EmergencyId,
  type EmergencyStatus,
  emergencyMachine,
  ListEmergencies,
  type ListEmergenciesInput,
  RaiseEmergency,
  type RaiseEmergencyInput,
  ResolveEmergency,
  type ResolveEmergencyInput,
  SEARCH,
  type SearchStep
} from "./emergency.js"
import { type Job, type Move, moveInstallation, moveSurvey } from "./job.js"
import { decide, type StepError } from "./machine.js"
import { Recording } from "./recording.js"
import { actingOver } from "./roles.js"
import { FieldStore } from "./store.js"
import { fromHost, type HostFailed, UserDirectory } from "./user.js"

const decodeRaise = decodeInput(RaiseEmergency)
const decodeResolve = decodeInput(ResolveEmergency)
const decodeList = decodeInput(ListEmergencies)

/** No such emergency in this organization. */
export class EmergencyNotFound extends Schema.TaggedError<EmergencyNotFound>()("EmergencyNotFound", { id: Schema.String }) {
  override get message() {
    return `emergency ${this.id} not found`
  }
}

/** What the host is asked: who can step in, looked for where `step` says. */
interface BackupQuestion {
  readonly step: SearchStep
  readonly lead: string
  readonly survey: string | null
  readonly installation: string | null
}

export interface HostBackups {
  /** The user who can step in, or null. */
  readonly find: (question: BackupQuestion) => Promise<string | null>
}

/** Who knows backups; nobody unless the host says. */
export class Backups extends Context.Reference<Backups>()("billwright/Backups", { defaultValue: (): HostBackups | null => null }) {}

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface EmergencyStoreShape {
  readonly insert: (emergency: Emergency) => Effect.Effect<void, StorageError>
  readonly save: (emergencies: ReadonlyArray<Emergency>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<Emergency | undefined>
  readonly page: (filter: { readonly status?: EmergencyStatus | undefined }, request: PageRequest) => Call<PageRows<Emergency>>
  /** Unresolved ones raised at or before an instant and not escalated, locked, oldest first. */
  readonly claimStanding: (raised_before: DateTime.Utc, limit: number) => Call<ReadonlyArray<Emergency>>
  /** Marks unresolved ones raised before an instant as having missed the target. */
  readonly markMissed: (raised_before: DateTime.Utc, now: DateTime.Utc) => Call<void>
}

export class EmergencyStore extends Context.Tag("billwright/EmergencyStore")<EmergencyStore, EmergencyStoreShape>() {}

const ESCALATED_AFTER = Duration.hours(2)
const TARGET = Duration.hours(4)
const BATCH = 200

export interface EmergenciesShape {
  /** Of exactly one survey or installation. Fails with `InvalidInput`. */
  readonly raise: (input: RaiseEmergencyInput) => Acting<Emergency, InvalidInput>
  /**
   * Looks for a backup: same zone and type, same zone and both types, adjacent zones; the first one found takes over. Where there is none the survey or
   * installation is rescheduled.
   *
   * Fails with `EmergencyNotFound`, `InvalidTransition`, `HostFailed`.
   */
  readonly assign: (id: string) => Acting<Emergency, EmergencyNotFound | StepError | HostFailed>
  readonly resolve: (id: string, input: ResolveEmergencyInput) => Acting<Emergency, EmergencyNotFound | StepError | InvalidInput>
  readonly get: (id: string) => Acting<Emergency, EmergencyNotFound>
  readonly list: (input?: ListEmergenciesInput) => Acting<Page<Emergency>, InvalidInput>
  /**
   * Tells central_ops of those that stand unresolved for two hours, each once; marks those beyond four. A job: nobody acts; not inside a transaction.
   * Fails with `HostFailed`.
   */
  readonly escalateDue: () => Effect.Effect<{ readonly escalated: number }, HostFailed | StorageError, CurrentOrganization>
}

/** The survey or installation of an emergency, rescheduled. */
const rescheduled = (job: Job, { installation, reason, survey }: Emergency, now: DateTime.Utc) => {
  const own = job.surveys.find(({ id }) => id === survey)
  return own === undefined
    ? moveInstallation(job, job.installations.find(({ id }) => id === installation)!, "reschedule", { now, reason })
    : moveSurvey(own, "reschedule", { now, reason })
}

type Needs = EmergencyStore | FieldStore | Recording | Transactor | Ids

export class Emergencies extends Context.Tag("billwright/Emergencies")<Emergencies, EmergenciesShape>() {
  static readonly layer: Layer.Layer<Emergencies, never, Needs> = Layer.effect(
    Emergencies,
    Effect.gen(function* () {
      const store = yield* EmergencyStore
      const field = yield* FieldStore
      const recording = yield* Recording
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const directory = yield* UserDirectory
      const acting = actingOver(directory)
      const host = yield* Backups

      const found = Effect.fnUntraced(function* (id: string) {
        return (isUuid(id) ? yield* store.find(id) : undefined) ?? (yield* new EmergencyNotFound({ id }))
      })
      /** The emergency under the lock of its lead. */
      const locked = Effect.fnUntraced(function* (id: string) {
        const job = (yield* field.job({ kind: "lead", id: (yield* found(id)).lead }, true))!
        return { job, emergency: yield* found(id) }
      })

      /** Asks the host step by step until somebody is found. */
      const search = (emergency: Emergency) =>
        Effect.gen(function* () {
          const checks: Array<EmergencyCheck> = []
          if (host === null) return checks
          for (const step of SEARCH) {
            const { installation, lead, survey } = emergency
            const backup = yield* fromHost("backups", () => host.find({ step, lead, survey, installation }))
            checks.push({ step, backup, note: null, at: DateTime.formatIso(yield* DateTime.now) })
            if (backup !== null) return checks
          }
          return checks
        })

      /** Who was found takes over. */
      const takeOver = (job: Job, { installation, survey }: Emergency, backup: string, now: DateTime.Utc) => {
        const own = job.surveys.find(({ id }) => id === survey)
        return own === undefined
          ? field.saveInstallation({ ...job.installations.find(({ id }) => id === installation)!, team: backup, updated_at: now })
          : field.saveSurvey({ ...own, surveyor: backup, updated_at: now })
      }

      return Emergencies.of({
        raise: Effect.fn("Emergencies.raise")(function* (input) {
          const { installation = null, reason, survey = null } = yield* decodeRaise(input)
          const user = yield* acting("emergencies.raise")
          const id = survey ?? installation
          if (id === null || (survey !== null && installation !== null)) {
            return yield* new InvalidInput({ field: "survey", reason: "expected exactly one of survey and installation" })
          }
          const kind = survey === null ? "installation" : "survey"
          return yield* transaction(
            Effect.gen(function* () {
              const job = isUuid(id) ? yield* field.job({ kind, id }, true) : undefined
              if (job === undefined) return yield* new InvalidInput({ field: kind, reason: `there is no such ${kind}` })
              const now = yield* DateTime.now
              const emergency: Emergency = {
                id: EmergencyId.make(yield* ids.next),
                organization_id: yield* CurrentOrganization,
                lead: job.lead.id,
                survey,
                installation,
                reason,
                status: "open",
                backup: null,
                checks: [],
                note: null,
                raised_at: now,
                escalated_at: null,
                resolved_at: null,
                target_missed: false,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(emergency)
              yield* recording.others(job.lead, [{ kind: "emergency", before: null, after: emergency, reason }], { user: user.id, now })
              return emergency
            })
          )
        }),

        assign: Effect.fn("Emergencies.assign")(function* (id) {
          const user = yield* acting("emergencies.manage")
          const standing = yield* found(id)
          yield* decide(emergencyMachine, { action: "assign", facts: null, id, status: standing.status })
          const checks = yield* search(standing)
          const backup = checks.at(-1)?.backup ?? null
          return yield* transaction(
            Effect.gen(function* () {
              const { emergency, job } = yield* locked(id)
              const now = yield* DateTime.now
              const doing = { user: user.id, now }
              const action = backup === null ? "reschedule" : "assign"
              const status = yield* decide(emergencyMachine, { action, facts: null, id, status: emergency.status })
              const after: Emergency = { ...emergency, status, backup, checks: [...emergency.checks, ...checks], updated_at: now }
              if (backup === null) {
                const move: Move = yield* rescheduled(job, emergency, now)
                yield* recording.job(job.lead, [move], doing)
              } else yield* takeOver(job, emergency, backup, now)
              yield* store.save([after])
              yield* recording.others(job.lead, [{ kind: "emergency", before: emergency, after, reason: null }], doing)
              return after
            })
          )
        }),

        resolve: Effect.fn("Emergencies.resolve")(function* (id, input) {
          const { note } = yield* decodeResolve(input)
          const user = yield* acting("emergencies.manage")
          return yield* transaction(
            Effect.gen(function* () {
              const { emergency, job } = yield* locked(id)
              const now = yield* DateTime.now
              const status = yield* decide(emergencyMachine, { action: "resolve", facts: null, id, status: emergency.status })
              const target_missed = DateTime.greaterThan(now, DateTime.addDuration(emergency.raised_at, TARGET))
              const after: Emergency = { ...emergency, status, note, resolved_at: now, target_missed, updated_at: now }
              yield* store.save([after])
              yield* recording.others(job.lead, [{ kind: "emergency", before: emergency, after, reason: note }], { user: user.id, now })
              return after
            })
          )
        }),

        get: Effect.fn("Emergencies.get")(function* (id) {
          yield* acting("emergencies.raise")
          return yield* found(id)
        }),

        list: Effect.fn("Emergencies.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "raised_at"])
          yield* acting("emergencies.raise")
          return pageOf(request, yield* store.page(given, request))
        }),

        escalateDue: Effect.fn("Emergencies.escalateDue")(function* () {
          const to = (yield* directory.inRole("central_ops")).map(({ id }) => id)
          let escalated = 0
          while (true) {
            const told = yield* transaction(
              Effect.gen(function* () {
                const now = yield* DateTime.now
                yield* store.markMissed(DateTime.subtractDuration(now, TARGET), now)
                const standing = yield* store.claimStanding(DateTime.subtractDuration(now, ESCALATED_AFTER), BATCH)
                const after = standing.map((one): Emergency => ({ ...one, escalated_at: now, updated_at: now }))
                yield* store.save(after)
                const leads = yield* field.leadsNamed(after.map(({ lead }) => lead))
                const leadOf = new Map(leads.map((lead) => [lead.id as string, lead]))
                yield* recording.tell(
                  after.map((emergency) => ({ type: "emergency_escalated", emergency, lead: leadOf.get(emergency.lead)!, to, at: now }))
                )
                return after.length
              })
            )
            escalated += told
            if (told < BATCH) return { escalated }
          }
        })
      })
    })
  )
}
