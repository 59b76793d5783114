import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compare } from "../../src/core/exact.js"
import type { PriceTierRow } from "../../src/pricing/index.js"
import { of, plus, read, times } from "./fraction.js"
import { amountOf, anyQuantity, anyTiers, aroundBounds, digits, exact, priceOf, RUNS, ranges, units } from "./support.js"
import { volume } from "./tariff-reference.js"

const price = priceOf("volume", { volume_ranges: ranges(["100", "2", "10"], ["200", "1"], [null, "0.5", "50"]) })

describe("volume", () => {
  it("comes to what the rules say, for any tariff and any quantity", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, (tiers, quantity) => {
        const priced = priceOf("volume", { volume_ranges: ranges(...tiers) }).price(units(quantity))
        expect(of(priced.amount)).toEqual(volume(tiers, read(quantity)))
        const rows = priced.rows as ReadonlyArray<PriceTierRow>
        expect(rows.map((row) => of(row.total_with_flat_amount))).toEqual([of(priced.amount)])
      }),
      RUNS
    )
  })

  it("is right at every edge of a tier, one unit and the smallest part of one beside it", () => {
    fc.assert(
      fc.property(anyTiers, (tiers) => {
        const price = priceOf("volume", { volume_ranges: ranges(...tiers) })
        for (const text of aroundBounds(tiers)) {
          const priced = price.price(units(text))
          expect(of(priced.amount)).toEqual(volume(tiers, read(text)))
          expect(priced.rows).toMatchObject([{ to_value: tiers.find(([to]) => to === null || compare(exact(text), exact(to)) <= 0)![0] }])
        }
      }),
      RUNS
    )
  })

  it("prices everything by the one tier that holds the units", () => {
    expect(["0", "99", "100", "100.5", "101", "200", "201", "-4"].map((text) => amountOf(price, units(text)))).toEqual([
      "10",
      "208",
      "210",
      "100.5",
      "101",
      "200",
      "150.5",
      "2"
    ])
  })

  it("chooses the tier by the full units where units are prorated, and prorates no flat amount", () => {
    const prorated = { units: exact("51"), full_units: exact("250") }
    expect(amountOf(price, prorated)).toBe("75.5")
    expect(digits(price.price(prorated).unit_amount)).toBe("0.302")
    expect(price.price(prorated).rows).toMatchObject([{ from_value: "200", per_unit_amount: "0.5" }])
  })

  it("chooses by full units whatever the decimals of the two figures", () => {
    fc.assert(
      fc.property(anyTiers, anyQuantity, anyQuantity, (tiers, prorated, full) => {
        const priced = priceOf("volume", { volume_ranges: ranges(...tiers) }).price({ units: exact(prorated), full_units: exact(full) })
        const [row] = priced.rows as ReadonlyArray<PriceTierRow>
        expect(of(priced.amount)).toEqual(plus(times(read(prorated), read(row!.per_unit_amount)), read(row!.flat_unit_amount)))
        expect(times(read(full), read(row!.per_unit_amount))).toEqual(
          plus(volume(tiers, read(full)), times(read("-1"), read(row!.flat_unit_amount)))
        )
      }),
      RUNS
    )
  })
})
