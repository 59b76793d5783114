/** The tiered models read word by word from their rules, over slow fractions. */
import { type Fraction, isMore, least, minus, none, plus, read, times, total } from "./fraction.js"
import type { ShortTier } from "./support.js"

const parsed = (tiers: ReadonlyArray<ShortTier>) =>
  tiers.map(([to, price, flat = "0"], index) => ({
    lower: index === 0 ? null : read(tiers[index - 1]![0]!),
    upper: to === null ? null : read(to),
    price: read(price),
    flat: read(flat)
  }))

/** Each tier prices the units that lie in it, and its flat amount is due once units exceed its lower bound; the first is always entered. */
export const graduated = (tiers: ReadonlyArray<ShortTier>, units: Fraction): Fraction =>
  total(
    parsed(tiers).map(({ lower, upper, price, flat }) => {
      if (lower !== null && !isMore(units, lower)) return none
      const top = upper === null ? units : least(units, upper)
      return plus(times(lower === null ? top : minus(top, lower), price), flat)
    })
  )

/** The first tier whose upper bound is null or not below the units prices everything. */
export const volume = (tiers: ReadonlyArray<ShortTier>, units: Fraction): Fraction => {
  const tier = parsed(tiers).find(({ upper }) => upper === null || !isMore(units, upper))!
  return plus(times(units, tier.price), tier.flat)
}
