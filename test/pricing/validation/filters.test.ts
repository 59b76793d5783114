import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile, type FilterValues, propertiesUnder } from "../../../src/pricing/index.js"
import { RUNS } from "../support.js"
import { stored, wrongAt } from "./checked.js"

const declared = { region: ["eu", "us", "asia"], size: ["s", "m"] }
const charge = (...filters: ReadonlyArray<unknown>) => ({ charge_model: "standard", properties: { amount: "1" }, filters })
const wrongFilters = (...filters: ReadonlyArray<unknown>) => wrongAt(charge(...filters), {}, declared)
const filter = (values: unknown, properties: unknown = {}) => ({ values, properties })

describe("filters of a charge", () => {
  it.each<[string, ReadonlyArray<unknown>, string]>([
    ["no values", [{ properties: {} }], "filters[0].values"],
    ["values of no key", [filter({})], "filters[0].values"],
    ["values that are no object", [filter(["eu"])], "filters[0].values"],
    ["an empty list", [filter({ region: [] })], "filters[0].values.region"],
    ["an undeclared key", [filter({ planet: ["mars"] })], "filters[0].values.planet"],
    ["a key of every object", [filter(JSON.parse('{"constructor":["eu"]}'))], "filters[0].values.constructor"],
    ["a key that names a prototype", [filter(JSON.parse('{"__proto__":["eu"]}'))], "filters[0].values.__proto__"],
    ["an undeclared value", [filter({ region: ["eu", "mars"] })], "filters[0].values.region"],
    ["a value that is no text", [filter({ region: [1] })], "filters[0].values.region"],
    ["no filter", ["eu"], "filters[0]"],
    ["the same twice", [filter({ region: ["eu"] }), filter({ region: ["eu"] })], "filters[1].values"],
    ["all values and one of them", [filter({ region: ["asia"] }), filter({ region: ["*"] })], "filters[1].values"],
    [
      "two keys in another order",
      [filter({ region: ["us"], size: ["m"] }), filter({ size: ["m", "s"], region: ["us"] })],
      "filters[1].values"
    ],
    ["properties of its own that are wrong", [filter({ region: ["eu"] }, { amount: "-1" })], "filters[0].properties.amount"],
    ["a property that the model lacks", [filter({ region: ["eu"] }, { rate: "1" })], "filters[0].properties.rate"],
    ["apart in one key", [filter({ region: ["us"], size: ["s"] }), filter({ region: ["us"], size: ["m"] })], "valid"],
    ["other keys", [filter({ region: ["us"] }), filter({ region: ["us"], size: ["m"] }), filter({ size: ["*"] })], "valid"],
    ["no properties of its own", [{ values: { region: ["eu"] } }], "valid"]
  ])("%s", (_, filters, path) => {
    expect(wrongFilters(...filters)).toBe(path)
  })

  it("are a list", () => {
    expect(wrongAt({ ...charge(), filters: {} }, {}, declared)).toBe("filters")
  })

  it("are checked after the charge's own properties, in order of age, and before the combination", () => {
    const bad = filter({ region: ["mars"] })
    expect(wrongAt({ ...charge(bad), properties: {} }, {}, declared)).toBe("properties.amount")
    expect(wrongAt({ ...charge(bad), prorated: true }, {}, declared)).toBe("filters[0].values.region")
    expect(wrongFilters(filter({ region: ["eu"] }, { amount: "x" }), bad)).toBe("filters[0].properties.amount")
  })

  it("are stored with lists of distinct values, and only the properties that they name", () => {
    const normalised = stored(
      {
        charge_model: "standard",
        properties: { unit_price: "1", min_price: "2", pricing_group_keys: ["zone"] },
        filters: [
          filter({ region: "eu", size: ["m", "m"] }, { unit_price: "3" }),
          filter({ region: ["us", "*"] }, { pricing_group_keys: [] })
        ]
      },
      declared
    )
    expect(normalised.filters).toEqual([
      { values: { region: ["eu"], size: ["m"] }, properties: { amount: "3" } },
      { values: { region: ["*"] }, properties: { pricing_group_keys: [] } }
    ])
    expect(normalised.filters.map((each) => propertiesUnder(normalised.properties, each.properties))).toEqual([
      { amount: "3", min_price: "2", pricing_group_keys: ["zone"] },
      { amount: "1", min_price: "2", pricing_group_keys: [] }
    ])
  })

  it("are held against what the charge says where they say nothing", () => {
    const bounded = { charge_model: "standard", properties: { amount: "1", min_price: "5" } }
    expect(wrongAt({ ...bounded, filters: [filter({ region: ["eu"] }, { max_price: "4" })] }, {}, declared)).toBe(
      "filters[0].properties.max_price"
    )
    expect(wrongAt({ ...bounded, filters: [filter({ region: ["eu"] }, { min_price: "1", max_price: "4" })] }, {}, declared)).toBe("valid")
  })

  it("compile with the charge's properties under them", () => {
    const compiled = compile("standard", propertiesUnder({ amount: "1" }, { amount: "3" }))
    expect(Either.getOrThrow(compiled).properties).toEqual({ amount: "3" })
  })

  it("never fight for an event: two that are allowed match none in common, or have different keys", () => {
    const anyValues: fc.Arbitrary<FilterValues> = fc
      .record(
        { region: fc.subarray(declared.region, { minLength: 1 }), size: fc.subarray(["s", "m", "*"], { minLength: 1 }) },
        { requiredKeys: [] }
      )
      .filter((values) => Object.keys(values).length > 0) as fc.Arbitrary<FilterValues>
    const matches = (values: FilterValues, event: Readonly<Record<string, string>>) =>
      Object.entries(values).every(([key, list]) => list.includes("*") || list.includes(event[key]!))
    fc.assert(
      fc.property(anyValues, anyValues, (a, b) => {
        const events = declared.region.flatMap((region) => declared.size.map((size) => ({ region, size })))
        const sameKeys = Object.keys(a).sort().join() === Object.keys(b).sort().join()
        const fight = sameKeys && events.some((event) => matches(a, event) && matches(b, event))
        expect(wrongFilters(filter(a), filter(b))).toBe(fight ? "filters[1].values" : "valid")
      }),
      RUNS
    )
  })
})
