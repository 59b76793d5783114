/** What of payments can be returned, and of which an amount is. Pure. */
import type { DateTime } from "effect"
import { sumOf } from "../../core/index.js"
import { draw } from "../../credits/index.js"
import type { Payment } from "../payment.js"
import { isByHand, newRefund, type PaymentRefund } from "./refund.js"

/** Minor units of a payment that can still be returned: of what settles its invoice, and of what settles nothing. */
interface Returnable {
  readonly applied_cents: bigint
  readonly unapplied_cents: bigint
}

const atLeastZero = (amount: bigint): bigint => (amount > 0n ? amount : 0n)

const stands = ({ status }: PaymentRefund): boolean => status !== "failed"

/** What is left of a payment after the refunds of it that did not fail. Without a note what settles nothing goes first. */
export const returnableOf = (
  { amount_cents, status, unapplied_amount_cents }: Payment,
  refunds: ReadonlyArray<PaymentRefund>
): Returnable => {
  if (status !== "succeeded") return { applied_cents: 0n, unapplied_cents: 0n }
  const standing = refunds.filter(stands)
  const bare = standing.filter(({ credit_note_id }) => credit_note_id === null)
  const unapplied_cents = atLeastZero(unapplied_amount_cents - sumOf(bare, (refund) => refund.amount_cents))
  return { unapplied_cents, applied_cents: atLeastZero(amount_cents - sumOf(standing, (refund) => refund.amount_cents) - unapplied_cents) }
}

/** A part of a refund that is to be made. */
export interface RefundPart {
  readonly payment: Payment
  readonly credit_note_id: string | null
  readonly amount_cents: bigint
}

/** What of a note no refund that stands returns yet. */
export const leftToReturn = (refund_amount_cents: bigint, refunds: ReadonlyArray<PaymentRefund>): bigint =>
  refund_amount_cents - sumOf(refunds.filter(stands), ({ amount_cents }) => amount_cents)

/** An amount over the payments of an invoice, newest first, each at most what of its settlement was not returned. */
export const planRefund = (
  amount_cents: bigint,
  payments: ReadonlyArray<Payment>,
  refunds: ReadonlyArray<PaymentRefund>,
  credit_note_id: string
): ReadonlyArray<RefundPart> => {
  const newest = payments.toSorted(
    (a, b) => (b.completed_at?.epochMillis ?? 0) - (a.completed_at?.epochMillis ?? 0) || (a.id < b.id ? 1 : -1)
  )
  const of = (payment: Payment) => refunds.filter(({ payment_id }) => payment_id === payment.id)
  const { taken } = draw(
    amount_cents,
    newest.map((payment) => returnableOf(payment, of(payment)).applied_cents)
  )
  return newest.flatMap((payment, index) => (taken[index]! > 0n ? [{ payment, credit_note_id, amount_cents: taken[index]! }] : []))
}

/** The rows of parts, in order; those that no provider can return are by hand, all of them where the host says so. */
export const refundsOf = (
  parts: ReadonlyArray<RefundPart>,
  by: "provider" | "host",
  ids: ReadonlyArray<string>,
  now: DateTime.Utc
): ReadonlyArray<PaymentRefund> =>
  parts.map(({ amount_cents, credit_note_id, payment }, index) => {
    const due_at = by === "host" || isByHand(payment) ? null : now
    return newRefund(
      { organization_id: payment.organization_id, payment_id: payment.id, credit_note_id, amount_cents, due_at },
      ids[index]!,
      now
    )
  })
