import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { add, isNegative, make, share, sign, sum } from "../../src/core/exact.js"
import type { Movement, PriceTierRow } from "../../src/pricing/index.js"
import { of, read } from "./fraction.js"
import { amountOf, anyTiers, anyUnits, digits, exact, movement, priceOf, RUNS, ranges } from "./support.js"

/** Steps of a level with the days that each counts, of a period of 31. */
const anySteps = fc.array(
  fc.tuple(fc.integer({ min: -1_500, max: 4_000 }), fc.integer({ min: 1, max: 31 })).map(([hundredths, days]) => ({
    units: make(BigInt(hundredths), 2),
    prorated_units: share(make(BigInt(hundredths), 2), BigInt(days), 31n)
  })),
  { maxLength: 8 }
)

const moved = (movements: ReadonlyArray<Movement>) => ({ units: sum(movements.map((each) => each.prorated_units)), movements })

describe("graduated by days", () => {
  const two = priceOf("graduated", { graduated_ranges: ranges(["5", "10", "1"], [null, "3.1", "2"]) })

  it("prices what was carried for the whole period and an event from its day on: 6 carried, 2 more on the 22nd of March", () => {
    const usage = moved([movement("6", "6"), { units: exact("2"), prorated_units: share(exact("2"), 10n, 31n) }])
    expect(digits(two.price(usage).amount)).toBe("58.1")
    expect(digits(two.price(usage).unit_amount)).toBe("7.2625")
  })

  it("is the plain price where every step counts for the whole period and none goes below zero", () => {
    fc.assert(
      fc.property(anyTiers, fc.array(anyUnits, { maxLength: 6 }), (tiers, steps) => {
        const price = priceOf("graduated", { graduated_ranges: ranges(...tiers) })
        const level = sum(steps.map(exact))
        const byMovements = price.price(moved(steps.map((step) => movement(step, step)))).amount
        expect(of(byMovements)).toEqual(of(price.price({ units: level }).amount))
      }),
      RUNS
    )
  })

  it("has rows that add up to the amount, but where a negative sum was cut to 0", () => {
    fc.assert(
      fc.property(anyTiers, anySteps, (tiers, steps) => {
        const priced = priceOf("graduated", { graduated_ranges: ranges(...tiers) }).price(moved(steps))
        const rows = priced.rows as ReadonlyArray<PriceTierRow>
        const pieces = sum(rows.map((row) => row.per_unit_total_amount))
        const flats = sum(rows.map((row) => exact(row.flat_unit_amount)))
        if (isNegative(sum(steps.map(({ units }) => units)))) {
          expect([sign(priced.amount), rows.length]).toEqual([0, 0])
        } else {
          expect(of(priced.amount)).toEqual(of(isNegative(pieces) ? flats : add(pieces, flats)))
          expect(of(sum(rows.map((row) => row.units)))).toEqual(of(sum(steps.map((step) => step.prorated_units))))
        }
      }),
      RUNS
    )
  })

  it("owes the first flat amount without movements", () => {
    expect(amountOf(two, moved([]))).toBe("1")
  })

  it("never prorates a flat amount, and owes those of every tier that the highest level reached", () => {
    const touching = priceOf("graduated", { graduated_ranges: ranges(["5", "10", "100"], [null, "5", "50"]) })
    expect(amountOf(touching, moved([movement("6", "6"), movement("-6", "-3")]))).toBe("177.5")
    expect(amountOf(touching, moved([movement("2.5", "2.5"), movement("2.5", "1.25")]))).toBe("137.5")
  })

  it("owes nothing where the level ends below zero", () => {
    const usage = moved([movement("3", "3"), movement("-4", "-1")])
    expect(amountOf(two, usage)).toBe("0")
    expect(two.price(usage).text).toBe("the level ends below zero = 0")
  })

  it("stays exact over thousands of steps", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["1000", "1"], [null, "1"]) })
    const steps = Array.from({ length: 3_000 }, (_, index) => {
      const units = make(BigInt((index % 97) + 1), 1)
      return { units, prorated_units: share(units, BigInt((index % 31) + 1), 31n) }
    })
    expect(of(price.price(moved(steps)).amount)).toEqual(of(sum(steps.map((step) => step.prorated_units))))
  })
})

describe("standard by days", () => {
  it("multiplies the prorated value: seats for 10 + 10 of 30 days", () => {
    const price = priceOf("standard", { amount: "30" })
    const usage = { units: share(exact("20"), 1n, 30n), full_units: exact("1") }
    expect(of(price.price(usage).amount)).toEqual(read("20"))
    expect(of(price.price(usage).unit_amount)).toEqual(read("20"))
  })
})
