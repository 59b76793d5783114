import { describe, expect, it } from "vitest"
import { type CompiledPrice, explainFee, explainPrice, type Usage } from "../../src/pricing/index.js"
import { exact, movement, priceOf, ranges, units, values } from "./support.js"

const text = (price: CompiledPrice, usage: Usage) => explainPrice(price.price(usage), usage).text

const tiers = ranges(["100", "1.95"], [null, "1.725"])
const flats = ranges(["10", "1"], ["20", "2", "4"], [null, "3", "9"])

describe("an amount is explained", () => {
  it.each<[string, CompiledPrice, Usage, string]>([
    ["standard", priceOf("standard", { amount: "0.0033" }), units("7"), "7 × 0.0033 = 0.0231"],
    ["standard, raised", priceOf("standard", { amount: "0.5", min_price: "3" }), units("1"), "1 × 0.5 = 0.5, raised to 3"],
    ["standard, lowered", priceOf("standard", { amount: "2", max_price: "3" }), units("9"), "9 × 2 = 18, lowered to 3"],
    ["graduated", priceOf("graduated", { graduated_ranges: tiers }), units("150.5"), "100 × 1.95 + 50.5 × 1.725 = 282.1125"],
    [
      "graduated with flat amounts",
      priceOf("graduated", { graduated_ranges: flats }),
      units("25"),
      "10 × 1 + (10 × 2 + 4) + (5 × 3 + 9) = 58"
    ],
    [
      "graduated by days",
      priceOf("graduated", { graduated_ranges: ranges(["5", "10", "1"], [null, "3", "2"]) }),
      { units: exact("7"), movements: [movement("6", "6"), movement("2", "1")] },
      "by days of the period: (5 × 10 + 1) + (2 × 3 + 2) = 59"
    ],
    [
      "graduated by days, less than nothing",
      priceOf("graduated", { graduated_ranges: ranges([null, "10", "1"]) }),
      { units: exact("-1"), movements: [movement("2", "1"), movement("-2", "-2")] },
      "by days of the period: -1 × 10 + 1 = 1 (the units come to less than nothing and count as 0); the units are below zero, so nothing is charged"
    ],
    ["volume", priceOf("volume", { volume_ranges: flats }), units("15"), "15 × 2 + 4 = 34"],
    [
      "package",
      priceOf("package", { amount: "100", package_size: "10", free_units: "10" }),
      units("121"),
      "121 units − 10 free: 111 paid; 12 × 100 for packages of 10 = 1200"
    ],
    ["percentage", priceOf("percentage", { rate: "1.3" }), values("50", "50"), "2 events; 100 × 1.3 % = 1.3"],
    [
      "percentage with everything",
      priceOf("percentage", { rate: "1", fixed_amount: "2", free_units_per_events: 1, per_transaction_max_amount: "10" }),
      values("50", "100", "5000"),
      "3 events, 1 of them and 50 units free; 5100 × 1 % + 2 × 2 − 42 by minimum and maximum per event = 13"
    ],
    [
      "graduated_percentage",
      priceOf("graduated_percentage", {
        graduated_percentage_ranges: [{ from_value: "0", to_value: null, rate: "2.5", flat_amount: "1" }]
      }),
      units("40"),
      "40 × 2.5 % + 1 = 2"
    ],
    [
      "dynamic",
      priceOf("dynamic", {}),
      { ...units("5"), precise_total_amount_cents: exact("150"), currency_exponent: 2 },
      "the events' own prices = 1.5"
    ],
    ["custom", priceOf("custom", { custom_amount: "250" }), units("0"), "fixed amount = 250"],
    ["custom by units", priceOf("custom", { unit_price: "5" }), units("3"), "3 × 5 = 15"],
    [
      "custom by the host, who said nothing",
      priceOf("custom", {}, { function_registered: true }),
      units("3"),
      "the host's function returned nothing = 0"
    ]
  ])("%s", (_, price, usage, expected) => {
    expect(text(price, usage)).toBe(expected)
  })

  it("with the raw figures where a negative made zero", () => {
    const price = priceOf("standard", { amount: "10" })
    const usage = units("-5")
    expect(explainPrice(price.price(usage), usage)).toMatchObject({
      zeroed: true,
      units: "-5",
      amount: "-50",
      text: "-5 × 10 = -50; units and amount are below zero, so nothing is charged"
    })
    const refund = { ...units("4"), precise_total_amount_cents: exact("-12.5"), currency_exponent: 2 as const }
    expect(text(priceOf("dynamic", {}), refund)).toBe("the events' own prices = -0.125; the amount is below zero, so nothing is charged")
  })

  it("with rows as texts, every figure checkable", () => {
    const usage = units("10.5")
    expect(explainPrice(priceOf("graduated", { graduated_ranges: flats }).price(usage), usage).rows).toEqual([
      {
        from_value: "0",
        to_value: "10",
        units: "10",
        per_unit_amount: "1",
        flat_unit_amount: "0",
        per_unit_total_amount: "10",
        total_with_flat_amount: "10"
      },
      {
        from_value: "10",
        to_value: "20",
        units: "0.5",
        per_unit_amount: "2",
        flat_unit_amount: "4",
        per_unit_total_amount: "1",
        total_with_flat_amount: "5"
      }
    ])
  })

  it("up to the fee and its one rounding", () => {
    const explained = (amount: string, usage: Usage, mode?: "down") =>
      explainFee(priceOf("standard", { amount }).price(usage), usage, {
        currency_exponent: 2,
        ...(mode !== undefined && { rounding_mode: mode })
      }).text
    expect(explained("1.005", units("1"))).toBe("1 × 1.005 = 1.005; 100.5 minor units, rounded half away from zero to 101")
    expect(explained("1.005", units("1"), "down")).toBe("1 × 1.005 = 1.005; 100.5 minor units, rounded towards zero to 100")
    expect(explained("2", units("3"))).toBe("3 × 2 = 6; 600 minor units")
  })
})
