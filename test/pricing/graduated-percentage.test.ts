import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sum } from "../../src/core/exact.js"
import type { RateTierRow } from "../../src/pricing/index.js"
import { fraction, of, plus, read, times } from "./fraction.js"
import { amountOf, anyQuantity, anyTiers, priceOf, RUNS, ranges, type ShortTier, units } from "./support.js"
import { graduated } from "./tariff-reference.js"

const rates = (...tiers: ReadonlyArray<ShortTier>) => ({
  graduated_percentage_ranges: ranges(...tiers).map(({ per_unit_amount: rate, ...range }) => ({ ...range, rate }))
})

describe("graduated_percentage", () => {
  it("takes each tier's rate of the units in it", () => {
    const price = priceOf("graduated_percentage", rates(["1000", "2", "5"], [null, "1", "3"]))
    expect(["0", "1000", "1000.5", "1500"].map((text) => amountOf(price, units(text)))).toEqual(["5", "25", "28.005", "33"])
  })

  it("is graduated at a hundredth of the rates, and its rows add up", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, (tiers, quantity) => {
        const priced = priceOf("graduated_percentage", rates(...tiers)).price(units(quantity))
        const flats = graduated(
          tiers.map(([to, , flat = "0"]) => [to, "0", flat]),
          read(quantity)
        )
        const perUnit = graduated(
          tiers.map(([to, rate]) => [to, rate, "0"]),
          read(quantity)
        )
        expect(of(priced.amount)).toEqual(plus(times(perUnit, fraction(1n, 100n)), flats))
        expect(of(sum((priced.rows as ReadonlyArray<RateTierRow>).map((row) => row.total_with_flat_amount)))).toEqual(of(priced.amount))
      }),
      RUNS
    )
  })
})
