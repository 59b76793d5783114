/**
 * Tariffs by tier as straight lines: within a tier the amount is units × slope + intercept, and everything that does not
 * depend on the usage is computed once. A rating costs one comparison for each tier passed, one product and one sum.
 */
import { add, type Exact, floorQuotient, make, multiply, pow10, subtract, zero } from "../core/exact.js"
import type { Tier } from "./tier.js"

/** The line of one tier; `upper` null: no bound. All plain decimals. */
export interface Piece {
  readonly upper: Exact | null
  readonly slope: Exact
  readonly intercept: Exact
}

/** Lines of the graduated reading: flat amounts up to the tier are due, and units below it have the prices of their tiers. */
export const graduatedPieces = (tiers: ReadonlyArray<Tier>): ReadonlyArray<Piece> => {
  let flats = zero
  let below = zero
  return tiers.map(({ lower, upper, price, flat }) => {
    flats = add(flats, flat)
    const intercept = add(flats, lower === null ? zero : subtract(below, multiply(lower, price)))
    if (upper !== null) below = add(below, multiply(lower === null ? upper : subtract(upper, lower), price))
    return { upper, slope: price, intercept }
  })
}

/** Lines of the volume reading: one tier prices everything. */
export const volumePieces = (tiers: ReadonlyArray<Tier>): ReadonlyArray<Piece> =>
  tiers.map(({ upper, price, flat }) => ({ upper, slope: price, intercept: flat }))

/** Bounds and intercepts as they compare with and add to the coefficients of units that count 1 ÷ `grain`. */
interface Grained {
  readonly bounds: ReadonlyArray<bigint>
  readonly intercepts: ReadonlyArray<bigint>
}

/** Units with fewer decimals than this find their grained figures ready. */
const KEPT_SCALES = 16

const atScale = (value: Exact, scale: number): bigint => value.coefficient * pow10(scale - value.scale)

/** The amount of `units`, by the line of the tier that holds `chosen` (the same units, but where these are prorated). */
export type PiecewiseAmount = (units: Exact, chosen?: Exact) => Exact

export const compilePieces = (pieces: ReadonlyArray<Piece>): PiecewiseAmount => {
  const scale = Math.max(...pieces.map(({ slope, intercept }) => Math.max(slope.scale, intercept.scale)))
  const slopes = pieces.map(({ slope }) => atScale(slope, scale))
  const intercepts = pieces.map(({ intercept }) => atScale(intercept, scale))
  const uppers = pieces.flatMap(({ upper }) => (upper === null ? [] : [upper]))

  // A coefficient is whole, so it exceeds a bound exactly where it exceeds the bound's floor.
  const grainedBy = (grain: bigint): Grained => ({
    bounds: uppers.map((upper) => floorQuotient(upper.coefficient * grain, pow10(upper.scale))),
    intercepts: intercepts.map((intercept) => intercept * grain)
  })
  const kept = Array.from({ length: KEPT_SCALES }, (_, decimals) => grainedBy(pow10(decimals)))
  const grained = (units: Exact): Grained =>
    units.divisor === 1n && units.scale < KEPT_SCALES ? kept[units.scale]! : grainedBy(pow10(units.scale) * units.divisor)

  const pieceOf = (coefficient: bigint, bounds: ReadonlyArray<bigint>): number => {
    let piece = 0
    while (piece < bounds.length && coefficient > bounds[piece]!) piece++
    return piece
  }

  return (units, chosen = units) => {
    const own = grained(units)
    const piece = pieceOf(chosen.coefficient, chosen === units ? own.bounds : grained(chosen).bounds)
    return make(units.coefficient * slopes[piece]! + own.intercepts[piece]!, units.scale + scale, units.divisor)
  }
}
