import { describe, expect, it } from "vitest"
import { priceGroups } from "../../src/pricing/index.js"
import { digits, priceOf, ranges, units } from "./support.js"

describe("groups", () => {
  it("begin tiers and flat amounts anew, each for itself", () => {
    const price = priceOf("graduated", { graduated_ranges: ranges(["5", "10", "100"], [null, "5", "50"]) })
    const priced = priceGroups(price, [
      { group: { region: "us" }, usage: units("8") },
      { group: { region: null }, usage: units("3") }
    ])
    expect([digits(priced.units), digits(priced.amount)]).toEqual(["11", "345"])
    expect(priced.groups.map((each) => [each.group.region, digits(each.priced.amount)])).toEqual([
      ["us", "215"],
      [null, "130"]
    ])
  })
})
