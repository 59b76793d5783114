/** How a price came about, as data for the fee and as text for a person; also what was raw where a negative made zero (N8). */
import { type Exact, isNegative, type RoundingMode, toText } from "../core/exact.js"
import { type FeeFigures, type FeeTerms, feeOf, isZeroed } from "./fee.js"
import type { Priced } from "./priced.js"
import { type RowTexts, rowTexts } from "./rows.js"
import type { Usage } from "./usage.js"

/** Figures are decimal texts of at most 15 places, amounts in units of the currency. */
export interface Explanation {
  readonly units: string
  readonly amount: string
  readonly unit_amount: string
  readonly rows: ReadonlyArray<RowTexts>
  /** `100 × 1.95 + 50.5 × 1.725 = 282.1125` */
  readonly text: string
  /** The fee is zero because units or amount are below zero; the figures above are the raw ones. */
  readonly zeroed: boolean
}

export interface FeeExplanation extends Explanation {
  readonly fee: FeeFigures
}

const negative = (units: Exact, amount: Exact): string => {
  if (!isNegative(units)) return "the amount is below zero"
  return isNegative(amount) ? "units and amount are below zero" : "the units are below zero"
}

/** Explains what a price answered for a usage. */
export const explainPrice = (priced: Priced, usage: Usage): Explanation => {
  const zeroed = isZeroed(usage.units, priced.amount)
  return {
    units: toText(usage.units),
    amount: toText(priced.amount),
    unit_amount: toText(priced.unit_amount),
    rows: priced.rows.map(rowTexts),
    text: zeroed ? `${priced.text}; ${negative(usage.units, priced.amount)}, so nothing is charged` : priced.text,
    zeroed
  }
}

const MODES: { readonly [M in RoundingMode]: string } = {
  half_away: "half away from zero",
  half_even: "half to even",
  down: "towards zero"
}

const roundingText = ({ amount_cents, precise_amount_cents }: FeeFigures, mode: RoundingMode): string =>
  precise_amount_cents === amount_cents.toString()
    ? `${amount_cents} minor units`
    : `${precise_amount_cents} minor units, rounded ${MODES[mode]} to ${amount_cents}`

/** Explains a fee: the price, and the one rounding to minor units. */
export const explainFee = (priced: Priced, usage: Usage, terms: FeeTerms): FeeExplanation => {
  const explanation = explainPrice(priced, usage)
  const fee = feeOf(priced, usage, terms)
  return { ...explanation, text: `${explanation.text}; ${roundingText(fee, terms.rounding_mode ?? "half_away")}`, fee }
}
