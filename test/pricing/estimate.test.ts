import { describe, expect, it } from "vitest"
import { estimateEvent, instantEstimate, simulate } from "../../src/pricing/index.js"
import { digits, exact, priceOf, ranges, units, values } from "./support.js"

const tiered = priceOf("graduated", { graduated_ranges: ranges(["10", "1"], [null, "2", "4"]) })

describe("an estimate", () => {
  it("of one more event is the difference that it makes to the period", () => {
    expect(digits(estimateEvent(tiered, units("9"), units("11")))).toBe("7")
    const percentage = priceOf("percentage", { rate: "1", free_units_per_events: 1 })
    expect(digits(estimateEvent(percentage, values("100"), values("100", "50")))).toBe("0.5")
  })

  it("at once knows standard without the bounds of a line, and percentage without allowances", () => {
    const estimated = (price: typeof tiered, value: string) => {
      const estimate = instantEstimate(price, exact(value))
      return estimate && [digits(estimate.units), digits(estimate.amount)]
    }
    const bounded = priceOf("standard", { amount: "2", min_price: "100" })
    const percentage = priceOf("percentage", {
      rate: "2",
      fixed_amount: "0.1",
      free_units_per_events: 5,
      per_transaction_min_amount: "0.5"
    })
    expect(estimated(bounded, "3")).toEqual(["3", "6"])
    expect(estimated(percentage, "50")).toEqual(["50", "1.1"])
    expect(estimated(percentage, "1")).toEqual(["1", "0.5"])
    expect([estimated(bounded, "-3"), estimated(percentage, "-3")]).toEqual([
      ["0", "0"],
      ["0", "0"]
    ])
    expect(estimated(tiered, "3")).toBeNull()
  })

  it("of a number of units takes them as one transaction of a percentage", () => {
    expect(digits(simulate(tiered, exact("12")).amount)).toBe("18")
    const percentage = priceOf("percentage", { rate: "1", fixed_amount: "5", free_units_per_total_aggregation: "15" })
    expect(digits(simulate(percentage, exact("20")).amount)).toBe("5.05")
  })
})
