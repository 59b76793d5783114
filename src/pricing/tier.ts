/** Tiers as numbers: tier k covers (upper of k − 1, upper of k]; the first one everything up to its bound, the last the rest (P1). */
import { add, compare, type Exact, min, multiply, shift, subtract, unsafeFromText, zero } from "../core/exact.js"
import type { Bounds, PriceRange, RateRange } from "./model.js"
import type { PriceTierRow, RateTierRow } from "./rows.js"

export interface Tier<R extends Bounds = Bounds> {
  readonly range: R
  /** Upper bound of the tier before; null for the first, which is open downwards. */
  readonly lower: Exact | null
  /** null for the last, which is open upwards. */
  readonly upper: Exact | null
  /** Per unit, in units of the currency. */
  readonly price: Exact
  readonly flat: Exact
}

const tiersOf = <R extends Bounds & { readonly flat_amount: string }>(
  ranges: ReadonlyArray<R>,
  priceOf: (range: R) => Exact
): ReadonlyArray<Tier<R>> => {
  let lower: Exact | null = null
  return ranges.map((range) => {
    const upper = range.to_value === null ? null : unsafeFromText(range.to_value)
    const tier = { range, lower, upper, price: priceOf(range), flat: unsafeFromText(range.flat_amount) }
    lower = upper
    return tier
  })
}

export const priceTiers = (ranges: ReadonlyArray<PriceRange>): ReadonlyArray<Tier<PriceRange>> =>
  tiersOf(ranges, (range) => unsafeFromText(range.per_unit_amount))

/** A rate of 1.3 is a price of 0.013 per unit. */
export const rateOf = (percent: string): Exact => shift(unsafeFromText(percent), -2)

export const rateTiers = (ranges: ReadonlyArray<RateRange>): ReadonlyArray<Tier<RateRange>> =>
  tiersOf(ranges, (range) => rateOf(range.rate))

/** The first tier is always entered, a later one as soon as units exceed its lower bound (P2). */
export const isEntered = (tier: Tier, units: Exact): boolean => tier.lower === null || compare(units, tier.lower) > 0

/** How many of `units`, counted from zero, lie in the tier; negative units lie in the first one. */
export const unitsInTier = (tier: Tier, units: Exact): Exact => {
  const upTo = tier.upper === null ? units : min(units, tier.upper)
  if (tier.lower === null) return upTo
  return compare(upTo, tier.lower) > 0 ? subtract(upTo, tier.lower) : zero
}

/** The one tier that holds `units`: the first whose upper bound is null or not below them. */
export const tierOf = <R extends Bounds>(tiers: ReadonlyArray<Tier<R>>, units: Exact): Tier<R> =>
  tiers.find((tier) => tier.upper === null || compare(units, tier.upper) <= 0) as Tier<R>

/** The row of a tier that prices `units`. */
export const priceTierRow = (tier: Tier<PriceRange>, units: Exact): PriceTierRow => {
  const total = multiply(units, tier.price)
  return {
    from_value: tier.range.from_value,
    to_value: tier.range.to_value,
    units,
    per_unit_amount: tier.range.per_unit_amount,
    flat_unit_amount: tier.range.flat_amount,
    per_unit_total_amount: total,
    total_with_flat_amount: add(total, tier.flat)
  }
}

export const rateTierRow = (tier: Tier<RateRange>, units: Exact): RateTierRow => {
  const total = multiply(units, tier.price)
  return {
    from_value: tier.range.from_value,
    to_value: tier.range.to_value,
    units,
    rate: tier.range.rate,
    flat_unit_amount: tier.range.flat_amount,
    per_unit_total_amount: total,
    total_with_flat_amount: add(total, tier.flat)
  }
}
