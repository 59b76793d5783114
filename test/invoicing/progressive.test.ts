import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { creditNoteFigures, nothingCredited } from "../../src/credits/index.js"
import {
  type ClosingFee,
  crossings,
  type ProgressiveInvoice,
  progressiveCredit,
  surplusItems,
  type ThresholdTerms
} from "../../src/invoicing/progressive.js"

const cents = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 10n ** 9n }))
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)
const key = fc.constantFrom("a", "b", "c")

const threshold: fc.Arbitrary<ThresholdTerms> = fc.record({ amount_cents: fc.bigInt({ min: 1n, max: 50n }), recurring: fc.boolean() })

describe("thresholds", () => {
  it("of one check are crossed by amount, each where its own usage reaches it, and not again", () => {
    fc.assert(
      fc.property(
        fc.array(threshold, { maxLength: 8 }),
        fc.bigInt({ min: 0n, max: 60n }),
        fc.bigInt({ min: 0n, max: 60n }),
        (all, before, now) => {
          const usage = { invoiced_cents: before, period_cents: now }
          const found = crossings(all, usage, new Set())
          const reached = (each: ThresholdTerms) => (each.recurring ? now : before + now) >= each.amount_cents
          expect(new Set(found.map((each) => each.threshold))).toEqual(new Set(all.filter(reached)))
          for (const [index, each] of found.entries()) {
            expect(each.compared_cents).toBe(each.threshold.recurring ? now : before + now)
            if (index > 0) expect(found[index - 1]!.threshold.amount_cents).toBeLessThanOrEqual(each.threshold.amount_cents)
          }
          expect(crossings(all, usage, new Set(found.map((each) => each.threshold)))).toEqual([])
        }
      ),
      { numRuns: 1000 }
    )
  })
})

/** Usage of a period as it is checked again and again: what each check finds, per key. */
const history = fc.array(fc.dictionary(key, cents), { maxLength: 6 })
const feesOf = (usage: Record<string, bigint>): ReadonlyArray<ClosingFee> =>
  Object.entries(usage).map(([usage_key, amount_cents]) => ({ usage_key, amount_cents }))

/** A progressive invoice for a usage, less what the ones before it bill. */
const nextInvoice = (before: ReadonlyArray<ProgressiveInvoice>, usage: Record<string, bigint>): ProgressiveInvoice => {
  const fees = feesOf(usage)
  const credit = progressiveCredit(fees, before)
  return {
    status: "finalized",
    fees: fees.map((fee, index) => ({
      fee_id: `${before.length}:${fee.usage_key}`,
      usage_key: fee.usage_key!,
      amount_cents: fee.amount_cents,
      progressive_billing_credit_amount_cents: credit.fees[index]!,
      credited_cents: 0n
    }))
  }
}
const invoicesOf = (checks: ReadonlyArray<Record<string, bigint>>): ReadonlyArray<ProgressiveInvoice> => {
  const invoices: Array<ProgressiveInvoice> = []
  for (const usage of checks) invoices.push(nextInvoice(invoices, usage))
  return invoices
}

const billed = (invoices: ReadonlyArray<ProgressiveInvoice>, usage_key?: string) =>
  sum(
    invoices
      .filter((invoice) => invoice.status !== "voided")
      .flatMap((invoice) => invoice.fees)
      .filter((fee) => usage_key === undefined || fee.usage_key === usage_key)
      .map((fee) => fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.credited_cents)
  )

