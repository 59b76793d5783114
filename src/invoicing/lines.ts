/** The lines of a piece that are not usage: its base fee and what is missing to its commitment. Pure. */
import type { VersionTerms } from "../catalog/index.js"
import { exponentOf, sumOf } from "../core/index.js"
import { type CreditNoteItem, givenBack } from "../credits/index.js"
import type { Subscription, UsageWindow } from "../subscriptions/index.js"
import type { FeeLine } from "./assemble.js"
import { baseFeeLine } from "./base-fee.js"
import type { Batch } from "./batch.js"
import type { FeeGivenBack } from "./given-back.js"
import { levelsOf } from "./levels.js"
import { baseTerms, type Piece } from "./piece.js"
import type { FeeOnInvoice } from "./store.js"
import { trueUpLine } from "./true-up.js"

/** The base fee of a piece; none where its price is 0. */
export const baseLines = (piece: Piece, batch: Batch): ReadonlyArray<FeeLine> => {
  const { row, work } = piece
  if (work.base === null || piece.skip) return []
  const terms = baseTerms(piece, batch)
  const line = baseFeeLine(work.base, {
    plan_id: terms.plan_id,
    plan_name: terms.plan.name,
    amount_cents: terms.amount_cents,
    exponent: exponentOf(terms.plan.currency),
    rounding_mode: batch.issuerOf(row).rounding_mode,
    taxes: batch.taxes.of(levelsOf(row, terms.plan_id, batch))
  })
  return line === null ? [] : [line]
}

/** Whether fees in advance count towards a commitment at all. */
export const countsInAdvance = ({ charges, commitment }: VersionTerms): boolean =>
  commitment !== null && charges.some(({ charge }) => charge.pay_in_advance)

/** What counts towards the commitment of the window that a piece closes. */
export interface Counted {
  /** The piece's own base fee, which counts in arrears. */
  readonly base: ReadonlyArray<FeeLine>
  readonly usage: ReadonlyArray<FeeLine>
  /** What events of the window were billed at once, and what was carried into it. */
  readonly advance_cents: bigint
  /** In advance: the base fees of the window's period, what was given back of them before, and what is now. */
  readonly fees: ReadonlyArray<FeeOnInvoice>
  readonly items: ReadonlyArray<CreditNoteItem>
  readonly given_back: ReadonlyArray<FeeGivenBack>
}

/** Minor units of lines, fees or parts of them together. */
export const amountCents = (lines: ReadonlyArray<{ readonly amount_cents: bigint }>): bigint => sumOf(lines, (line) => line.amount_cents)

/** The base fees in advance of a window, less what was given back of their days. */
export const standingFeesCents = (fees: ReadonlyArray<FeeOnInvoice>, items: ReadonlyArray<CreditNoteItem>): bigint =>
  fees.reduce(
    (sum, { fee, invoice }) => (invoice.status === "voided" ? sum : sum + fee.amount_cents - givenBack(fee.id, "unused_days", items)),
    0n
  )

/** The true-up of a closed window; none without a commitment, or where nothing is missing. */
export const windowTrueUp = (
  row: Subscription,
  window: UsageWindow,
  terms: VersionTerms,
  batch: Batch,
  counted: { readonly base_cents: bigint; readonly usage_cents: bigint }
): ReadonlyArray<FeeLine> => {
  if (terms.commitment === null) return []
  const line = trueUpLine({ ...window, ...counted }, terms, {
    rounding_mode: batch.issuerOf(row).rounding_mode,
    taxes: batch.taxes.of({ ...levelsOf(row, terms.plan_id, batch), commitment_id: terms.commitment.id })
  })
  return line === null ? [] : [line]
}

/** The true-up of the window that a piece closes. */
export const commitmentLines = ({ row, schedule, skip, work }: Piece, batch: Batch, counted: Counted): ReadonlyArray<FeeLine> => {
  if (work.usage === null || skip) return []
  const base_cents = schedule.pay_in_advance
    ? standingFeesCents(counted.fees, counted.items) - amountCents(counted.given_back)
    : amountCents(counted.base)
  const usage_cents = amountCents(counted.usage) + counted.advance_cents
  return windowTrueUp(row, work.usage, batch.termsOf(row), batch, { base_cents, usage_cents })
}
