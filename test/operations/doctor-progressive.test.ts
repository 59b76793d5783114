/** What the doctor says of progressive billing: sound rows pass, each thing that may be wrong is named. */
import { describe, expect, it } from "vitest"
import { checkAhead, type RawAhead, type RawAheadFee } from "../../src/operations/doctor/progressive.js"

const fee = (fee_id: string, is_progressive: boolean, amount: number, credit: number, more: Partial<RawAheadFee> = {}): RawAheadFee => ({
  fee_id,
  is_progressive,
  status: "finalized",
  period_start: "2026-03-01",
  charge_id: "kwh",
  charge_filter_id: null,
  amount_cents: `${amount}`,
  progressive_billing_credit_amount_cents: `${credit}`,
  coupons_amount_cents: "0",
  credited_cents: "0",
  ...more
})

/** 1000 and 1500 − 1000 billed ahead, 2000 − 1500 at the end. */
const fees = [fee("a", true, 1000, 0), fee("b", true, 1500, 1000), fee("c", false, 2000, 1500)]
const sound: RawAhead = {
  id: "s",
  fees,
  closed: new Set(["2026-03-01"]),
  crossings: [
    { id: "x", threshold_cents: "1000", lifetime_usage_amount_cents: "1000", invoice_type: "progressive_billing", is_own_invoice: true }
  ],
  uncaused: []
}
const reasons = (ahead: Partial<RawAhead>) => checkAhead({ ...sound, ...ahead }).map(({ id, reason }) => [id, reason])

describe("the doctor over progressive billing", () => {
  it("has nothing to say where all of it is credited, or given back", () => {
    expect(reasons({})).toEqual([])
    expect(reasons({ fees: [fee("a", true, 1000, 0, { credited_cents: "600" }), fee("c", false, 400, 400)] })).toEqual([])
    expect(reasons({ fees: [fee("a", true, 1000, 0, { status: "voided" }), fee("c", false, 400, 0)] })).toEqual([])
  })

  it("lets what was billed ahead stand until its window is closed", () => {
    expect(reasons({ fees: fees.slice(0, 2), closed: new Set() })).toEqual([])
    expect(reasons({ fees: fees.slice(0, 2) })).toEqual([
      ["a", "1500 were billed ahead and stand, of which the closing invoice credits 0: usage is billed twice"]
    ])
  })

  it("names usage that is billed twice, by charge and filter", () => {
    expect(reasons({ fees: [fees[0]!, fees[1]!, fee("c", false, 2000, 1499)] })[0]![1]).toContain("billed twice")
    expect(reasons({ fees: [fees[0]!, fees[1]!, fee("c", false, 2000, 1500, { charge_filter_id: "dc" })] })).toHaveLength(2)
  })

  it("names a credit above what was billed ahead, or above its fee", () => {
    expect(reasons({ fees: [fees[0]!, fee("b", true, 1500, 1001)], closed: new Set() })[0]).toEqual([
      "b",
      "its progressive credit of 1001 exceeds the 1000 that were billed ahead"
    ])
    expect(reasons({ fees: [fees[0]!, fee("c", false, 900, 1000)] })[0]![1]).toContain("exceeds its amount of 900")
  })

  it("lets go what a coupon had paid for: a note of total 0 is not made", () => {
    expect(reasons({ fees: [fee("a", true, 1000, 0, { coupons_amount_cents: "1000" }), fee("c", false, 400, 400)] })).toEqual([])
  })

  it("names a crossing that did not reach its threshold or has the invoice of another kind or subscription, and an invoice without one", () => {
    const [crossing] = sound.crossings
    expect(reasons({ crossings: [{ ...crossing!, lifetime_usage_amount_cents: "999" }] })[0]![1]).toContain("does not reach")
    expect(reasons({ crossings: [{ ...crossing!, is_own_invoice: false }] })[0]![1]).toContain("no progressive one")
    expect(reasons({ crossings: [{ ...crossing!, invoice_type: "subscription" }] })[0]![1]).toContain("no progressive one")
    expect(reasons({ crossings: [{ ...crossing!, invoice_type: null, is_own_invoice: false }] })).toEqual([])
    expect(reasons({ uncaused: ["i"] })).toEqual([["i", "a progressive invoice that no crossing caused"]])
  })
})
