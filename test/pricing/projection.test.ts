import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Elapsed, project, type Usage } from "../../src/pricing/index.js"
import { of, read, times } from "./fraction.js"
import { anyTiers, anyUnits, digits, exact, priceOf, RUNS, ranges, units, values } from "./support.js"

const half: Elapsed = { elapsed_days: 15, period_days: 30 }
const three = priceOf("graduated", { graduated_ranges: ranges(["10", "1"], ["20", "2", "4"], [null, "3", "9"]) })

const projected = (price: typeof three, usage: Usage, elapsed = half) => {
  const { projected_units, projected_amount } = project(price, usage, elapsed)
  return [digits(projected_units), digits(projected_amount)]
}

describe("the projection to the end of a period", () => {
  it("prices the scaled units: 6 after 15 of 30 days are 12", () => {
    expect(projected(three, units("6"))).toEqual(["12", "18"])
  })

  it("scales the amount of models whose price is not one of units", () => {
    const percentage = priceOf("percentage", { rate: "10", fixed_amount: "1", free_units_per_events: 1 })
    expect(projected(percentage, values("5", "5"))).toEqual(["20", "3"])
    const dynamic = { ...units("3"), precise_total_amount_cents: exact("150"), currency_exponent: 2 as const }
    expect(projected(priceOf("dynamic", {}), dynamic)).toEqual(["6", "3"])
    expect(projected(priceOf("custom", { custom_amount: "7" }), units("3"))).toEqual(["6", "14"])
  })

  it("costs at zero usage what zero usage costs", () => {
    const flat = priceOf("volume", { volume_ranges: ranges(["5", "1", "10"], [null, "1"]) })
    expect(projected(flat, units("0"), { elapsed_days: 3, period_days: 31 })).toEqual(["0", "10"])
  })

  it("leaves recurring metrics and periods that are over as they are", () => {
    expect(projected(three, units("6"), { ...half, recurring: true })).toEqual(["6", "6"])
    expect(projected(three, units("6"), { elapsed_days: 45, period_days: 30 })).toEqual(["6", "6"])
  })

  it("rounds nothing: units × period ÷ elapsed, exactly", () => {
    fc.assert(
      fc.property(anyTiers, anyUnits, fc.bigInt(1n, 31n), (tiers, quantity, elapsed) => {
        const price = priceOf("graduated", { graduated_ranges: ranges(...tiers) })
        const { projected_units } = project(price, units(quantity), { elapsed_days: Number(elapsed), period_days: 31 })
        expect(times(of(projected_units), { top: elapsed, bottom: 1n })).toEqual(times(read(quantity), read("31")))
      }),
      RUNS
    )
  })

  it("needs at least today", () => {
    expect(() => project(three, units("1"), { elapsed_days: 0, period_days: 30 })).toThrow(RangeError)
  })
})
