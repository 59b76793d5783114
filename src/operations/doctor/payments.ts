/** Payments against what they settle (M7): what came in settles an invoice or is kept as unapplied, and nothing is returned twice. Pure. */
import { wholeOf } from "./raw.js"
import type { Invariant, Violation } from "./violation.js"

/** A payment, every figure as text. */
export interface RawPayment {
  readonly id: string
  readonly status: string
  readonly currency: string
  readonly amount_cents: string
  readonly refunded_amount_cents: string
  readonly unapplied_amount_cents: string
  /** The currency of its invoice. */
  readonly invoice_currency: string
  /** The sum of its settlements. */
  readonly settled_cents: string
}

/** Whether a payment in this status brought money. */
const cameIn = (status: string): boolean => status === "succeeded" || status === "refunded"

/** What does not hold of a payment. */
export const checkPayment = (payment: RawPayment): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (code: Invariant, reason: string) => found.push({ code, table: "payments", id: payment.id, reason })
  if (payment.currency !== payment.invoice_currency) {
    add("M8", `currency ${payment.currency} for an invoice in ${payment.invoice_currency}`)
  }
  const [amount, refunded, unapplied, settled] = [
    payment.amount_cents,
    payment.refunded_amount_cents,
    payment.unapplied_amount_cents,
    payment.settled_cents
  ].map(wholeOf)
  if (amount === undefined || refunded === undefined || unapplied === undefined || settled === undefined) return found
  const booked = cameIn(payment.status) ? amount : 0n
  if (settled + unapplied !== booked) {
    add("M7", `${payment.status} with ${amount}: settlements of ${settled} and ${unapplied} unapplied are not ${booked}`)
  }
  if (refunded > booked) add("M5", `${refunded} refunded of ${booked} that came in`)
  return found
}
