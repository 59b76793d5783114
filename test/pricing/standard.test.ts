import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compare } from "../../src/core/exact.js"
import { of, read, times } from "./fraction.js"
import { amountOf, anyPrice, anyQuantity, anyUnits, digits, exact, priceOf, RUNS, units } from "./support.js"

describe("standard", () => {
  it("multiplies units by the amount and rounds nothing", () => {
    fc.assert(
      fc.property(anyPrice, anyQuantity, (amount, quantity) => {
        const priced = priceOf("standard", { amount }).price(units(quantity))
        expect(of(priced.amount)).toEqual(times(read(amount), read(quantity)))
      }),
      RUNS
    )
  })

  it("never costs less for more", () => {
    fc.assert(
      fc.property(anyPrice, anyPrice, anyUnits, anyUnits, (amount, least, a, b) => {
        const price = priceOf("standard", { amount, min_price: least })
        const [few, many] = compare(exact(a), exact(b)) <= 0 ? [a, b] : [b, a]
        expect(compare(price.price(units(few)).amount, price.price(units(many)).amount)).toBeLessThanOrEqual(0)
      }),
      RUNS
    )
  })

  it("keeps a line with units within its least and highest price, and a line without units at nothing", () => {
    const price = priceOf("standard", { amount: "0.5", min_price: "3", max_price: "20" })
    expect(amountOf(price, units("0.000001"))).toBe("3")
    expect(amountOf(price, units("6.2"))).toBe("3.1")
    expect(amountOf(price, units("1000"))).toBe("20")
    expect(amountOf(price, units("0"))).toBe("0")
    expect(amountOf(price, units("-10"))).toBe("-5")
  })

  it("shows the unit price of prorated units per full unit", () => {
    const usage = { units: exact("2.5"), full_units: exact("5") }
    expect(digits(priceOf("standard", { amount: "10" }).price(usage).unit_amount)).toBe("5")
  })
})
