/** A delivery receipt: a gateway's word on a message. Kept whether it moves the message or not. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"

export const ReceiptId = brandedId("ReceiptId")
export type ReceiptId = typeof ReceiptId.Type

export const ReceiptStatus = Schema.Literal("sent", "delivered", "read", "failed")
export type ReceiptStatus = typeof ReceiptStatus.Type

export const DeliveryReceipt = Schema.Struct({
  id: ReceiptId,
  organization_id: OrganizationId,
  /** Null where no message has its `gateway_message_id`. */
  notification: Schema.NullOr(Schema.String),
  status: ReceiptStatus,
  gateway: Schema.String,
  gateway_message_id: Schema.NullOr(Schema.String),
  error_code: Schema.NullOr(Schema.String),
  error_message: Schema.String,
  received_at: Instant,
  /** Whether it moved its message. */
  had_effect: Schema.Boolean,
  created_at: Instant,
  updated_at: Instant
})
export type DeliveryReceipt = typeof DeliveryReceipt.Type

const WORDS: Readonly<Record<string, ReceiptStatus>> = {
  sent: "sent",
  accepted: "sent",
  queued: "sent",
  submitted: "sent",
  sending: "sent",
  scheduled: "sent",
  delivered: "delivered",
  read: "read",
  seen: "read",
  failed: "failed",
  undelivered: "failed",
  expired: "failed",
  rejected: "failed",
  canceled: "failed",
  bounced: "failed"
}

/** What a gateway's word means; null for one that says nothing about a delivery. */
export const receiptStatusOf = (word: string): ReceiptStatus | null => {
  const known = word.trim().toLowerCase()
  return Object.hasOwn(WORDS, known) ? WORDS[known]! : null
}
