import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isNegative, make } from "../../src/core/exact.js"
import { type FeeTerms, feeOf, lineStays } from "../../src/pricing/index.js"
import { exact, priceOf, RUNS, ranges, units } from "./support.js"

const fee = (amount: string, quantity: string, terms: FeeTerms) => {
  const usage = units(quantity)
  return feeOf(priceOf("standard", { amount }).price(usage), usage, terms)
}

describe("the fee of a line", () => {
  it.each<[string, string, FeeTerms, bigint, string]>([
    ["1.005", "1", { currency_exponent: 2 }, 101n, "100.5"],
    ["99.5", "1", { currency_exponent: 0 }, 100n, "99.5"],
    ["1.2345", "1", { currency_exponent: 3 }, 1_235n, "1234.5"],
    ["1.00005", "1", { currency_exponent: 4 }, 10_001n, "10000.5"],
    ["0.025", "1", { currency_exponent: 2, rounding_mode: "half_even" }, 2n, "2.5"],
    ["0.035", "1", { currency_exponent: 2, rounding_mode: "half_even" }, 4n, "3.5"],
    ["0.029", "1", { currency_exponent: 2, rounding_mode: "down" }, 2n, "2.9"],
    ["0.0033", "7", { currency_exponent: 2 }, 2n, "2.31"]
  ])("%s × %s under %j is %s", (amount, quantity, terms, amount_cents, precise_amount_cents) => {
    expect(fee(amount, quantity, terms)).toMatchObject({ amount_cents, precise_amount_cents, units: quantity, precise_unit_amount: amount })
  })

  it("is rounded from the exact amount, not from its 15 decimals", () => {
    const usage = units("1")
    const justBelow = { amount: exact("0.00499999999999999999"), unit_amount: exact("0"), rows: [], text: "" }
    expect(feeOf(justBelow, usage, { currency_exponent: 2 })).toMatchObject({ amount_cents: 0n, precise_amount_cents: "0.5" })
  })

  it("differs from the exact amount by half a minor unit at most, and by none upwards when rounding down", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 9 }), fc.bigInt(1n, 400n), (coefficient, scale, divisor) => {
        const priced = { amount: make(coefficient, scale, divisor), unit_amount: exact("0"), rows: [], text: "" }
        const exponent = 2
        const twice = 2n * coefficient * 10n ** BigInt(exponent)
        const unit = 10n ** BigInt(scale) * divisor
        const rounded = (rounding_mode: "half_away" | "half_even" | "down") =>
          feeOf(priced, units("1"), { currency_exponent: exponent, rounding_mode }).amount_cents
        for (const mode of ["half_away", "half_even"] as const) {
          const error = twice - 2n * rounded(mode) * unit
          expect(error <= unit && error >= -unit).toBe(true)
        }
        const rest = twice - 2n * rounded("down") * unit
        expect(rest >= 0n && rest < 2n * unit).toBe(true)
      }),
      RUNS
    )
  })

  it.each([
    ["negative units", "-5"],
    ["negative units with a flat amount that outweighs them", "-0.5"]
  ])("is zero for %s, flat amounts included; the rows keep the raw figures", (_, quantity) => {
    const priced = priceOf("graduated", { graduated_ranges: ranges([null, "1", "9.99"]) }).price(units(quantity))
    expect(feeOf(priced, units(quantity), { currency_exponent: 2 })).toEqual({
      units: "0",
      amount_cents: 0n,
      precise_amount_cents: "0",
      precise_unit_amount: "0"
    })
    expect(isNegative((priced.rows[0] as { units: ReturnType<typeof exact> }).units)).toBe(true)
  })
})

describe("a line", () => {
  const nothing = priceOf("standard", { amount: "1" })
  it("is left out without amount, units and events, and stays otherwise", () => {
    const stays = (quantity: string, events: number, price = nothing) => lineStays(price.price(units(quantity)), units(quantity), events)
    expect(stays("0", 0)).toBe(false)
    expect(stays("0", 1)).toBe(true)
    expect(stays("-1", 0)).toBe(true)
    expect(stays("0", 0, priceOf("volume", { volume_ranges: ranges([null, "1", "0.001"]) }))).toBe(true)
  })
})
