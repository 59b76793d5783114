import { describe, expect, it } from "vitest"
import type { PriceRange } from "../../../src/pricing/index.js"
import { ranges } from "../support.js"
import { wrongIn } from "./checked.js"

const wrongTiers = (...tiers: ReadonlyArray<unknown>) =>
  wrongIn("graduated", { graduated_ranges: tiers }).replace("properties.graduated_ranges", "")

const tier = (from_value: string, to_value: string | null, more: Partial<Record<keyof PriceRange | "extra", unknown>> = {}) => ({
  from_value,
  to_value,
  per_unit_amount: "1",
  flat_amount: "0",
  ...more
})

describe("tiers", () => {
  it("may touch, step by one, or mix both", () => {
    expect(wrongTiers(tier("0", "10"), tier("10", "20"), tier("21", null))).toBe("valid")
    expect(wrongTiers(tier("0.00", "0.5"), tier("1.5", "10.50"), tier("10.5", null))).toBe("valid")
  })

  it.each<[string, ReadonlyArray<unknown>, string]>([
    ["none", [], ""],
    ["not from 0", [tier("1", null)], "[0].from_value"],
    ["a hole", [tier("0", "10"), tier("12", null)], "[1].from_value"],
    ["an overlap", [tier("0", "10"), tier("9", null)], "[1].from_value"],
    ["between a bound and one above it", [tier("0", "10"), tier("10.5", null)], "[1].from_value"],
    ["the last one closed", [tier("0", "10"), tier("10", "20")], "[1].to_value"],
    ["the only one closed", [tier("0", "10")], "[0].to_value"],
    ["an earlier one open", [tier("0", null), tier("10", null)], "[0].to_value"],
    ["the first bound at 0", [tier("0", "0"), tier("0", null)], "[0].to_value"],
    ["a bound not above the former one", [tier("0", "10"), tier("10", "10"), tier("10", null)], "[1].to_value"],
    ["a bound below the former one", [tier("0", "10"), tier("11", "5"), tier("5", null)], "[1].to_value"],
    ["no upper bound named", [{ from_value: "0", per_unit_amount: "1", flat_amount: "0" }], "[0].to_value"],
    ["a price below 0", [tier("0", null, { per_unit_amount: "-1" })], "[0].per_unit_amount"],
    ["a price missing", [tier("0", null, { per_unit_amount: undefined })], "[0].per_unit_amount"],
    ["a flat amount missing", [tier("0", "5"), tier("5", null, { flat_amount: undefined })], "[1].flat_amount"],
    ["a flat amount as number", [tier("0", null, { flat_amount: 5 })], "[0].flat_amount"],
    ["bounds as numbers", [tier("0", null, { from_value: 0 })], "[0].from_value"],
    ["a property that no tier has", [tier("0", null, { extra: 1, from_value: "x" })], "[0].extra"],
    ["no tier at all in the list", [null], "[0]"],
    ["tier by tier", [tier("0", "10", { flat_amount: "-1" }), tier("12", null)], "[0].flat_amount"]
  ])("%s: the place is named", (_, tiers, place) => {
    expect(wrongTiers(...tiers)).toBe(place)
  })

  it("are a list", () => {
    for (const graduated_ranges of [{}, "0-10", 5, null])
      expect(wrongIn("graduated", { graduated_ranges })).toBe("properties.graduated_ranges")
  })

  it("name their place in the spelling that was used", () => {
    const short = (...tiers: ReadonlyArray<unknown>) => wrongIn("volume", { tiers })
    expect(short()).toBe("properties.tiers")
    expect(short({ up_to: "10", unit_price: "1" }, { up_to: "20", unit_price: "1" })).toBe("properties.tiers[1].up_to")
    expect(short({ up_to: "10", unit_price: "1" }, { up_to: "10", unit_price: "1" }, { up_to: null, unit_price: "1" })).toBe(
      "properties.tiers[1].up_to"
    )
    expect(short({ up_to: null })).toBe("properties.tiers[0].unit_price")
    expect(short({ up_to: null, unit_price: "1", flat_amount: "x" })).toBe("properties.tiers[0].flat_amount")
    expect(short({ up_to: null, unit_price: "1", per_unit_amount: "1" })).toBe("properties.tiers[0].per_unit_amount")
  })

  it("of volume and graduated_percentage are checked alike", () => {
    const [first, second] = ranges(["10", "1"], [null, "1"])
    expect(wrongIn("volume", { volume_ranges: [first, { ...second, from_value: "9" }] })).toBe("properties.volume_ranges[1].from_value")
    const rate = ({ per_unit_amount, ...range }: PriceRange) => ({ ...range, rate: per_unit_amount })
    expect(wrongIn("graduated_percentage", { graduated_percentage_ranges: [rate(first!), { ...rate(second!), rate: "-1" }] })).toBe(
      "properties.graduated_percentage_ranges[1].rate"
    )
    expect(wrongIn("graduated_percentage", { graduated_percentage_ranges: [first, second] })).toBe(
      "properties.graduated_percentage_ranges[0].per_unit_amount"
    )
  })
})
