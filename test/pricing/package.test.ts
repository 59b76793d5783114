import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PackageRow } from "../../src/pricing/index.js"
import { isMore, minus, none, of, read, times } from "./fraction.js"
import { amountOf, anyPrice, anyQuantity, exact, priceOf, RUNS, units } from "./support.js"

describe("package", () => {
  it("charges a started package in full, and nothing for what the free units cover", () => {
    const price = priceOf("package", { amount: "100", package_size: "10", free_units: "10" })
    expect(["-25", "0", "10", "10.01", "20", "20.000000000000000001", "121"].map((text) => amountOf(price, units(text)))).toEqual([
      "0",
      "0",
      "0",
      "100",
      "100",
      "200",
      "1200"
    ])
  })

  it("fills packages from the digits of quotients: three times 20/30 are 2", () => {
    const price = priceOf("package", { amount: "1", package_size: "1", free_units: "0" })
    expect(amountOf(price, { units: { ...exact("60"), divisor: 30n } })).toBe("2")
    expect(amountOf(price, { units: { ...exact("60.0000000001"), divisor: 30n } })).toBe("3")
  })

  it("has as many packages as paid units need, not one more", () => {
    fc.assert(
      fc.property(anyPrice, fc.bigInt(1n, 50n), fc.bigInt(0n, 50n), anyQuantity, (amount, size, free, quantity) => {
        const priced = priceOf("package", { amount, package_size: `${size}`, free_units: `${free}` }).price(units(quantity))
        const { paid_units, packages } = priced.rows[0] as PackageRow
        const paid = minus(read(quantity), read(`${free}`))
        expect(of(paid_units)).toEqual(isMore(paid, none) ? paid : none)
        expect(isMore(of(paid_units), read(`${packages * size}`))).toBe(false)
        if (packages > 0n) expect(isMore(of(paid_units), read(`${(packages - 1n) * size}`))).toBe(true)
        expect(of(priced.amount)).toEqual(times(read(`${packages}`), read(amount)))
      }),
      RUNS
    )
  })

  it("takes whole numbers that are written with a point", () => {
    expect(amountOf(priceOf("package", { amount: "1", package_size: "10.0", free_units: "5.00" }), units("16"))).toBe("2")
  })
})
