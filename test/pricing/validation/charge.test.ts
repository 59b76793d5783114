import { describe, expect, it } from "vitest"
import type { ChargeInput, ChargeModel, MetricShape } from "../../../src/pricing/index.js"
import { ranges } from "../support.js"
import { stored, wrongAt } from "./checked.js"

const tiers = ranges([null, "1"])
const valid: { readonly [M in ChargeModel]: object } = {
  standard: { amount: "1" },
  graduated: { graduated_ranges: tiers },
  volume: { volume_ranges: tiers },
  package: { amount: "1", package_size: "1", free_units: "0" },
  percentage: { rate: "1" },
  graduated_percentage: { graduated_percentage_ranges: [{ from_value: "0", to_value: null, rate: "1", flat_amount: "0" }] },
  dynamic: {},
  custom: {}
}
const models = Object.keys(valid) as ReadonlyArray<ChargeModel>
const aggregations = ["count", "sum", "max", "latest", "unique_count", "weighted_sum", "custom"] as const

const charge = (charge_model: ChargeModel, more: Partial<ChargeInput> = {}): ChargeInput => ({
  charge_model,
  properties: valid[charge_model],
  ...more
})

/** Which models a metric takes, of those that stand alone valid. */
const taken = (metric: Partial<MetricShape>, more: Partial<ChargeInput> = {}) =>
  models.filter((model) => wrongAt(charge(model, more), metric) === "valid")

describe("a charge fits its metric", () => {
  it("each metric takes the models that can price it", () => {
    const but = (...without: ReadonlyArray<ChargeModel>) => models.filter((model) => !without.includes(model))
    expect(Object.fromEntries(aggregations.map((type) => [type, taken({ aggregation_type: type })]))).toEqual({
      count: but("dynamic"),
      sum: models,
      max: but("dynamic"),
      latest: but("percentage", "graduated_percentage", "dynamic"),
      unique_count: but("dynamic"),
      weighted_sum: but("percentage", "dynamic"),
      custom: but("dynamic")
    })
    expect(taken({ recurring: true })).toEqual(but("percentage"))
    expect(wrongAt(charge("percentage"), { recurring: true })).toBe("charge_model")
  })

  it("in advance: what only adds, and every model but volume and custom", () => {
    const advance = { pay_in_advance: true }
    expect(taken({}, advance)).toEqual(models.filter((model) => model !== "volume" && model !== "custom"))
    for (const aggregation_type of ["max", "latest", "weighted_sum"] as const) {
      expect(wrongAt(charge("standard", advance), { aggregation_type })).toBe("pay_in_advance")
    }
    expect(wrongAt(charge("volume", advance))).toBe("pay_in_advance")
  })

  it("prorated: a recurring sum or unique_count; standard, volume and graduated, in advance only standard", () => {
    const prorated = { prorated: true }
    for (const aggregation_type of ["sum", "unique_count"] as const) {
      expect(taken({ aggregation_type, recurring: true }, prorated)).toEqual(["standard", "graduated", "volume"])
      expect(taken({ aggregation_type, recurring: true }, { ...prorated, pay_in_advance: true })).toEqual(["standard"])
      expect(wrongAt(charge("standard", prorated), { aggregation_type })).toBe("prorated")
    }
    expect(wrongAt(charge("standard", prorated), { aggregation_type: "count", recurring: true })).toBe("prorated")
  })

  it("names the first misfit in the order model, advance, proration, minimum", () => {
    const all = { pay_in_advance: true, prorated: true, min_amount_cents: "5" }
    expect(wrongAt(charge("dynamic", all), { aggregation_type: "latest" })).toBe("charge_model")
    expect(wrongAt(charge("standard", all), { aggregation_type: "latest" })).toBe("pay_in_advance")
    expect(wrongAt(charge("graduated", all), { recurring: true })).toBe("prorated")
    expect(wrongAt(charge("standard", all), { recurring: true })).toBe("min_amount_cents")
  })
})

describe("a charge beside its properties", () => {
  it("has a minimum in whole minor units", () => {
    for (const min_amount_cents of [0n, 100n, "0", "100"]) expect(wrongAt(charge("standard", { min_amount_cents }))).toBe("valid")
    for (const min_amount_cents of [-1n, "-1", "1.5", "", "1e3", 100, null, {}]) {
      expect(wrongAt(charge("standard", { min_amount_cents }))).toBe("min_amount_cents")
    }
    expect(wrongAt(charge("standard", { min_amount_cents: 0n, pay_in_advance: true }))).toBe("valid")
  })

  it("has flags that are true or false", () => {
    expect(wrongAt(charge("standard", { pay_in_advance: "yes" }))).toBe("pay_in_advance")
    expect(wrongAt(charge("standard", { prorated: 1 }))).toBe("prorated")
  })

  it("is stored with its defaults", () => {
    expect(stored({ charge_model: "standard", properties: { unit_price: "1" } })).toEqual({
      charge_model: "standard",
      properties: { amount: "1" },
      filters: [],
      pay_in_advance: false,
      prorated: false,
      min_amount_cents: 0n
    })
    expect(stored(charge("standard", { min_amount_cents: "250" })).min_amount_cents).toBe(250n)
  })
})
