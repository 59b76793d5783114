import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type ChargeModel, compile, InvalidChargeProperties, validateCharge } from "../../../src/pricing/index.js"
import { RUNS } from "../support.js"
import { SUM, wrongIn } from "./checked.js"

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)

/** Texts and values that read as a number somewhere, and as none here. */
const NOT_DECIMALS: ReadonlyArray<unknown> = [
  ..."1e3 1E3 1e400 +5 .5 5. 0x10 0b1 1_000 1,5 NaN Infinity -Infinity -0 1n ½ ٣ ３".split(" "),
  ...["", " ", " 5", "5 ", "5\n", "5\u0000", "1 000", "--5", "1.2.3", "0.1234567890123456", "9".repeat(1_000_000)],
  ...[5, 0.1, Number.NaN, Number.POSITIVE_INFINITY, -0, 10n, true, null, [], ["5"], {}, { toString: () => "5" }, new Date(0), () => "5"],
  JSON.parse("1e400"),
  Symbol("5"),
  Object("5"),
  nested(5_000)
]

const PROPERTIES: ReadonlyArray<readonly [ChargeModel, (value: unknown) => object]> = [
  ["standard", (amount) => ({ amount })],
  ["standard", (min_price) => ({ amount: "1", min_price })],
  ["graduated", (to_value) => ({ graduated_ranges: [{ from_value: "0", to_value, per_unit_amount: "1", flat_amount: "1" }] })],
  ["graduated", (flat_amount) => ({ graduated_ranges: [{ from_value: "0", to_value: null, per_unit_amount: "1", flat_amount }] })],
  ["volume", (unit_price) => ({ tiers: [{ up_to: null, unit_price }] })],
  ["package", (package_size) => ({ amount: "1", package_size, free_units: "0" })],
  ["percentage", (rate) => ({ rate })],
  ["percentage", (free_units_per_total_aggregation) => ({ rate: "1", free_units_per_total_aggregation })],
  ["custom", (custom_amount) => ({ custom_amount })]
]

describe("hostile properties end in a typed error", () => {
  it.each(PROPERTIES)("%s: values that are no decimals", (model, properties) => {
    for (const value of NOT_DECIMALS) {
      if (value === null && model === "graduated") continue
      const outcome = compile(model, properties(value), { function_registered: true })
      expect(Either.isLeft(outcome) && outcome.left).toBeInstanceOf(InvalidChargeProperties)
      if (Either.isLeft(outcome)) expect(outcome.left.message.length).toBeLessThan(200)
    }
  })

  it("keys that mean something to JavaScript are unknown properties, and change nothing", () => {
    expect(wrongIn("standard", JSON.parse('{"amount":"1","__proto__":{"min_price":"5"}}'))).toBe("properties.__proto__")
    expect(wrongIn("standard", JSON.parse('{"amount":"1","constructor":{"prototype":{"a":1}}}'))).toBe("properties.constructor")
    expect(wrongIn("custom", JSON.parse('{"custom_properties":{"a":[{"__proto__":{"isAdmin":true}}]}}'))).toBe(
      "properties.custom_properties"
    )
    expect(wrongIn("custom", { custom_properties: { text: '"__proto__":' } })).toBe("valid")
    expect("isAdmin" in {}).toBe(false)
  })

  it("nothing is read from a prototype", () => {
    expect(wrongIn("standard", Object.create({ amount: "1" }))).toBe("properties.amount")
    const inherited = Object.create({ per_unit_amount: "1" })
    Object.assign(inherited, { from_value: "0", to_value: null, flat_amount: "0" })
    expect(wrongIn("graduated", { graduated_ranges: [inherited] })).toBe("properties.graduated_ranges[0].per_unit_amount")
  })

  it("an object for the host is plain JSON of at most 64 KB, not too deep, and what PostgreSQL can store", () => {
    const wrong = (custom_properties: unknown) => wrongIn("custom", { custom_properties })
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const bad = [
      nested(5_000),
      cyclic,
      { a: Number.NaN },
      { a: JSON.parse("1e400") },
      { a: undefined },
      { a: () => 1 },
      { a: 5n },
      { a: "\u0000" },
      { "\ud800": 1 },
      { a: "x".repeat(70_000) },
      "text",
      null
    ]
    for (const value of bad) expect(wrong(value)).toBe("properties.custom_properties")
    expect(wrong(nested(20))).toBe("valid")
  })

  it("an object for the host is a copy: nobody changes it behind the charge", () => {
    const custom_properties = { list: [1] }
    const charge = Either.getOrThrow(validateCharge({ charge_model: "custom", properties: { custom_properties } }, SUM))
    custom_properties.list.push(2)
    expect(charge.properties).toEqual({ custom_properties: { list: [1] } })
  })

  it("names that no engine can store are refused", () => {
    expect(wrongIn("dynamic", { price_field: "a\u0000" })).toBe("properties.price_field")
    expect(wrongIn("standard", { amount: "1", pricing_group_keys: ["\ud800"] })).toBe("properties.pricing_group_keys[0]")
  })

  it("a key of a megabyte stays out of the error", () => {
    expect(wrongIn("standard", { amount: "1", ["x".repeat(1_000_000)]: 1 }).length).toBeLessThan(100)
  })

  it("whatever a charge is, it is valid or refused", () => {
    const anyCharge = fc.record({
      charge_model: fc.oneof(
        fc.constantFrom("standard", "graduated", "volume", "package", "percentage", "dynamic", "custom"),
        fc.anything()
      ),
      properties: fc.oneof(
        fc.anything(),
        fc.dictionary(fc.constantFrom("amount", "rate", "tiers", "graduated_ranges", "custom_properties", "__proto__"), fc.anything())
      ),
      filters: fc.oneof(fc.constant(undefined), fc.array(fc.record({ values: fc.anything(), properties: fc.anything() })), fc.anything()),
      prorated: fc.anything(),
      pay_in_advance: fc.anything(),
      min_amount_cents: fc.anything()
    })
    fc.assert(
      fc.property(anyCharge, (charge) => {
        const outcome = validateCharge(charge, SUM, { region: ["eu"] })
        if (Either.isLeft(outcome)) expect(outcome.left).toBeInstanceOf(InvalidChargeProperties)
      }),
      RUNS
    )
  })
})
