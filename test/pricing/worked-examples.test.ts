/** The figures that the specification of charges states, each as it stands there (billing 5.2, 10). Prices are of the currency's main unit. */
import { Either } from "effect"
import { describe, expect, it } from "vitest"
import { compile, normaliseTariff, type Usage } from "../../src/pricing/index.js"
import { amountOf, digits, exact, priceOf, ranges, type ShortTier, units, values } from "./support.js"

/** `of` events of 1 unit each. */
const events = (total: string, of: number): Usage => ({
  units: exact(total),
  event_values: Array.from({ length: of }, () => exact(digits({ ...exact(total), divisor: exact(total).divisor * BigInt(of) })))
})

const graduated = (...tiers: ReadonlyArray<ShortTier>) => ({ graduated_ranges: ranges(...tiers) })
const volume = (...tiers: ReadonlyArray<ShortTier>) => ({ volume_ranges: ranges(...tiers) })
const steps = (...tiers: ReadonlyArray<ShortTier>) => ({
  graduated_percentage_ranges: tiers.map(([to_value, rate, flat_amount = "0"], index) => ({
    from_value: index === 0 ? "0" : tiers[index - 1]![0]!,
    to_value,
    rate,
    flat_amount
  }))
})

const stepping = {
  graduated_ranges: [
    { from_value: "0", to_value: "100", per_unit_amount: "1", flat_amount: "0" },
    { from_value: "101", to_value: null, per_unit_amount: "0.5", flat_amount: "0" }
  ]
}
const two_tiers = graduated(["100", "1"], [null, "0.5"])
const with_flats = graduated(["100", "1", "10"], [null, "0.5", "5"])
const three_volumes = volume(["100", "1"], ["500", "0.8"], [null, "0.5"])
const package_of_50 = { amount: "10", package_size: "50", free_units: "0" }
const two_free = { rate: "1", free_units_per_events: "2", free_units_per_total_aggregation: "150" }
const two_rates = steps(["1000", "2"], [null, "1"])
const three_rates = steps(["1000", "3"], ["10000", "2"], [null, "1"])

type Example = readonly [model: Parameters<typeof priceOf>[0], properties: unknown, usage: Usage, amount: string]

const examples: ReadonlyArray<Example> = [
  ["standard", { amount: "5" }, units("10"), "50"],
  ["standard", { amount: "10.50" }, units("3"), "31.5"],
  ["standard", { amount: "0.0033" }, units("7"), "0.0231"],
  ["standard", { amount: "5" }, units("0"), "0"],
  ["graduated", two_tiers, units("100"), "100"],
  ["graduated", two_tiers, units("150"), "125"],
  ["graduated", stepping, units("150"), "125"],
  ["graduated", two_tiers, units("100.5"), "100.25"],
  ["graduated", stepping, units("100.5"), "100.25"],
  ["graduated", with_flats, units("150"), "140"],
  ["graduated", with_flats, units("100"), "110"],
  ["graduated", with_flats, units("0"), "10"],
  ["graduated", graduated(["10", "2"], [null, "1"]), units("10000"), "10010"],
  ["volume", three_volumes, units("50"), "50"],
  ["volume", three_volumes, units("100"), "100"],
  ["volume", three_volumes, units("150"), "120"],
  ["volume", three_volumes, units("1000"), "500"],
  ["volume", volume([null, "1", "10"]), units("50"), "60"],
  ["volume", volume([null, "1", "10"]), units("0"), "10"],
  ["package", package_of_50, units("100"), "20"],
  ["package", package_of_50, units("101"), "30"],
  ["package", { ...package_of_50, free_units: "100" }, units("150"), "10"],
  ["package", { ...package_of_50, free_units: "100" }, units("50"), "0"],
  ["percentage", { rate: "2.5" }, values("1000"), "25"],
  ["percentage", { rate: "2", fixed_amount: "0.25" }, events("100", 10), "4.5"],
  ["percentage", { rate: "0", fixed_amount: "1", free_units_per_events: "5" }, events("100", 10), "5"],
  ["percentage", { rate: "1", per_transaction_min_amount: "1.5", per_transaction_max_amount: "20" }, values("100", "200", "5000"), "23.5"],
  ["percentage", { rate: "1", fixed_amount: "0.1", free_units_per_events: "1" }, values("100", "200", "300"), "5.2"],
  ["percentage", { rate: "1", free_units_per_total_aggregation: "250" }, values("100", "200", "300"), "3.5"],
  ["percentage", { rate: "1", fixed_amount: "0.1", free_units_per_total_aggregation: "300" }, values("100", "200", "300"), "3.1"],
  ["percentage", two_free, values("100", "100", "100"), "1.5"],
  ["graduated_percentage", two_rates, units("1000"), "20"],
  ["graduated_percentage", two_rates, units("1500"), "25"],
  ["graduated_percentage", steps(["1000", "2", "5"], [null, "1", "3"]), units("1500"), "33"],
  ["graduated_percentage", three_rates, units("100000"), "1110"],
  ["custom", { custom_amount: "250" }, units("7"), "250"],
  ["custom", { unit_price: "10" }, units("5"), "50"],
  ["custom", { unit_price: "0.0033" }, units("3"), "0.0099"],
  ["custom", { custom_amount: "99", unit_price: "5" }, units("10"), "99"]
]

/** The other spelling that is read, and the first one, in which it is stored. */
const spellings = [
  ["standard", { unit_price: "5" }, { amount: "5" }],
  [
    "graduated",
    {
      tiers: [
        { up_to: "100", unit_price: "1", flat_amount: "10" },
        { up_to: null, unit_price: "0.5", flat_amount: "5" }
      ]
    },
    with_flats
  ],
  ["volume", { tiers: [{ up_to: null, unit_price: "1", flat_amount: "10" }] }, volume([null, "1", "10"])],
  ["percentage", { percentage: "2.5" }, { rate: "2.5" }]
] as const

describe("the worked examples of the specification", () => {
  it.each(examples)("%s %j", (model, properties, usage, amount) => {
    expect(amountOf(priceOf(model, properties), usage)).toBe(amount)
  })

  it.each(spellings)("%s reads %j too, and stores it in the first form", (model, other, first) => {
    const stored = (properties: unknown) => Either.getOrThrow(normaliseTariff(model, properties))
    expect(stored(other)).toEqual(stored(first))
  })

  it("custom without a function and without a price of its own is a typed error", () => {
    expect(Either.flip(compile("custom", {}))).toMatchObject({ right: { _tag: "ChargeNotRatable" } })
  })
})
