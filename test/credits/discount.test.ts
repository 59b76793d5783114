import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RoundingMode } from "../../src/core/index.js"
import {
  afterReturn,
  afterUse,
  applyCoupons,
  type CouponTerms,
  type CouponUses,
  type Discount,
  type DiscountableFee
} from "../../src/credits/index.js"

const cents = fc.bigInt({ min: 0n, max: 10n ** 9n })
const mode = fc.constantFrom<RoundingMode>("half_away", "half_even", "down")
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)

const fee: fc.Arbitrary<DiscountableFee> = fc.tuple(cents, fc.integer({ min: 0, max: 100 })).map(([amount_cents, percent]) => ({
  amount_cents,
  progressive_billing_credit_amount_cents: (amount_cents * BigInt(percent)) / 100n
}))
const fees = fc.array(fee, { maxLength: 6 })
const restOf = (line: DiscountableFee) => line.amount_cents - line.progressive_billing_credit_amount_cents

/** Hundredths of a percent as they are stored: 0.01 to 100. */
const rate = fc
  .integer({ min: 1, max: 10_000 })
  .map((hundredths) => `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`)

const discount: fc.Arbitrary<Discount> = fc.oneof(
  fc.record({
    coupon_type: fc.constant("fixed_amount" as const),
    amount_cents: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    amount_currency: fc.constantFrom("EUR", "EUR", "NOK")
  }),
  fc.record({ coupon_type: fc.constant("percentage" as const), percentage_rate: rate })
)
const uses: fc.Arbitrary<CouponUses> = fc.oneof(
  fc.record({ frequency: fc.constantFrom("once" as const, "forever" as const), frequency_duration_remaining: fc.constant(null) }),
  fc.record({ frequency: fc.constant("recurring" as const), frequency_duration_remaining: fc.integer({ min: 1, max: 24 }) })
)
const coupon: fc.Arbitrary<CouponTerms> = fc.tuple(discount, uses).map(([discount, uses]) => ({ discount, ...uses }))
const coupons = fc.array(coupon, { maxLength: 5 })

const fixed = (amount_cents: bigint, amount_currency = "EUR"): CouponTerms => ({
  discount: { coupon_type: "fixed_amount", amount_cents, amount_currency },
  frequency: "once",
  frequency_duration_remaining: null
})
const percentage = (percentage_rate: string): CouponTerms => ({
  discount: { coupon_type: "percentage", percentage_rate },
  frequency: "once",
  frequency_duration_remaining: null
})

const invoice = (rounding_mode: RoundingMode = "half_away") => ({ currency: "EUR", rounding_mode })
const plain = (...amounts: ReadonlyArray<bigint>): ReadonlyArray<DiscountableFee> =>
  amounts.map((amount_cents) => ({ amount_cents, progressive_billing_credit_amount_cents: 0n }))
const amounts = (fees: ReadonlyArray<DiscountableFee>, ...given: ReadonlyArray<CouponTerms>) =>
  applyCoupons(invoice(), fees, given).coupons.map((use) => use.amount_cents)

