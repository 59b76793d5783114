/** The figures of a fee: the one place where a price is rounded (spec pricing 9, decisions N2, N6, N7, N8). */
import type { CurrencyExponent } from "../core/currency.js"
import { type Exact, isNegative, isZero, type RoundingMode, shift, toMinorUnits, toText, zero } from "../core/exact.js"
import type { Priced } from "./priced.js"
import type { Usage } from "./usage.js"

/** How the currency counts and how its issuer rounds; half away from zero by default. */
export interface FeeTerms {
  readonly currency_exponent: CurrencyExponent
  readonly rounding_mode?: RoundingMode
}

/** Texts are decimals of at most 15 places. */
export interface FeeFigures {
  readonly units: string
  /** Whole minor units. */
  readonly amount_cents: bigint
  /** The exact amount in minor units. */
  readonly precise_amount_cents: string
  /** In units of the currency; for display, nothing is computed from it. */
  readonly precise_unit_amount: string
}

/** Negative units or a negative amount make a fee of zero; the rows keep the raw figures (N8). */
export const isZeroed = (units: Exact, amount: Exact): boolean => isNegative(units) || isNegative(amount)

/**
 * The fee of a priced line: rounded once, from the exact amount.
 *
 * @see decisions N2, N8
 */
export const feeOf = (priced: Priced, usage: Usage, { currency_exponent, rounding_mode = "half_away" }: FeeTerms): FeeFigures => {
  const zeroed = isZeroed(usage.units, priced.amount)
  const amount = zeroed ? zero : priced.amount
  return {
    units: toText(zeroed ? zero : usage.units),
    amount_cents: toMinorUnits(amount, currency_exponent, rounding_mode),
    precise_amount_cents: toText(shift(amount, currency_exponent)),
    precise_unit_amount: toText(zeroed ? zero : priced.unit_amount)
  }
}

/** A line without amount, units and events is left out; any other stays (spec pricing 3.3). */
export const lineStays = (priced: Priced, usage: Usage, events_count: number): boolean =>
  events_count > 0 || !isZero(usage.units) || !isZero(priced.amount)
