/** Splits of a whole amount that always add up to it: largest remainder over minor units (decision N3). */
import { floorQuotient } from "./exact.js"

/**
 * Splits `amount` (minor units, any sign) in proportion to `weights` (whole, ≥ 0). Floors first, then one unit each to
 * the largest remainders, ties in the order given; all weights 0: the first takes everything.
 *
 * @see decisions N3
 */
export const split = (amount: bigint, weights: ReadonlyArray<bigint>): ReadonlyArray<bigint> => {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  if (total === 0n) return weights.map((_, index) => (index === 0 ? amount : 0n))
  const negative = amount < 0n
  const whole = negative ? -amount : amount
  const parts = weights.map((weight) => floorQuotient(whole * weight, total))
  let rest = whole - parts.reduce((sum, part) => sum + part, 0n)
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (whole * weight) % total }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of byRemainder) {
    if (rest === 0n) break
    parts[index]! += 1n
    rest -= 1n
  }
  return negative ? parts.map((part) => -part) : parts
}
