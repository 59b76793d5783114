/** The port to where calls that named a key are recorded. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { IdempotencyRecord } from "./record.js"

/** A record, and which run of its call is meant. */
export type OwnRecord = Pick<IdempotencyRecord, "id" | "organization_id" | "owner">

export interface IdempotencyStoreShape {
  readonly find: (idempotency_key: string) => Effect.Effect<IdempotencyRecord | undefined, StorageError, CurrentOrganization>
  /** Writes it unless the key is taken, or there is no such organization. */
  readonly insert: (record: IdempotencyRecord) => Effect.Effect<void, StorageError>
  /** Writes it in place of the one of `owner`; false where somebody else did, or is at work on it. */
  readonly takeOver: (record: IdempotencyRecord, owner: string) => Effect.Effect<boolean, StorageError>
  /** Whether the run still has it, with a lock until the transaction ends. */
  readonly hold: (own: OwnRecord) => Effect.Effect<boolean, StorageError>
  /** Keeps the answer, where the run still has it. */
  readonly finish: (own: OwnRecord, answer: string, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  /** Forgets a run that failed. */
  readonly release: (own: OwnRecord) => Effect.Effect<void, StorageError>
  /** Deletes at most `limit` of those made up to `since` at which nobody works, the oldest first; answers how many. */
  readonly purge: (since: DateTime.Utc, now: DateTime.Utc, limit: number) => Effect.Effect<number, StorageError, CurrentOrganization>
}

export class IdempotencyStore extends Context.Tag("billwright/IdempotencyStore")<IdempotencyStore, IdempotencyStoreShape>() {}
