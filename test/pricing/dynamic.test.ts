import { describe, expect, it } from "vitest"
import { eventAmountCents } from "../../src/pricing/index.js"
import { amountOf, digits, exact, priceOf } from "./support.js"

const price = priceOf("dynamic", {})

describe("dynamic", () => {
  it("turns the sum in minor units into units of the currency", () => {
    const usage = { units: exact("4"), precise_total_amount_cents: exact("1234.5") }
    expect(([0, 2, 3, 4] as const).map((currency_exponent) => amountOf(price, { ...usage, currency_exponent }))).toEqual([
      "1234.5",
      "12.345",
      "1.2345",
      "0.12345"
    ])
  })

  it("costs nothing where the units are 0, or no event had a price", () => {
    expect(amountOf(price, { units: exact("0"), precise_total_amount_cents: exact("40"), currency_exponent: 2 })).toBe("0")
    expect(amountOf(price, { units: exact("3") })).toBe("0")
  })

  it("never guesses the currency", () => {
    expect(() => price.price({ units: exact("3"), precise_total_amount_cents: exact("40") })).toThrow(/currency_exponent/)
  })

  it("takes an event's own price, else price times quantity, else nothing", () => {
    const made = { unit_price: exact("2.5"), quantity: exact("3") }
    expect(digits(eventAmountCents({ ...made, precise_total_amount_cents: exact("1.25") }, 2))).toBe("1.25")
    expect(digits(eventAmountCents(made, 2))).toBe("750")
    expect(digits(eventAmountCents(made, 0))).toBe("7.5")
    expect(digits(eventAmountCents({ unit_price: exact("2.5") }, 2))).toBe("0")
  })
})
