/** The line of a commitment: what is missing to it at the end of a window (invoicing.md 11). Pure. */
import type { TaxRate, VersionTerms } from "../catalog/index.js"
import { Exact, exponentOf, type RoundingMode } from "../core/index.js"
import type { FeeLine } from "./assemble.js"
import { trueUp } from "./commitment.js"

/** The window, with what counts towards its commitment; minor units. */
export interface CommittedWindow {
  readonly from: NonNullable<FeeLine["period_start"]>
  readonly to: NonNullable<FeeLine["period_end"]>
  readonly base_days: number
  readonly full_days: number
  /** The base fee of that period, whenever it was invoiced, less what was given back of its days. */
  readonly base_cents: bigint
  /** Its charge fees, minimums and fees in advance included. */
  readonly usage_cents: bigint
}

export interface TrueUpTerms {
  readonly rounding_mode: RoundingMode
  readonly taxes: ReadonlyArray<TaxRate>
}

/** A fee of type commitment with one unit; null where nothing is missing, or the plan has no commitment. */
export const trueUpLine = (window: CommittedWindow, version: VersionTerms, terms: TrueUpTerms): FeeLine | null => {
  const { commitment, plan } = version
  if (commitment === null) return null
  const { base_cents, base_days: days, full_days, usage_cents } = window
  const { amount_cents, counts } = commitment
  const { true_up_cents } = trueUp({ amount_cents, counts, days, full_days, base_cents, usage_cents }, terms.rounding_mode)
  if (true_up_cents === 0n) return null
  return {
    fee_type: "commitment",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: commitment.id,
    description: commitment.invoice_display_name ?? "Minimum commitment",
    metric_code: null,
    units: "1",
    events_count: 0,
    amount_cents: true_up_cents,
    precise_amount_cents: true_up_cents.toString(),
    precise_unit_amount: Exact.toText(Exact.shift(Exact.fromBigInt(true_up_cents), -exponentOf(plan.currency))),
    progressive_billing_credit_amount_cents: 0n,
    coupons_amount_cents: 0n,
    period_start: window.from,
    period_end: window.to,
    properties: {
      days,
      full_days,
      full_amount_cents: amount_cents.toString(),
      rounding_mode: terms.rounding_mode
    },
    taxes: terms.taxes
  }
}
