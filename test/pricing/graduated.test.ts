import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compare, sum } from "../../src/core/exact.js"
import type { PriceRange, PriceTierRow } from "../../src/pricing/index.js"
import { of, over, plus, read } from "./fraction.js"
import { amountOf, anyQuantity, anyTiers, anyUnits, aroundBounds, digits, exact, priceOf, RUNS, ranges, units } from "./support.js"
import { graduated } from "./tariff-reference.js"

const three = priceOf("graduated", { graduated_ranges: ranges(["10", "1"], ["20", "2", "4"], [null, "3", "9"]) })

/** The same bounds, later tiers beginning one above the former bound. */
const stepping = (touching: ReadonlyArray<PriceRange>): ReadonlyArray<PriceRange> =>
  touching.map((range, index) => (index === 0 ? range : { ...range, from_value: plusOne(range.from_value) }))

const plusOne = (text: string): string => {
  const [whole, ...rest] = text.split(".")
  return [String(BigInt(whole!) + 1n), ...rest].join(".")
}

describe("graduated", () => {
  it("comes to what the rules say, for any tariff and any quantity", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, (tiers, quantity) => {
        const priced = priceOf("graduated", { graduated_ranges: ranges(...tiers) }).price(units(quantity))
        expect(of(priced.amount)).toEqual(graduated(tiers, read(quantity)))
      }),
      RUNS
    )
  })

  it("prices quantities that are quotients exactly", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, fc.bigInt(1n, 366n), (tiers, quantity, divisor) => {
        const priced = priceOf("graduated", { graduated_ranges: ranges(...tiers) }).price({ units: { ...exact(quantity), divisor } })
        expect(of(priced.amount)).toEqual(graduated(tiers, over(read(quantity), { top: divisor, bottom: 1n })))
      }),
      RUNS
    )
  })

  it("reads ranges that touch and ranges that step by one alike", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, (tiers, quantity) => {
        const touching = ranges(...tiers)
        const one = priceOf("graduated", { graduated_ranges: touching })
        const other = priceOf("graduated", { graduated_ranges: stepping(touching) })
        expect(amountOf(one, units(quantity))).toBe(amountOf(other, units(quantity)))
      }),
      RUNS
    )
  })

  it("is right at every edge of a tier, one unit and the smallest part of one beside it", () => {
    fc.assert(
      fc.property(anyTiers, (tiers) => {
        const price = priceOf("graduated", { graduated_ranges: ranges(...tiers) })
        for (const text of aroundBounds(tiers)) {
          const priced = price.price(units(text))
          expect(of(priced.amount)).toEqual(graduated(tiers, read(text)))
          expect(priced.rows).toHaveLength(tiers.findIndex(([to]) => to === null || compare(exact(text), exact(to)) <= 0) + 1)
        }
      }),
      RUNS
    )
  })

  it("opens a tier above its edge, not at it", () => {
    expect(["9", "10", "10.000000000000001", "10.5", "11", "20", "20.01", "25"].map((text) => amountOf(three, units(text)))).toEqual([
      "9",
      "10",
      "14.000000000000002",
      "15",
      "16",
      "34",
      "43.03",
      "58"
    ])
  })

  it("owes the first flat amount without usage", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["10", "1", "7"], [null, "2", "4"]) })
    expect(amountOf(price, units("0"))).toBe("7")
    expect(amountOf(price, units("-3"))).toBe("4")
  })

  it("never costs less for more", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, anyUnits, (tiers, quantity, more) => {
        const price = priceOf("graduated", { graduated_ranges: ranges(...tiers) })
        const before = price.price(units(quantity)).amount
        const sumText = digits(sum([exact(quantity), exact(more)]))
        expect(compare(before, price.price(units(sumText)).amount)).toBeLessThanOrEqual(0)
      }),
      RUNS
    )
  })

  it("has rows that add up to the amount and to the units", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, (tiers, quantity) => {
        const priced = priceOf("graduated", { graduated_ranges: ranges(...tiers) }).price(units(quantity))
        const rows = priced.rows as ReadonlyArray<PriceTierRow>
        expect(of(sum(rows.map((row) => row.total_with_flat_amount)))).toEqual(of(priced.amount))
        expect(of(sum(rows.map((row) => row.units)))).toEqual(read(quantity))
        for (const row of rows) {
          expect(plus(of(row.per_unit_total_amount), read(row.flat_unit_amount))).toEqual(of(row.total_with_flat_amount))
        }
      }),
      RUNS
    )
  })

  it("keeps the rows' bounds as they were written", () => {
    const price = priceOf("graduated", {
      graduated_ranges: [
        { from_value: "0", to_value: "10.0", per_unit_amount: "1.50", flat_amount: "0" },
        { from_value: "11", to_value: null, per_unit_amount: "2", flat_amount: "0" }
      ]
    })
    expect(price.price(units("12")).rows).toMatchObject([
      { from_value: "0", to_value: "10.0", per_unit_amount: "1.50" },
      { from_value: "11", to_value: null }
    ])
  })
})
