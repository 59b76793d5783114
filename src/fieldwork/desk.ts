/** What the services of leads, surveys and installations share: a job, locked for a change or read for whoever may see it. */
import { DateTime, Effect, type Either } from "effect"
import { type CurrentOrganization, isUuid, NotPermitted, type StorageError, Transactor } from "../core/index.js"
import { InstallationNotFound, LeadNotFound, SurveyNotFound } from "./errors.js"
import type { Job, Move } from "./job.js"
import type { StepError } from "./machine.js"
import { type Doing, isVisibleTo, Recording } from "./recording.js"
import { type AccessError, actingOver, type Operation } from "./roles.js"
import { FieldStore } from "./store.js"
import { type CurrentUser, type User, UserDirectory } from "./user.js"

interface NotFound {
  readonly lead: LeadNotFound
  readonly survey: SurveyNotFound
  readonly installation: InstallationNotFound
}
export type Kind = keyof NotFound

const missing: { readonly [K in Kind]: (id: string) => NotFound[K] } = {
  lead: (id) => new LeadNotFound({ id }),
  survey: (id) => new SurveyNotFound({ id }),
  installation: (id) => new InstallationNotFound({ id })
}

/** The row of the job that was named. */
interface Rows {
  readonly lead: Job["lead"]
  readonly survey: Job["surveys"][number]
  readonly installation: Job["installations"][number]
}

const rowOf = <K extends Kind>(job: Job, kind: K, id: string): Rows[K] => {
  const rows: { readonly [P in Kind]: ReadonlyArray<Rows[P]> } = {
    lead: [job.lead],
    survey: job.surveys,
    installation: job.installations
  }
  return (rows[kind] as ReadonlyArray<Rows[K]>).find((row) => row.id === id)!
}

/** What a call on behalf of a user needs and can fail with. */
export type Acting<A, E = never> = Effect.Effect<A, E | AccessError | StorageError, CurrentOrganization | CurrentUser>

/** A change: what is decided on the job, with the row that was named. */
interface Decision<K extends Kind, E> {
  readonly operation: Operation
  readonly kind: K
  readonly id: string
  /** A field team may do it with what is assigned to it. */
  readonly assigned?: (row: Rows[K]) => string | null
  readonly moves: (
    row: Rows[K],
    job: Job,
    doing: Doing
  ) => Either.Either<ReadonlyArray<Move>, StepError> | Effect.Effect<ReadonlyArray<Move>, E | StepError | StorageError, CurrentOrganization>
  /** What else the change writes, in its transaction. */
  readonly also?: (row: Rows[K], job: Job, doing: Doing) => Effect.Effect<void, StorageError, CurrentOrganization>
}

export const fieldDesk = Effect.gen(function* () {
  const store = yield* FieldStore
  const recording = yield* Recording
  const { transaction } = yield* Transactor
  const directory = yield* UserDirectory
  const acting = actingOver(directory)

  const jobOf = <K extends Kind>(kind: K, id: string, user: User, lock: boolean) =>
    Effect.gen(function* () {
      const job = isUuid(id) ? yield* store.job({ kind, id }, lock) : undefined
      return job === undefined || !isVisibleTo(user, job) ? yield* Effect.fail(missing[kind](id)) : job
    })

  /** The job around something, for a user who may see it. */
  const read = <K extends Kind>(kind: K, id: string): Acting<{ readonly job: Job; readonly row: Rows[K] }, NotFound[K]> =>
    Effect.gen(function* () {
      const user = yield* acting("field.read")
      const job = yield* jobOf(kind, id, user, false)
      return { job, row: rowOf(job, kind, id) }
    })

  const mayTouch = (user: User, operation: Operation, assignee: string | null | undefined) =>
    user.role === "field_team" && assignee !== undefined && assignee !== user.id
      ? new NotPermitted({ role: user.role, operation })
      : Effect.void

  /** Decides a change on a locked job, writes it, and answers the row as it is then. */
  const change = <K extends Kind, E = never>({
    also,
    assigned,
    id,
    kind,
    moves,
    operation
  }: Decision<K, E>): Acting<Rows[K], NotFound[K] | StepError | E> =>
    Effect.gen(function* () {
      const user = yield* acting(operation)
      return yield* transaction(
        Effect.gen(function* () {
          const job = yield* jobOf(kind, id, user, true)
          const row = rowOf(job, kind, id)
          yield* mayTouch(user, operation, assigned?.(row))
          const doing = { user: user.id, now: yield* DateTime.now }
          const decided = yield* moves(row, job, doing)
          yield* recording.job(job.lead, decided, doing)
          const after = decided.find((move) => move.kind === kind && move.after.id === id)!.after as Rows[K]
          if (also !== undefined) yield* also(after, job, doing)
          return after
        })
      )
    })

  return { acting, change, directory, jobOf, mayTouch, read, recording, store, transaction }
})
