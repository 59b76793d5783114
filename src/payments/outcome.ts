/** What a provider's word makes of a charge, its payments and their invoices. Pure. */
import type { DateTime } from "effect"
import { sumOf } from "../core/index.js"
import { draw } from "../credits/index.js"
import type { InvoiceDue, SettlingPart } from "../invoicing/index.js"
import { askedAgain, isOpen, type PaymentCharge } from "./charge.js"
import type { Payment } from "./payment.js"
import { type PaymentAction, paymentTransitions } from "./payment-state.js"
import type { ChargeOutcome } from "./provider.js"

/** A charge with its payments, in the order of their invoices. */
export interface ChargedPayments {
  readonly charge: PaymentCharge
  readonly payments: ReadonlyArray<Payment>
}

/** What is written of an outcome. */
export interface Booked extends ChargedPayments {
  readonly parts: ReadonlyArray<SettlingPart>
  readonly result: "processing" | "succeeded" | "failed" | "canceled"
}

/** What is left of what is due, while several charges are booked one after the other. */
export type DueLeft = Map<string, bigint>

const ended = (payment: Payment, action: PaymentAction, failure_reason: string | null, now: DateTime.Utc): Payment => {
  const status = paymentTransitions[action][payment.status]
  return status === undefined ? payment : { ...payment, status, failure_reason, updated_at: now }
}

/**
 * What each payment brought: what was collected fills them in order, and what is more stays on the last one. Of another
 * currency nothing counts as collected for an invoice.
 */
const broughtBy = (payments: ReadonlyArray<Payment>, collected: bigint): ReadonlyArray<bigint> => {
  const { left, taken } = draw(
    collected,
    payments.map((payment) => payment.amount_cents)
  )
  return taken.map((amount, index) => (index === taken.length - 1 ? amount + left : amount))
}

const succeeded = (
  { charge, payments }: ChargedPayments,
  outcome: ChargeOutcome,
  invoices: ReadonlyMap<string, InvoiceDue>,
  left: DueLeft,
  now: DateTime.Utc
): Booked => {
  const foreign = outcome.collected !== null && outcome.collected.currency !== charge.currency
  const brought = broughtBy(payments, foreign || outcome.collected === null ? charge.amount_cents : outcome.collected.amount_cents)
  const collected = payments.length === 0 ? charge.amount_cents : sumOf(brought, (amount) => amount)
  const parts: Array<SettlingPart> = []
  const after = payments.map((payment, index): Payment => {
    const amount_cents = brought[index]!
    const action = payment.status === "pending" || payment.status === "processing" ? "succeed" : "succeed_late"
    const status = paymentTransitions[action][payment.status]
    if (status === undefined) return payment
    if (amount_cents === 0n) return ended(payment, "fail", "less was collected than asked for", now)
    const due = foreign ? 0n : left.get(payment.invoice_id)!
    const settles = due < amount_cents ? due : amount_cents
    left.set(payment.invoice_id, due - settles)
    if (settles > 0n) {
      const invoice = invoices.get(payment.invoice_id)!
      parts.push({ invoice, settlement_type: "payment", source_id: payment.id, amount_cents: settles })
    }
    return {
      ...payment,
      amount_cents,
      status,
      provider_payment_id: outcome.provider_payment_id,
      failure_reason: foreign ? `collected in ${outcome.collected!.currency}` : null,
      completed_at: now,
      unapplied_amount_cents: amount_cents - settles,
      updated_at: now
    }
  })
  return {
    charge: {
      ...charge,
      status: "succeeded",
      amount_cents: collected,
      provider_payment_id: outcome.provider_payment_id,
      failure_reason: null,
      due_at: null,
      updated_at: now
    },
    payments: after,
    parts,
    result: "succeeded"
  }
}

/**
 * Books an outcome on a charge as it is now; null where it changes nothing: a repeated one, or one that comes after another end.
 * A success counts even after the charge was given up; what it brings beyond what is due stays unapplied.
 */
export const bookOutcome = (
  charged: ChargedPayments,
  outcome: ChargeOutcome,
  invoices: ReadonlyMap<string, InvoiceDue>,
  left: DueLeft,
  now: DateTime.Utc
): Booked | null => {
  const { charge, payments } = charged
  if (charge.status === "succeeded") return null
  const empty = outcome.status === "succeeded" && outcome.collected?.amount_cents === 0n
  if (outcome.status === "succeeded" && !empty) return succeeded(charged, outcome, invoices, left, now)
  const { provider_payment_id } = outcome
  const result = outcome.status === "succeeded" ? "failed" : outcome.status
  const declinedLate = charge.status === "canceled" && result === "failed" && charge.payment_request_id === null
  if (!isOpen(charge) && !declinedLate) return null
  const failure_reason = empty ? "nothing was collected" : outcome.failure_reason
  const known = { ...charge, provider_payment_id: provider_payment_id ?? charge.provider_payment_id }
  if (result === "processing") {
    const moved = payments.map((payment) => ended({ ...payment, provider_payment_id }, "advance", null, now))
    return { charge: { ...askedAgain(known, now), status: result }, payments: moved, parts: [], result }
  }
  const action = result === "failed" ? "fail" : "cancel"
  const over: PaymentCharge = { ...known, status: result, failure_reason, due_at: null, updated_at: now }
  // A payment that was canceled for a reason of its own, as with its invoice, stays so.
  const moved = payments.map((payment) =>
    declinedLate
      ? payment.failure_reason === charge.failure_reason
        ? ended(payment, "fail_late", failure_reason, now)
        : payment
      : ended(payment, action, failure_reason, now)
  )
  return { charge: over, payments: moved, parts: [], result }
}
