/** A record of a call that named a key: what it was, whether it is done, and its answer (O6). What a second call with the key gets. Pure. */
import { DateTime, Schema } from "effect"
import { Text } from "../../core/index.js"

/** What a caller names so that a call can be repeated: 1 to 255 characters. */
export const IdempotencyKey = Text.name(255)

/** A call that names a key. */
export interface KeyedCall {
  readonly idempotency_key: string
  /** What is done: `Customers.create`. */
  readonly operation: string
  /** SHA-256 of the operation and its content, 64 hexadecimal characters. */
  readonly fingerprint: string
}

export interface IdempotencyRecord {
  readonly id: string
  readonly organization_id: string
  readonly idempotency_key: string
  /** `CALL` of the library; an HTTP adapter's method. */
  readonly request_method: string
  /** The operation; an HTTP adapter's path. */
  readonly request_path: string
  readonly fingerprint: string
  readonly state: "running" | "done"
  /** Which run of it has the key. */
  readonly owner: string
  /** Until when a running one is left alone. */
  readonly leased_until: DateTime.Utc
  readonly response_status: number | null
  /** JSON text, as the caller encoded the answer; kept in a JSON object. */
  readonly response_body: { readonly answer: string } | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** Records are kept for a day. */
const KEPT = "24 hours"

/** Up to when records were made that are kept no longer. */
export const keptSince = (now: DateTime.Utc): DateTime.Utc => DateTime.subtractDuration(now, KEPT)

/** What a call finds under its key: the answer, another call's key, somebody at work, or nobody any more. */
export type Standing = "answered" | "other" | "running" | "free"

export const standingOf = (
  record: Pick<IdempotencyRecord, "fingerprint" | "state" | "leased_until" | "created_at">,
  call: KeyedCall,
  now: DateTime.Utc
): Standing => {
  const leased = record.state === "running" && DateTime.greaterThan(record.leased_until, now)
  if (!leased && DateTime.lessThanOrEqualTo(record.created_at, keptSince(now))) return "free"
  if (record.fingerprint !== call.fingerprint) return "other"
  if (record.state === "done") return "answered"
  return leased ? "running" : "free"
}

/** The key was used for another call within the last day. */
export class IdempotencyMismatch extends Schema.TaggedError<IdempotencyMismatch>()("IdempotencyMismatch", {
  idempotency_key: Schema.String,
  /** What it was used for. */
  operation: Schema.String
}) {
  override get message() {
    return `idempotency key ${this.idempotency_key} was used for other content of ${this.operation}`
  }
}

/** The call that first named the key is still at work. */
export class IdempotencyInProgress extends Schema.TaggedError<IdempotencyInProgress>()("IdempotencyInProgress", {
  idempotency_key: Schema.String
}) {
  override get message() {
    return `the call with idempotency key ${this.idempotency_key} is under way`
  }
}
