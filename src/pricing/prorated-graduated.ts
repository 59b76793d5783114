/**
 * graduated on a prorated charge: the level moves, each step is cut at the tiers' bounds, and each piece costs piece ×
 * share of the full period × price of its tier. Flat amounts are never prorated (spec pricing 5, decision P18).
 */
import { add, compare, divide, type Exact, isNegative, isZero, max, multiply, subtract, sum, zero } from "../core/exact.js"
import type { PriceRange } from "./model.js"
import type { PriceTierRow } from "./rows.js"
import { equation, tierTerms } from "./sentence.js"
import { isEntered, priceTierRow, type Tier, unitsInTier } from "./tier.js"
import type { Movement } from "./usage.js"

interface Course {
  /** The level at the end. */
  readonly level: Exact
  /** The highest level, at least 0. */
  readonly peak: Exact
  /** For each tier the units that lay in it, times their shares of the period. */
  readonly prorated: ReadonlyArray<Exact>
}

/** Where the level went, and what that makes in each tier. Steps down count negative; below zero is the first tier. */
const courseOf = (tiers: ReadonlyArray<Tier>, movements: ReadonlyArray<Movement>): Course => {
  let level = zero
  let peak = zero
  let prorated: ReadonlyArray<Exact> = tiers.map(() => zero)
  for (const { units, prorated_units } of movements) {
    if (isZero(units)) continue
    const before = level
    level = add(level, units)
    peak = max(peak, level)
    if (isZero(prorated_units)) continue
    const share = divide(prorated_units, units)
    prorated = prorated.map((soFar, index) => {
      const piece = subtract(unitsInTier(tiers[index]!, level), unitsInTier(tiers[index]!, before))
      return isZero(piece) ? soFar : add(soFar, multiply(piece, share))
    })
  }
  return { level, peak, prorated }
}

/** One row for each tier up to the one that the highest level reached; none where the level ends below zero. */
export const movementRows = (tiers: ReadonlyArray<Tier<PriceRange>>, movements: ReadonlyArray<Movement>): ReadonlyArray<PriceTierRow> => {
  const { level, peak, prorated } = courseOf(tiers, movements)
  if (isNegative(level)) return []
  return tiers.flatMap((tier, index) => (isEntered(tier, peak) ? [priceTierRow(tier, prorated[index]!)] : []))
}

/** max(sum of the pieces, 0) + the flat amounts reached; 0 where the level ends below zero. */
export const movementAmount = (tiers: ReadonlyArray<Tier<PriceRange>>, movements: ReadonlyArray<Movement>): Exact => {
  const { level, peak, prorated } = courseOf(tiers, movements)
  if (isNegative(level)) return zero
  const pieces = sum(tiers.map((tier, index) => multiply(prorated[index]!, tier.price)))
  const flats = sum(tiers.filter((tier) => isEntered(tier, peak)).map((tier) => tier.flat))
  return add(compare(pieces, zero) > 0 ? pieces : zero, flats)
}

/** The calculation of an amount by movements; their rows say which tiers it has. */
export const movementText = (rows: ReadonlyArray<PriceTierRow>, amount: Exact): string => {
  if (rows.length === 0) return equation("the level ends below zero", amount)
  const pieces = sum(rows.map((row) => row.per_unit_total_amount))
  const cut = isNegative(pieces) ? " (the units come to less than nothing and count as 0)" : ""
  return `by days of the period: ${equation(tierTerms(rows), amount)}${cut}`
}

export const movedUnits = (movements: ReadonlyArray<Movement>): Exact => sum(movements.map(({ units }) => units))
