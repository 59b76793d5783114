/** What an answer makes of a refund and its payment, and its parts of a note. Pure. */
import type { DateTime } from "effect"
import { sumOf } from "../../core/index.js"
import type { CreditNote } from "../../credits/index.js"
import { askedAgain } from "../charge.js"
import type { Payment } from "../payment.js"
import { paymentTransitions } from "../payment-state.js"
import type { RefundOutcome } from "../provider.js"
import type { PaymentRefund } from "./refund.js"

/** What is written of an outcome. */
export interface BookedRefund {
  readonly refund: PaymentRefund
  /** The payment with what was returned of it. */
  readonly payment: Payment
}

/** Money that left: the one place where a refund becomes settled. Null where the payment has not so much left. */
const returned = (refund: PaymentRefund, payment: Payment, provider_refund_id: string | null, now: DateTime.Utc): BookedRefund | null => {
  const refunded_amount_cents = payment.refunded_amount_cents + refund.amount_cents
  const action = refunded_amount_cents === payment.amount_cents ? "refund_rest" : "refund"
  const status = paymentTransitions[action][payment.status]
  if (status === undefined || refunded_amount_cents > payment.amount_cents) return null
  return {
    refund: { ...refund, status: "succeeded", provider_refund_id, failure_reason: null, due_at: null, completed_at: now, updated_at: now },
    payment: { ...payment, status, refunded_amount_cents, updated_at: now }
  }
}

/**
 * Books an outcome on a refund as it is now; null where it changes nothing: a repeated one, or one that comes after another end.
 * A success counts even after a failure, as long as the payment has so much left.
 */
export const bookRefund = (refund: PaymentRefund, payment: Payment, outcome: RefundOutcome, now: DateTime.Utc): BookedRefund | null => {
  if (refund.status === "succeeded") return null
  const provider_refund_id = outcome.provider_refund_id ?? refund.provider_refund_id
  const back = outcome.status === "succeeded" ? returned(refund, payment, provider_refund_id, now) : null
  if (back !== null || refund.status === "failed") return back
  if (outcome.status === "pending") return { refund: { ...askedAgain(refund, now), provider_refund_id }, payment }
  const failure_reason = outcome.status === "succeeded" ? "nothing was left of the payment" : outcome.failure_reason
  return { refund: { ...refund, status: "failed", provider_refund_id, failure_reason, due_at: null, updated_at: now }, payment }
}

/** Where a note's money stands: returned, under way, or stuck with what failed. */
export const refundStatusOf = (
  refund_amount_cents: bigint,
  refunds: ReadonlyArray<PaymentRefund>
): NonNullable<CreditNote["refund_status"]> => {
  const back = sumOf(
    refunds.filter(({ status }) => status === "succeeded"),
    ({ amount_cents }) => amount_cents
  )
  if (back >= refund_amount_cents) return "succeeded"
  return refunds.some(({ status }) => status === "pending") ? "pending" : "failed"
}
