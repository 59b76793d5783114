/**
 * Payments against what they settle (M7): what came in settles an invoice or is kept as unapplied, once for each charge, and what is under way
 * has somebody who asks about it. Refunds against payments (M5): nothing is returned twice. Pure.
 */
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
  /** The sums of its refunds: of those that succeeded, and of those that did not fail. */
  readonly returned_cents: string
  readonly returning_cents: string
  /** Where the charge that collects it stands; null: by hand. */
  readonly charge_status: string | null
}

/** A charge with its payments. */
export interface RawCharge {
  readonly id: string
  readonly status: string
  readonly amount_cents: string
  /** The sum of its payments that came in. */
  readonly collected_cents: string
}

/** A payment request with its steps and charges. */
export interface RawRequest {
  readonly id: string
  readonly payment_status: string
  readonly ready_for_payment_processing: boolean
  readonly payment_attempts: number
  /** Steps that say that an attempt began. */
  readonly attempted_steps: number
  /** Where its last step left it. */
  readonly last_status: string
  /** Charges of it without an outcome. */
  readonly open_charges: number
}

/** Whether a payment in this status brought money. */
const cameIn = (status: string): boolean => status === "succeeded" || status === "refunded"

/** Whether what became of a payment, or of a charge, is not known yet. */
const isUnderWay = (status: string): boolean => status === "pending" || status === "processing"

/** What does not hold of a payment. */
export const checkPayment = (payment: RawPayment): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (code: Invariant, reason: string) => found.push({ code, table: "payments", id: payment.id, reason })
  if (payment.currency !== payment.invoice_currency) {
    add("M8", `currency ${payment.currency} for an invoice in ${payment.invoice_currency}`)
  }
  if (isUnderWay(payment.status) && payment.charge_status !== null && !isUnderWay(payment.charge_status)) {
    add("M7", `${payment.status}, and its charge is ${payment.charge_status}: nobody asks about it any more`)
  }
  const figures = [
    payment.amount_cents,
    payment.refunded_amount_cents,
    payment.unapplied_amount_cents,
    payment.settled_cents,
    payment.returned_cents,
    payment.returning_cents
  ].map(wholeOf)
  if (figures.some((figure) => figure === undefined)) return found
  const [amount, refunded, unapplied, settled, returned, returning] = figures as [bigint, bigint, bigint, bigint, bigint, bigint]
  const booked = cameIn(payment.status) ? amount : 0n
  if (settled + unapplied !== booked) {
    add("M7", `${payment.status} with ${amount}: settlements of ${settled} and ${unapplied} unapplied are not ${booked}`)
  }
  if (refunded > booked) add("M5", `${refunded} refunded of ${booked} that came in`)
  if (refunded !== returned) add("M5", `${refunded} refunded, and the refunds that succeeded come to ${returned}`)
  if (returning > booked) add("M5", `refunds of ${returning} of ${booked} that came in`)
  return found
}

/** What does not hold of a charge: one that succeeded brought its payments what it collected, any other nothing. */
export const checkCharge = (charge: RawCharge): ReadonlyArray<Violation> => {
  const [amount, collected] = [wholeOf(charge.amount_cents), wholeOf(charge.collected_cents)]
  if (amount === undefined || collected === undefined) return []
  const expected = charge.status === "succeeded" ? amount : 0n
  if (collected === expected) return []
  const reason = `${charge.status} over ${amount}: payments of ${collected} came in by it`
  return [{ code: "M7", table: "payment_charges", id: charge.id, reason }]
}

/** What does not hold of a payment request. */
export const checkRequest = (request: RawRequest): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (reason: string) => found.push({ code: "M7", table: "payment_requests", id: request.id, reason })
  const { attempted_steps, last_status, open_charges, payment_attempts, payment_status, ready_for_payment_processing: ready } = request
  if (payment_attempts !== attempted_steps) add(`${payment_attempts} attempts, and ${attempted_steps} that began`)
  if (payment_status !== last_status) add(`${payment_status}, and its last step left it ${last_status}`)
  if (open_charges > 1 || ready !== (open_charges === 0)) {
    add(`${ready ? "ready for an attempt" : "an attempt under way"} with ${open_charges} charges without an outcome`)
  }
  return found
}
