/** A refund: what of one payment is returned to who paid it, by the provider or by the host. An intent first, then called. */
import { type DateTime, Schema } from "effect"
import { brandedId, Instant, MinorUnits, OrganizationId, Text } from "../../core/index.js"
import { CreditNoteReason } from "../../credits/index.js"
import { withoutCardNumbers } from "../card-number.js"
import type { Payment } from "../payment.js"

const PaymentRefundId = brandedId("PaymentRefundId")

/** `amount_cents` are minor units of the payment's currency. */
export const PaymentRefund = Schema.Struct({
  /** What the provider knows it by, too: never used for another refund. */
  id: PaymentRefundId,
  organization_id: OrganizationId,
  payment_id: Schema.String,
  /** The note that it returns money for; null: of what settled nothing. */
  credit_note_id: Schema.NullOr(Schema.String),
  amount_cents: Schema.BigIntFromSelf,
  status: Schema.Literal("pending", "succeeded", "failed"),
  provider_refund_id: Schema.NullOr(Schema.String),
  failure_reason: Schema.NullOr(Schema.String),
  /** When the provider was called first; null: it has not heard of it. */
  called_at: Schema.NullOr(Instant),
  /** From when the next call is due; null once it is over, and where the host returns it by hand. */
  due_at: Schema.NullOr(Instant),
  completed_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type PaymentRefund = typeof PaymentRefund.Type

/** Whether no provider can be asked: the host returns the money, and says so. */
export const isByHand = ({ provider, provider_payment_id }: Pick<Payment, "provider" | "provider_payment_id">): boolean =>
  provider === "manual" || provider_payment_id === null

/** A refund that is meant; `due_at` null: by hand. */
export const newRefund = (
  given: Pick<PaymentRefund, "organization_id" | "payment_id" | "credit_note_id" | "amount_cents" | "due_at">,
  id: string,
  now: DateTime.Utc
): PaymentRefund => ({
  id: PaymentRefundId.make(id),
  organization_id: given.organization_id,
  payment_id: given.payment_id,
  credit_note_id: given.credit_note_id,
  amount_cents: given.amount_cents,
  status: "pending",
  provider_refund_id: null,
  failure_reason: null,
  called_at: null,
  due_at: given.due_at,
  completed_at: null,
  created_at: now,
  updated_at: now
})

/** What `Payments.refund` takes: all that is left of the payment unless an amount is given. The note carries reason and description. */
export const RefundPayment = Schema.Struct({
  amount_cents: Schema.optional(MinorUnits.pipe(Schema.filter((amount) => amount > 0n, { message: () => "expected more than 0" }))),
  reason: Schema.optionalWith(CreditNoteReason, { default: () => "other" as const }),
  description: Schema.optionalWith(Schema.NullOr(withoutCardNumbers(Text.atMost(5000))), { default: () => null })
})
export type RefundPaymentInput = typeof RefundPayment.Encoded
