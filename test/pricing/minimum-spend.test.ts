import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { minimumSpendFee } from "../../src/pricing/index.js"
import { RUNS } from "./support.js"

const month = { min_amount_cents: 1_000n, days: 31, full_days: 31 }

describe("the minimum spend of a charge", () => {
  it("is prorated by days, and what is missing is rounded once", () => {
    expect(minimumSpendFee({ ...month, days: 15, fees_amount_cents: [200n] })).toEqual({
      units: "1",
      events_count: 0,
      amount_cents: 284n,
      precise_amount_cents: "283.870967741935484"
    })
  })

  it("asks for nothing where the fees reach it, or less than half a minor unit is missing", () => {
    expect(minimumSpendFee({ ...month, fees_amount_cents: [400n, 600n] })).toBeNull()
    expect(minimumSpendFee({ ...month, fees_amount_cents: [2_000n] })).toBeNull()
    expect(minimumSpendFee({ min_amount_cents: 100n, days: 1, full_days: 3, fees_amount_cents: [33n] })).toBeNull()
    expect(minimumSpendFee({ min_amount_cents: 101n, days: 1, full_days: 2, fees_amount_cents: [50n] })?.amount_cents).toBe(1n)
    expect(minimumSpendFee({ min_amount_cents: 101n, days: 1, full_days: 2, fees_amount_cents: [50n], rounding_mode: "down" })).toBeNull()
  })

  it("brings a full period exactly to the minimum", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 9n), fc.array(fc.bigInt(0n, 10n ** 8n), { maxLength: 5 }), (min_amount_cents, fees_amount_cents) => {
        const billed = fees_amount_cents.reduce((sum, fee) => sum + fee, 0n)
        const due = minimumSpendFee({ ...month, min_amount_cents, fees_amount_cents })?.amount_cents ?? 0n
        expect(due).toBe(billed >= min_amount_cents ? 0n : min_amount_cents - billed)
      }),
      RUNS
    )
  })
})
