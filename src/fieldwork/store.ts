/** The ports to where the field side is kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { CallContext, CallLog, CallType, MissingCall } from "./call.js"
import type { Installation, InstallationStatus } from "./installation.js"
import type { Job, Move } from "./job.js"
import type { Lead, LeadStatus } from "./lead.js"
import type { OemProfile } from "./oem.js"
import type { Survey, SurveyStatus } from "./survey.js"
import type { KeptTransition, Transition } from "./transition.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>
type Maybe<F> = { readonly [K in keyof F]: F[K] | undefined }

/** What a list is narrowed by, where it names it. */
type LeadFilter = Partial<Maybe<Pick<Lead, "oem" | "customer" | "assigned_handler"> & { readonly status: LeadStatus }>>
type SurveyFilter = Partial<Maybe<{ status: SurveyStatus; lead: string; surveyor: string | null; oem: string; customer: string }>>
type InstallationFilter = Partial<Maybe<{ status: InstallationStatus; lead: string; team: string | null; oem: string; customer: string }>>

export interface JobName {
  readonly kind: CallContext
  readonly id: string
}

export interface FieldStoreShape {
  /** The job around a lead, survey or installation; `lock` takes the lead's row: who changes a job waits for who does. */
  readonly job: (name: JobName, lock: boolean) => Call<Job | undefined>
  /** Rows of moves, and their transitions after what they already have. */
  readonly write: (moves: ReadonlyArray<Move>, transitions: ReadonlyArray<Transition>) => Effect.Effect<void, StorageError>
  /** Transitions of other things that changed, after what they already have. */
  readonly transitions: (transitions: ReadonlyArray<Transition>) => Effect.Effect<void, StorageError>
  /** Rows whose fields changed without a step. */
  readonly saveLead: (lead: Lead) => Effect.Effect<void, StorageError>
  readonly saveSurvey: (survey: Survey) => Effect.Effect<void, StorageError>
  readonly saveInstallation: (installation: Installation) => Effect.Effect<void, StorageError>
  /** The next number of a year: its counter is the last write before commit. */
  readonly nextNumber: (year: number, now: DateTime.Utc) => Call<number>
  readonly leads: (filter: LeadFilter, request: PageRequest) => Call<PageRows<Lead>>
  readonly surveys: (filter: SurveyFilter, request: PageRequest) => Call<PageRows<Survey>>
  readonly installations: (filter: InstallationFilter, request: PageRequest) => Call<PageRows<Installation>>
  /** Surveys that are to be on one of these days, with an id above `after`, ascending, whose customers were not reminded of the day; nothing is locked. */
  readonly toRemind: (days: {
    readonly first: string
    readonly last: string
    readonly after: string | null
    readonly limit: number
  }) => Call<ReadonlyArray<{ readonly survey: Survey; readonly customer: string }>>
  /** Marks those of them that still stand as they were read; answers their ids. */
  readonly markReminded: (surveys: ReadonlyArray<Survey>, now: DateTime.Utc) => Call<ReadonlyArray<string>>
  /** What keeps a user: rows of theirs that stay, and open work that is theirs, as table and count. */
  readonly referencesTo: (user: string) => Call<ReadonlyArray<{ readonly by: string; readonly count: number }>>
  readonly leadsNamed: (ids: ReadonlyArray<string>) => Call<ReadonlyArray<Lead>>
  /** All transitions of one thing, in order. */
  readonly history: (subject: string) => Call<ReadonlyArray<KeptTransition>>
}

export class FieldStore extends Context.Tag("billwright/FieldStore")<FieldStore, FieldStoreShape>() {}

export interface OemStoreShape {
  /** False where it has one already. */
  readonly insert: (profile: OemProfile) => Effect.Effect<boolean, StorageError>
  readonly save: (profile: OemProfile) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<OemProfile | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Call<OemProfile | undefined>
  readonly page: (filter: { readonly id?: string | undefined }, request: PageRequest) => Call<PageRows<OemProfile>>
}

export class OemStore extends Context.Tag("billwright/OemStore")<OemStore, OemStoreShape>() {}

/** A reminder of a call that did not come through. */
interface CallReminder {
  /** The call's id. */
  readonly id: string
  readonly organization_id: string
  readonly due_at: DateTime.Utc
  readonly told_at: DateTime.Utc | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

interface CallFilter {
  readonly call_type?: CallType | undefined
  readonly context_type?: CallContext | undefined
  readonly context_id?: string | undefined
  readonly outcome?: string | undefined
  readonly caller?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
}

export interface CallStoreShape {
  readonly insert: (call: CallLog, reminder: CallReminder | null) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<CallLog | undefined>
  readonly page: (filter: CallFilter, request: PageRequest) => Call<PageRows<CallLog>>
  /** When a call of the type on this context was last connected. */
  readonly lastConnected: (call_type: CallType, context_id: string) => Call<DateTime.Utc | null>
  /** What waits at a gate, oldest first. */
  readonly missing: (filter: {
    readonly call_type?: CallType | undefined
    readonly oem?: string | undefined
  }) => Call<ReadonlyArray<MissingCall>>
  /** Reminders that are due and not told, locked, oldest first; those of contexts that were called since are marked by `answered`. */
  readonly claimReminders: (now: DateTime.Utc, limit: number) => Call<ReadonlyArray<{ readonly call: CallLog; readonly answered: boolean }>>
  readonly remindersTold: (ids: ReadonlyArray<string>, now: DateTime.Utc) => Call<void>
  /** Marks the confirmation call on the closure pack of an installation that waits for it. */
  readonly confirmPack: (installation: string, now: DateTime.Utc) => Call<void>
}

export class CallStore extends Context.Tag("billwright/CallStore")<CallStore, CallStoreShape>() {}
