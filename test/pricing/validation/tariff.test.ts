import { describe, expect, it } from "vitest"
import type { ChargeModel } from "../../../src/pricing/index.js"
import { ranges } from "../support.js"
import { stored, wrongIn } from "./checked.js"

const tier = { from_value: "0", to_value: null, per_unit_amount: "1", flat_amount: "0" }

describe("properties of a model", () => {
  it.each<[ChargeModel, Readonly<Record<string, unknown>>]>([
    ["standard", { amount: "5", min_price: "1", max_price: "1", pricing_group_keys: ["region", "size"] }],
    ["graduated", { graduated_ranges: [tier] }],
    ["volume", { volume_ranges: ranges(["0.5", "1"], [null, "2"]) }],
    ["package", { amount: "5", package_size: "10", free_units: "0" }],
    [
      "percentage",
      {
        rate: "1",
        fixed_amount: "0",
        free_units_per_events: 3,
        free_units_per_total_aggregation: "1.5",
        per_transaction_min_amount: "1",
        per_transaction_max_amount: "1"
      }
    ],
    ["graduated_percentage", { graduated_percentage_ranges: [{ from_value: "0", to_value: null, rate: "101", flat_amount: "0" }] }],
    ["dynamic", { price_field: "price", quantity_field: "qty" }],
    ["dynamic", {}],
    ["custom", { custom_properties: { tiers: [{ a: 1, b: [null, true, "x"] }] }, custom_amount: "1", unit_price: "2" }],
    ["custom", {}]
  ])("%s: all of them may be there", (model, properties) => {
    expect(wrongIn(model, properties)).toBe("valid")
  })

  it.each<[string, unknown, string]>([
    ["an unknown one", { amount: "1", ammount: "1" }, "properties.ammount"],
    ["an unknown one, before everything else", { amount: "-1", zeal: 1 }, "properties.zeal"],
    ["one of another model", { amount: "1", rate: "1" }, "properties.rate"],
    ["missing", {}, "properties.amount"],
    ["undefined", { amount: undefined }, "properties.amount"],
    ["null", { amount: null }, "properties.amount"],
    ["a JSON number", { amount: 5 }, "properties.amount"],
    ["negative", { amount: "-1" }, "properties.amount"],
    ["16 decimals", { amount: "0.0000000000000001" }, "properties.amount"],
    ["the other spelling wrong", { unit_price: "x" }, "properties.unit_price"],
    ["an optional one null", { amount: "1", min_price: null }, "properties.min_price"],
    ["in the order of the model", { amount: "1", min_price: "x", max_price: "y" }, "properties.min_price"],
    ["maximum below minimum", { amount: "1", min_price: "5", max_price: "4.99" }, "properties.max_price"],
    ["keys that are no list", { amount: "1", pricing_group_keys: "region" }, "properties.pricing_group_keys"],
    ["an empty key", { amount: "1", pricing_group_keys: ["a", ""] }, "properties.pricing_group_keys[1]"],
    ["a key twice", { amount: "1", pricing_group_keys: ["a", "b", "a"] }, "properties.pricing_group_keys[2]"],
    ["a key that is no text", { amount: "1", pricing_group_keys: [1] }, "properties.pricing_group_keys[0]"],
    ["no object", "amount", "properties"],
    ["a list", [], "properties"],
    ["nothing", undefined, "properties"]
  ])("standard: %s", (_, properties, path) => {
    expect(wrongIn("standard", properties)).toBe(path)
  })

  it.each<[ChargeModel, unknown, string]>([
    ["package", { amount: "1", package_size: "0", free_units: "0" }, "properties.package_size"],
    ["package", { amount: "1", package_size: "2.5", free_units: "0" }, "properties.package_size"],
    ["package", { amount: "1", package_size: 10, free_units: "0" }, "properties.package_size"],
    ["package", { amount: "1", package_size: "10", free_units: "0.5" }, "properties.free_units"],
    ["package", { amount: "1", package_size: "10" }, "properties.free_units"],
    ["percentage", { fixed_amount: "1" }, "properties.rate"],
    ["percentage", { rate: "1", free_units_per_events: 1.5 }, "properties.free_units_per_events"],
    ["percentage", { rate: "1", free_units_per_events: -1 }, "properties.free_units_per_events"],
    ["percentage", { rate: "1", free_units_per_events: "1.5" }, "properties.free_units_per_events"],
    ["percentage", { rate: "1", free_units_per_events: 2 ** 53 }, "properties.free_units_per_events"],
    ["percentage", { rate: "1", free_units_per_total_aggregation: 5 }, "properties.free_units_per_total_aggregation"],
    [
      "percentage",
      { rate: "1", per_transaction_min_amount: "2", per_transaction_max_amount: "1.99" },
      "properties.per_transaction_max_amount"
    ],
    ["dynamic", { price_field: "" }, "properties.price_field"],
    ["dynamic", { quantity_field: 7 }, "properties.quantity_field"],
    ["custom", { custom_properties: [] }, "properties.custom_properties"],
    ["custom", { custom_amount: "-1" }, "properties.custom_amount"],
    ["custom", { unit_price: 5 }, "properties.unit_price"]
  ])("%s %j is wrong at %s", (model, properties, path) => {
    expect(wrongIn(model, properties)).toBe(path)
  })

  it("belong to a model that exists", () => {
    for (const model of ["tiered", "", "__proto__", "constructor", "Standard", null, undefined, 5]) {
      expect(wrongIn(model, { amount: "1" })).toBe("charge_model")
    }
  })
})

describe("other spellings are stored in the first form", () => {
  const properties = (charge_model: string, given: unknown) => stored({ charge_model, properties: given }).properties

  it("of prices and rates; the first form wins where both are there", () => {
    expect(properties("standard", { unit_price: "10.50" })).toEqual({ amount: "10.50" })
    expect(properties("standard", { unit_price: "junk", amount: "5" })).toEqual({ amount: "5" })
    expect(properties("percentage", { percentage: "2.5", free_units_per_events: 3 })).toEqual({ rate: "2.5", free_units_per_events: "3" })
  })

  it("of tiers, as ranges that touch", () => {
    const tiers = [
      { up_to: "100", unit_price: "1", flat_amount: "10" },
      { up_to: null, unit_price: "0.5" }
    ]
    const touching = ranges(["100", "1", "10"], [null, "0.5"])
    expect(properties("graduated", { tiers })).toEqual({ graduated_ranges: touching })
    expect(properties("volume", { tiers })).toEqual({ volume_ranges: touching })
  })
})
