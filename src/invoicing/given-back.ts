/** Days of base fees in advance that no longer stand, as items of credit notes (invoicing.md 8). Pure. */
import { type CreditNoteItem, givenBack } from "../credits/index.js"
import { standingDays } from "../subscriptions/index.js"
import type { Piece } from "./piece.js"
import { unused } from "./proration.js"
import type { FeeOnInvoice } from "./store.js"

/** What of one fee is given back: minor units of the fee before coupons, above 0. */
export interface FeeGivenBack {
  readonly of: FeeOnInvoice
  readonly amount_cents: bigint
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** What of a fee can still be credited: what its invoice bills for it, less what notes that stand gave back. */
export const leftOf = ({ fee }: FeeOnInvoice, items: ReadonlyArray<CreditNoteItem>): bigint =>
  items.reduce(
    (left, item) => (item.fee_id === fee.id ? left - item.amount_cents : left),
    fee.amount_cents - fee.progressive_billing_credit_amount_cents
  )

/**
 * For each base fee of the running window: fee − kept − given back of its days before, at most what is left of the fee.
 * Nothing of an invoice that was voided.
 *
 * @see decisions S2, S7, N3
 */
export const feesGivenBack = (
  { schedule, work }: { readonly schedule: Piece["schedule"]; readonly work: Pick<Piece["work"], "at" | "given_back"> },
  fees: ReadonlyArray<FeeOnInvoice>,
  items: ReadonlyArray<CreditNoteItem>
): ReadonlyArray<FeeGivenBack> => {
  const { at, given_back } = work
  if (given_back === null) return []
  return fees.flatMap((of) => {
    const { fee, invoice } = of
    const { days } = fee.properties
    if (invoice.status === "voided" || days === undefined || fee.period_start === null) return []
    const kept_days = standingDays(schedule, { from: fee.period_start, days }, at, given_back)
    const { given_back_cents } = unused(fee.amount_cents, days, kept_days)
    const amount_cents = least(given_back_cents - givenBack(fee.id, "unused_days", items), leftOf(of, items))
    return amount_cents > 0n ? [{ of, amount_cents }] : []
  })
}