describe("coupons over the fees of an invoice", () => {
  it("take off what their shares add up to, and never more of a fee than progressive invoices left of it", () => {
    fc.assert(
      fc.property(fees, coupons, mode, (lines, given, rounding_mode) => {
        const result = applyCoupons(invoice(rounding_mode), lines, given)
        expect(result.coupons_amount_cents).toBe(sum(result.fees))
        expect(result.coupons_amount_cents).toBe(sum(result.coupons.map((use) => use.amount_cents)))
        expect(result.coupons.map((use) => use.coupon)).toEqual(given)
        for (const [index, share] of result.fees.entries()) expect(share >= 0n && share <= restOf(lines[index]!)).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("work each on what the ones before it left: at most that, a percentage of it within half a unit", () => {
    fc.assert(
      fc.property(fees, coupons, (lines, given) => {
        let rest = sum(lines.map(restOf))
        for (const { amount_cents, coupon } of applyCoupons(invoice(), lines, given).coupons) {
          const { discount } = coupon
          if (discount.coupon_type === "percentage") {
            const twice = 2n * (amount_cents * 10_000n - rest * BigInt(discount.percentage_rate.replace(".", "")))
            expect(twice <= 10_000n && twice > -10_000n).toBe(true)
          } else if (discount.amount_currency === "EUR") {
            expect(amount_cents).toBe(discount.amount_cents < rest ? discount.amount_cents : rest)
          } else expect(amount_cents).toBe(0n)
          rest -= amount_cents
        }
        expect(rest).toBeGreaterThanOrEqual(0n)
      }),
      { numRuns: 1000 }
    )
  })

  it("of one only: each fee has its exact share, or less than one unit more or less", () => {
    fc.assert(
      fc.property(fees, coupon, (lines, given) => {
        const { coupons_amount_cents, fees: shares } = applyCoupons(invoice(), lines, [given])
        const total = sum(lines.map(restOf))
        for (const [index, share] of shares.entries()) {
          const off = share * total - coupons_amount_cents * restOf(lines[index]!)
          if (total > 0n) expect(off < total && off > -total).toBe(true)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("use up an application only where something came off", () => {
    fc.assert(
      fc.property(fees, coupons, (lines, given) => {
        for (const { amount_cents, coupon, frequency_duration_remaining, status } of applyCoupons(invoice(), lines, given).coupons) {
          const remaining = coupon.frequency_duration_remaining
          if (amount_cents === 0n) expect([status, frequency_duration_remaining]).toEqual(["active", remaining])
          else if (coupon.frequency === "forever") expect([status, frequency_duration_remaining]).toEqual(["active", null])
          else if (coupon.frequency === "once") expect([status, frequency_duration_remaining]).toEqual(["terminated", null])
          else expect([status, frequency_duration_remaining]).toEqual([remaining === 1 ? "terminated" : "active", remaining! - 1])
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("a fixed one of another currency changes nothing for the others", () => {
    fc.assert(
      fc.property(fees, coupons, coupons, (lines, before, after) => {
        const without = applyCoupons(invoice(), lines, [...before, ...after])
        const foreign = applyCoupons(invoice(), lines, [...before, fixed(10n ** 9n, "NOK"), ...after])
        expect(foreign.fees).toEqual(without.fees)
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked examples: order matters, and nothing falls below zero", () => {
    expect(amounts(plain(1000n), percentage("10"), fixed(500n))).toEqual([100n, 500n])
    expect(amounts(plain(1000n), fixed(500n), percentage("10"))).toEqual([500n, 50n])
    expect(amounts(plain(10_000n), fixed(1000n), percentage("20"))).toEqual([1000n, 1800n])
    expect(amounts(plain(6000n), fixed(5000n), fixed(5000n))).toEqual([5000n, 1000n])
    expect(amounts(plain(0n), fixed(5000n), percentage("50"))).toEqual([0n, 0n])
    expect(applyCoupons(invoice(), plain(10_000n, 5000n, 3000n), [fixed(1000n)]).fees).toEqual([555n, 278n, 167n])
    expect(applyCoupons(invoice(), [], [fixed(1000n)])).toMatchObject({ coupons_amount_cents: 0n, fees: [] })
  })

  it("a percentage is rounded by the issuer's mode", () => {
    const half = (rounding_mode: RoundingMode) => applyCoupons(invoice(rounding_mode), plain(10n), [percentage("5")]).coupons_amount_cents
    expect([half("half_away"), half("half_even"), half("down")]).toEqual([1n, 0n, 0n])
  })

  it("a void gives the use back: the application is as it was", () => {
    fc.assert(
      fc.property(uses, (given) => {
        const used = afterUse(given)
        expect(afterReturn({ ...given, ...used })).toEqual({
          status: "active",
          frequency_duration_remaining: given.frequency_duration_remaining
        })
      }),
      { numRuns: 1000 }
    )
  })

  it("a void does not revive what was removed by hand meanwhile", () => {
    const removed = (frequency: "recurring" | "forever", remaining: number | null) =>
      afterReturn({ frequency, frequency_duration_remaining: remaining, status: "terminated" })
    expect(removed("recurring", 2)).toEqual({ status: "terminated", frequency_duration_remaining: 3 })
    expect(removed("forever", null)).toEqual({ status: "terminated", frequency_duration_remaining: null })
  })
})
