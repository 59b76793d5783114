/** The line of a base fee: the plan's amount for the days that are due (invoicing.md 4). Pure. */
import type { TaxRate } from "../catalog/index.js"
import { Exact, type RoundingMode } from "../core/index.js"
import type { BaseFeeStretch } from "../subscriptions/index.js"
import type { FeeLine } from "./assemble.js"
import { prorate } from "./proration.js"

export interface BaseFeeTerms {
  readonly plan_id: string
  readonly plan_name: string
  /** The plan's amount of a full period, minor units. */
  readonly amount_cents: bigint
  readonly exponent: number
  readonly rounding_mode: RoundingMode
  readonly taxes: ReadonlyArray<TaxRate>
}

/** amount × days ÷ full days, rounded once; null when the price is 0. */
export const baseFeeLine = (stretch: BaseFeeStretch, terms: BaseFeeTerms): FeeLine | null => {
  if (terms.amount_cents === 0n) return null
  const exact = Exact.share(Exact.fromBigInt(terms.amount_cents), BigInt(stretch.days), BigInt(stretch.full_days))
  return {
    fee_type: "subscription",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: null,
    description: terms.plan_name,
    metric_code: null,
    units: "1",
    events_count: 0,
    amount_cents: prorate(terms.amount_cents, stretch.days, stretch.full_days, terms.rounding_mode),
    precise_amount_cents: Exact.toText(exact),
    precise_unit_amount: Exact.toText(Exact.shift(exact, -terms.exponent)),
    progressive_billing_credit_amount_cents: 0n,
    coupons_amount_cents: 0n,
    period_start: stretch.from,
    period_end: stretch.to,
    properties: {
      days: stretch.days,
      full_days: stretch.full_days,
      plan_id: terms.plan_id,
      full_amount_cents: terms.amount_cents.toString(),
      rounding_mode: terms.rounding_mode
    },
    taxes: terms.taxes
  }
}
