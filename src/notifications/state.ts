/**
 * The status machine of a notification, and when a message is tried. Pure.
 *
 * @see spec field-operations 4, 7; decisions F5, F6
 */
import { DateTime, Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { Notification } from "./notification.js"
import type { ReceiptStatus } from "./receipt.js"

/** Minutes until the next try, by how many were made: tries fall at 0, 1, 6 and 31 minutes (F5). */
const WAITS: ReadonlyArray<number> = [1, 5, 25]

/** What machines change. */
export type MessageState = Pick<
  Notification,
  "status" | "sent_at" | "delivered_at" | "is_read" | "read_at" | "gateway" | "gateway_message_id" | "tries" | "next_try_at" | "last_error"
>

const RANK = { queued: 0, sent: 1, failed: 2, delivered: 3, read: 4 } as const

const rankOf = ({ is_read, status }: Pick<Notification, "status" | "is_read">): number =>
  status === "delivered" && is_read ? RANK.read : RANK[status]

const later = (at: DateTime.Utc, than: DateTime.Utc | null): DateTime.Utc => (than === null ? at : DateTime.max(at, than))

/** Times never run backwards: one that somebody read before it was sent was read when it came. */
const inOrder = <S extends MessageState>(state: S): S => {
  const { delivered_at, read_at, sent_at } = state
  const delivered = delivered_at === null ? null : later(delivered_at, sent_at)
  return { ...state, delivered_at: delivered, read_at: read_at === null ? null : later(read_at, delivered ?? sent_at) }
}

/** A receipt moves a message forward or not at all (F6); answers null where it changes nothing. */
export const afterReceipt = <S extends MessageState>(
  state: S,
  receipt: { readonly status: ReceiptStatus; readonly error: string },
  now: DateTime.Utc
): S | null => {
  if (RANK[receipt.status] <= rankOf(state)) return null
  const over = { ...state, next_try_at: null }
  switch (receipt.status) {
    case "sent":
      return inOrder({ ...over, status: "sent", sent_at: state.sent_at ?? now })
    case "failed":
      return { ...over, status: "failed", last_error: receipt.error }
    default: {
      const read = receipt.status === "read"
      return inOrder({
        ...over,
        status: "delivered",
        sent_at: state.sent_at ?? now,
        delivered_at: state.delivered_at ?? now,
        is_read: state.is_read || read,
        read_at: read ? (state.read_at ?? now) : state.read_at,
        last_error: null
      })
    }
  }
}

/** What came of a try. */
export type TryOutcome =
  | { readonly taken: true; readonly gateway: string | null; readonly gateway_message_id: string | null }
  | { readonly taken: false; readonly error: string }

/** A message after a try: sent, due again, or failed after the fourth. What a receipt has moved meanwhile stays where it is. */
export const afterTry = <S extends MessageState>(state: S, outcome: TryOutcome, now: DateTime.Utc): S => {
  const tries = state.tries + 1
  if (outcome.taken) {
    const { gateway, gateway_message_id } = outcome
    const known = { ...state, tries, gateway, gateway_message_id, next_try_at: null }
    return state.status === "queued" ? inOrder({ ...known, status: "sent", sent_at: state.sent_at ?? now, last_error: null }) : known
  }
  if (state.status !== "queued") return { ...state, tries, next_try_at: null }
  const wait = WAITS[state.tries]
  return wait === undefined
    ? { ...state, tries, status: "failed", next_try_at: null, last_error: outcome.error }
    : { ...state, tries, next_try_at: DateTime.add(now, { minutes: wait }), last_error: outcome.error }
}

/** The recipient has read it; once. */
export const markedRead = <S extends MessageState>(state: S, now: DateTime.Utc): S =>
  state.is_read ? state : inOrder({ ...state, is_read: true, read_at: now })

/** Only what has failed is sent again. */
export const resendable = ({ id, status }: Pick<Notification, "id" | "status">): Either.Either<void, InvalidTransition> =>
  status === "failed" ? Either.void : Either.left(new InvalidTransition({ entity: "Notification", id, from: status, action: "resend" }))
