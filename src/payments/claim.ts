/** A charge as somebody is about to call its provider: what of it is still due. Pure. */
import type { DateTime } from "effect"
import type { InvoiceDue } from "../invoicing/index.js"
import { calledNow, type PaymentCharge } from "./charge.js"
import type { ChargedPayments } from "./outcome.js"
import type { Payment } from "./payment.js"

export interface Claimed {
  readonly charge: PaymentCharge
  /** Payments that ask for less now, or for nothing. */
  readonly changed: ReadonlyArray<Payment>
  /** Whether the provider may know it already. */
  readonly asked_before: boolean
  /** Whether all that it asks for is due. */
  readonly still_due: boolean
}

/** What a payment that waits can still ask for. */
const openOf = ({ amount_cents, invoice_id, status }: Payment, dues: ReadonlyMap<string, InvoiceDue>): bigint => {
  const due = status === "pending" ? (dues.get(invoice_id)?.due_cents ?? 0n) : 0n
  return due < amount_cents ? due : amount_cents
}

/**
 * Claims a charge that is due. What others paid since it was meant drops out as long as no provider has heard of it; after
 * that its amount is what its key stands for, and is charged wholly or not at all.
 */
export const claimOf = ({ charge, payments }: ChargedPayments, dues: ReadonlyMap<string, InvoiceDue>, now: DateTime.Utc): Claimed => {
  const open = payments.map((payment) => openOf(payment, dues))
  const due_cents = open.reduce((sum, part) => sum + part, 0n)
  const asked_before = charge.called_at !== null
  if (asked_before || due_cents === 0n) {
    return { charge: calledNow(charge, now), changed: [], asked_before, still_due: due_cents >= charge.amount_cents }
  }
  const changed = payments.flatMap((payment, index): ReadonlyArray<Payment> => {
    const part = open[index]!
    if (part === payment.amount_cents || payment.status !== "pending") return []
    return part === 0n
      ? [{ ...payment, status: "canceled", failure_reason: "nothing is due", updated_at: now }]
      : [{ ...payment, amount_cents: part, updated_at: now }]
  })
  return { charge: calledNow({ ...charge, amount_cents: due_cents }, now), changed, asked_before, still_due: true }
}