describe("the progressive credit", () => {
  it("is what was billed, at most the fee; the rest of it is surplus, so that nothing is billed twice and nothing is lost", () => {
    fc.assert(
      fc.property(history, fc.dictionary(key, cents), fc.nat(6), (checks, closing, voided) => {
        const invoices = invoicesOf(checks).map((invoice, index) =>
          index === voided ? { ...invoice, status: "voided" as const } : invoice
        )
        const fees = feesOf(closing)
        const credit = progressiveCredit(fees, invoices)
        expect(credit.progressive_billing_credit_amount_cents).toBe(sum(credit.fees))
        for (const usage_key of ["a", "b", "c"]) {
          const index = fees.findIndex((fee) => fee.usage_key === usage_key)
          const used = index < 0 ? 0n : credit.fees[index]!
          const surplus = sum(credit.surplus.filter((each) => each.usage_key === usage_key).map((each) => each.amount_cents))
          expect(used + surplus).toBe(billed(invoices, usage_key))
          if (index >= 0) expect(used <= fees[index]!.amount_cents && (surplus === 0n || used === fees[index]!.amount_cents)).toBe(true)
        }
        expect(credit.surplus.every((each) => each.amount_cents > 0n)).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("of usage that only grows: all invoices together bill the closing usage, and there is no surplus", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cents, cents), { minLength: 1, maxLength: 6 }), (growth) => {
        let usage = { a: 0n, b: 0n }
        const checks = growth.map(([a, b]) => {
          usage = { a: usage.a + a, b: usage.b + b }
          return usage
        })
        const invoices = invoicesOf(checks.slice(0, -1))
        const credit = progressiveCredit(feesOf(usage), invoices)
        expect(credit.surplus).toEqual([])
        expect(billed(invoices)).toBe(credit.progressive_billing_credit_amount_cents)
        expect(billed([...invoices, nextInvoice(invoices, usage)])).toBe(usage.a + usage.b)
      }),
      { numRuns: 1000 }
    )
  })

  it("leaves out what was credited since: once the surplus is given back, there is none", () => {
    fc.assert(
      fc.property(history, fc.dictionary(key, cents), (checks, closing) => {
        const invoices = invoicesOf(checks)
        const fees = feesOf(closing)
        const before = progressiveCredit(fees, invoices)
        const items = new Map(
          surplusItems(before.surplus, invoices).flatMap((note) => note.items.map((item) => [item.fee_id, item.amount_cents]))
        )
        const credited = invoices.map((invoice) => ({
          ...invoice,
          fees: invoice.fees.map((fee) => ({ ...fee, credited_cents: items.get(fee.fee_id) ?? 0n }))
        }))
        expect(progressiveCredit(fees, credited)).toEqual({ ...before, surplus: [] })
      }),
      { numRuns: 1000 }
    )
  })

  it("of several fees of one charge and filter: the first ones take first; base fees, minimums and corrections take none", () => {
    const invoices = invoicesOf([{ a: 100n }])
    const fees = [
      { usage_key: null, amount_cents: 500n },
      { usage_key: "a", amount_cents: 60n },
      { usage_key: "a", amount_cents: 60n }
    ]
    expect(progressiveCredit(fees, invoices)).toEqual({
      fees: [0n, 60n, 40n],
      progressive_billing_credit_amount_cents: 100n,
      surplus: []
    })
  })

  it("the worked example: 20,000, 40,000 and 60,000 are invoiced as 20,000 and 40,000, and the closing one bills nothing of them", () => {
    const invoices = invoicesOf([{ a: 20_000n }, { a: 60_000n }])
    expect(invoices.map((invoice) => billed([invoice]))).toEqual([20_000n, 40_000n])
    expect(progressiveCredit(feesOf({ a: 60_000n }), invoices).fees).toEqual([60_000n])
  })
})

describe("the surplus", () => {
  it("goes back to the latest invoices first, of no fee more than it bills, and all of it", () => {
    fc.assert(
      fc.property(history, fc.dictionary(key, cents), (checks, closing) => {
        const invoices = invoicesOf(checks)
        const { surplus } = progressiveCredit(feesOf(closing), invoices)
        const notes = surplusItems(surplus, invoices)
        const position = notes.map((note) => invoices.indexOf(note.invoice))
        expect(position).toEqual([...position].sort((a, b) => b - a))
        const items = new Map(notes.flatMap((note) => note.items.map((item) => [item.fee_id, item.amount_cents] as const)))
        for (const { amount_cents, usage_key } of surplus) {
          const fees = invoices.flatMap((invoice) => invoice.fees).filter((fee) => fee.usage_key === usage_key)
          expect(sum(fees.map((fee) => items.get(fee.fee_id) ?? 0n))).toBe(amount_cents)
          let reached = true
          for (const fee of [...fees].reverse()) {
            const [given, can] = [items.get(fee.fee_id) ?? 0n, fee.amount_cents - fee.progressive_billing_credit_amount_cents]
            expect(given <= can).toBe(true)
            if (given > 0n) expect(reached).toBe(true)
            if (given < can) reached = false
          }
        }
        expect(sum([...items.values()])).toBe(sum(surplus.map((each) => each.amount_cents)))
      }),
      { numRuns: 1000 }
    )
  })

  it("gives back the price that was paid: eight seats at 200 billed, five at the end, tax 20 %, then with a quarter off", () => {
    const invoices = invoicesOf([{ seats: 1600n }])
    const { fees, surplus } = progressiveCredit(feesOf({ seats: 1000n }), invoices)
    expect(fees).toEqual([1000n])
    const [note] = surplusItems(surplus, invoices)
    const figures = (coupons_amount_cents: bigint, tax: bigint) => {
      const fee = {
        ...invoices[0]!.fees[0]!,
        coupons_amount_cents,
        taxes: [{ tax_id: "vat", amount_cents: tax }],
        credited: nothingCredited
      }
      return Either.getOrThrow(creditNoteFigures(note!.items, [fee], "half_away"))
    }
    expect(figures(0n, 320n)).toMatchObject({ sub_total_cents: 600n, taxes_amount_cents: 120n })
    expect(figures(400n, 240n)).toMatchObject({ sub_total_cents: 450n, taxes_amount_cents: 90n })
  })
})
