import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { TaxId, TaxRate } from "../../src/catalog/index.js"
import { type CurrencyCode, currencies, Exact, exponentOf, instant, type RoundingMode, sumOf } from "../../src/core/index.js"
import {
  type AppliedCoupon,
  type Coupon,
  type CreditableFee,
  type CreditNoteFigures,
  creditableOf,
  creditedTogether,
  creditNoteFigures,
  nothingCredited
} from "../../src/credits/index.js"
import { type AssembledDocument, assemble, type FeeLine, lineItem } from "../../src/invoicing/assemble.js"
import { discountAll } from "../../src/invoicing/discounting.js"
import { saleFeeLine } from "../../src/invoicing/sales/line.js"

const NOW = instant(Date.UTC(2025, 0, 1))
const mode = fc.constantFrom<RoundingMode>("half_away", "half_even", "down")
/** Every currency, those of each exponent as often as those of another. */
const currency = fc.oneof(
  ...[0, 2, 3, 4].map((exponent) => fc.constantFrom(...currencies.flatMap(({ code }) => (exponentOf(code) === exponent ? [code] : []))))
)
const cents = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 10n ** 12n }))

const TAXES = ["0", "0.0875", "0.1", "0.2", "1.5", "9.9999"].map(
  (rate, index): TaxRate => ({
    tax_id: `t${index}` as TaxId,
    code: `t${index}`,
    name: `t${index}`,
    rate,
    category: null,
    description: null
  })
)

const line: fc.Arbitrary<FeeLine> = fc
  .record({ amount_cents: cents, percent: fc.integer({ min: 0, max: 100 }), taxes: fc.subarray(TAXES) })
  .map(({ amount_cents, percent, taxes }) => ({
    fee_type: "charge",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: null,
    description: "line",
    metric_code: null,
    units: "1",
    events_count: 0,
    amount_cents,
    precise_amount_cents: amount_cents.toString(),
    precise_unit_amount: "0",
    progressive_billing_credit_amount_cents: percent < 50 ? 0n : (amount_cents * BigInt(percent)) / 100n,
    coupons_amount_cents: 0n,
    period_start: null,
    period_end: null,
    properties: {},
    taxes
  }))
const lines = fc.array(line, { minLength: 1, maxLength: 7 })

const hundredths = (value: number) => `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}`

const coupon = fc.record({
  kind: fc.oneof(
    fc.record({ amount_cents: fc.bigInt({ min: 1n, max: 10n ** 12n }), foreign: fc.boolean() }),
    fc.record({ percentage_rate: fc.integer({ min: 1, max: 10_000 }).map(hundredths) })
  ),
  uses: fc.oneof(
    fc.constant({ frequency: "once", remaining: null } as const),
    fc.constant({ frequency: "forever", remaining: null } as const),
    fc.integer({ min: 1, max: 4 }).map((remaining) => ({ frequency: "recurring", remaining }) as const)
  )
})
type Given = typeof coupon extends fc.Arbitrary<infer A> ? A : never

/** Applications of a customer, as they are loaded. */
const applied = (given: ReadonlyArray<Given>, code: string, customer_id = "c") =>
  given.map(({ kind, uses }, index) => ({
    applied: {
      id: `${customer_id}${index}`,
      organization_id: "o",
      coupon_id: `k${index}`,
      customer_id,
      amount_cents: null,
      amount_currency: null,
      percentage_rate: null,
      frequency: uses.frequency,
      frequency_duration: uses.remaining,
      frequency_duration_remaining: uses.remaining,
      status: "active"
    } as unknown as AppliedCoupon,
    coupon: {
      ...("percentage_rate" in kind
        ? { coupon_type: "percentage", percentage_rate: kind.percentage_rate }
        : { coupon_type: "fixed_amount", amount_cents: kind.amount_cents, amount_currency: kind.foreign ? "other" : code })
    } as unknown as Coupon
  }))

const discounted = (
  all: ReadonlyArray<ReadonlyArray<FeeLine>>,
  given: ReadonlyArray<Given>,
  code: CurrencyCode,
  rounding_mode: RoundingMode
) =>
  discountAll(
    all.map((of) => ({ customer_id: "c", currency: code, rounding_mode, lines: of })),
    applied(given, code),
    NOW
  )

/** Every identity of a document (M2, M3): each figure is the sum of its fees' parts, and nothing is below 0. */
const expectSound = (document: AssembledDocument) => {
  const { fees, tax_shares } = document
  const sum = (of: (fee: (typeof fees)[number]) => bigint) => sumOf(fees, of)
  expect(document.subtotal_cents).toBe(sum((fee) => fee.amount_cents))
  expect(document.coupons_amount_cents).toBe(sum((fee) => fee.coupons_amount_cents))
  expect(document.tax_amount_cents).toBe(sum((fee) => fee.taxes_amount_cents))
  expect(document.total_cents).toBe(
    document.subtotal_cents - document.progressive_billing_credit_amount_cents - document.coupons_amount_cents + document.tax_amount_cents
  )
  expect(document.total_cents).toBe(sum((fee) => fee.total_amount_cents))
  expect(document.total_cents).toBeGreaterThanOrEqual(0n)
  for (const fee of fees) {
    const net = fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents
    expect(net).toBeGreaterThanOrEqual(0n)
    expect(fee.total_amount_cents).toBe(net + fee.taxes_amount_cents)
    // A fee covered by a coupon bears no tax.
    if (net === 0n) expect(fee.taxes_amount_cents).toBe(0n)
  }
  for (const { amount_cents, base_cents, tax } of tax_shares) {
    const shares = fees.flatMap((fee) => fee.tax_shares.filter((share) => share.tax.tax_id === tax.tax_id))
    expect(amount_cents).toBe(sumOf(shares, (share) => share.amount_cents))
    expect(base_cents).toBe(sumOf(shares, (share) => share.base_cents))
    for (const share of shares) {
      const off = share.amount_cents * base_cents - amount_cents * share.base_cents
      if (base_cents > 0n) expect(off < base_cents && off > -base_cents).toBe(true)
    }
  }
}

describe("a document with coupons and taxes", () => {
  it("adds up to the unit in every currency, mode and mix, and is never below 0", () => {
    fc.assert(
      fc.property(lines, fc.array(coupon, { maxLength: 4 }), currency, mode, (of, given, code, rounding_mode) => {
        const [document] = discounted([of], given, code, rounding_mode).documents
        const figures = assemble(document!.lines, rounding_mode)
        expectSound(figures)
        expect(figures.coupons_amount_cents).toBe(sumOf(document!.coupons, ({ amount_cents }) => amount_cents))
        for (const fee of figures.fees) {
          const shown = Exact.unsafeFromText(lineItem(fee, code).amount)
          expect(Exact.toMinorUnits(shown, exponentOf(code))).toBe(fee.amount_cents)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("credited wholly, in whatever pieces, gives back what it cost", () => {
    fc.assert(
      fc.property(
        lines,
        fc.array(coupon, { maxLength: 3 }),
        currency,
        mode,
        fc.integer({ min: 1, max: 5 }),
        (of, given, code, rounding_mode, pieces) => {
          const [document] = discounted([of], given, code, rounding_mode).documents
          const { fees, total_cents } = assemble(document!.lines, rounding_mode)
          let back = 0n
          for (const [index, fee] of fees.entries()) {
            const whole = fee.amount_cents - fee.progressive_billing_credit_amount_cents
            const taxes = fee.tax_shares.map(({ amount_cents, tax }) => ({ tax_id: tax.tax_id as string, amount_cents }))
            let credited = { amount_cents: 0n, net_amount_cents: 0n, taxes: taxes.map((tax) => ({ ...tax, amount_cents: 0n })) }
            for (let piece = 1; piece <= pieces; piece++) {
              const amount_cents = (whole * BigInt(piece)) / BigInt(pieces) - credited.amount_cents
              if (amount_cents === 0n) continue
              const note = creditNoteFigures(
                [{ fee_id: `${index}`, amount_cents }],
                [{ ...fee, fee_id: `${index}`, taxes, credited }],
                rounding_mode
              )
              if (note._tag === "Left") throw note.left
              back += note.right.total_amount_cents
              const [item] = note.right.items
              credited = {
                amount_cents: credited.amount_cents + amount_cents,
                net_amount_cents: credited.net_amount_cents + item!.net_amount_cents,
                taxes: credited.taxes.map((tax, at) => ({ ...tax, amount_cents: tax.amount_cents + item!.taxes[at]!.amount_cents }))
              }
            }
          }
          expect(back).toBe(total_cents)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("by notes of any items is never credited above what it cost, and by the last of them to the unit, in every currency and mode", () => {
    const note = fc.array(fc.integer({ min: 0, max: 1100 }), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(
        lines,
        fc.array(coupon, { maxLength: 3 }),
        currency,
        mode,
        fc.array(note, { maxLength: 4 }),
        (of, given, code, rounding_mode, notes) => {
          const [document] = discounted([of], given, code, rounding_mode).documents
          const { fees, total_cents } = assemble(document!.lines, rounding_mode)
          const items = fees.map((): Array<CreditNoteFigures["items"][number]> => [])
          const creditables = () =>
            fees.map(
              (fee, index): CreditableFee => ({
                ...fee,
                fee_id: `${index}`,
                taxes: fee.tax_shares.map(({ amount_cents, tax }) => ({ tax_id: tax.tax_id as string, amount_cents })),
                credited: items[index]!.length === 0 ? nothingCredited : creditedTogether(items[index]!)
              })
            )
          let back = 0n
          const credit = (shares: ReadonlyArray<number>) => {
            const open = creditables()
            const asked = open.flatMap((fee, index) => {
              const amount_cents = (creditableOf(fee) * BigInt(shares[index]!)) / 1000n
              return amount_cents === 0n ? [] : [{ fee_id: fee.fee_id, amount_cents }]
            })
            if (asked.length === 0) return
            const made = creditNoteFigures(asked, open, rounding_mode)
            const isBeyond = asked.some(({ amount_cents, fee_id }) => amount_cents > creditableOf(open[Number(fee_id)]!))
            expect(made._tag).toBe(isBeyond ? "Left" : "Right")
            if (made._tag === "Left") return
            for (const item of made.right.items) items[Number(item.fee_id)]!.push(item)
            back += made.right.total_amount_cents
            expect(made.right.total_amount_cents).toBe(made.right.sub_total_cents + made.right.taxes_amount_cents)
            expect(back <= total_cents).toBe(true)
          }
          for (const shares of notes) credit(shares)
          credit([1000, 1000, 1000, 1000, 1000, 1000, 1000])
          expect(back).toBe(total_cents)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("of several documents no coupon is used more often than it may be, and one by one comes to the same", () => {
    fc.assert(
      fc.property(
        fc.array(lines, { minLength: 1, maxLength: 5 }),
        fc.array(coupon, { maxLength: 4 }),
        mode,
        (all, given, rounding_mode) => {
          const together = discounted(all, given, "EUR" as CurrencyCode, rounding_mode)
          const uses = new Map<string, number>()
          for (const { coupons } of together.documents.map((document) => document!)) {
            for (const { applied_coupon_id } of coupons) uses.set(applied_coupon_id, (uses.get(applied_coupon_id) ?? 0) + 1)
          }
          for (const [index, { uses: may }] of given.entries()) {
            const used = uses.get(`c${index}`) ?? 0
            if (may.frequency === "once") expect(used).toBeLessThanOrEqual(1)
            if (may.frequency === "recurring") expect(used).toBeLessThanOrEqual(may.remaining)
            const after = together.applications.find(({ id }) => id === `c${index}`)
            if (may.frequency === "recurring" && after !== undefined) expect(after.frequency_duration_remaining).toBe(may.remaining - used)
          }
          // The same, a document at a time, each with what the one before left.
          let left = applied(given, "EUR")
          for (const [index, of] of all.entries()) {
            const alone = discountAll([{ customer_id: "c", currency: "EUR", rounding_mode, lines: of }], left, NOW)
            expect(alone.documents[0]).toEqual(together.documents[index])
            const states = new Map(alone.applications.map((application) => [application.id as string, application]))
            left = left
              .map((one) => ({ ...one, applied: states.get(one.applied.id) ?? one.applied }))
              .filter((one) => one.applied.status === "active")
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  it("of one customer leaves the coupons of another alone", () => {
    fc.assert(
      fc.property(lines, fc.array(coupon, { minLength: 1, maxLength: 3 }), (of, given) => {
        const available = applied(given, "EUR", "d")
        const { applications, documents } = discountAll(
          [{ customer_id: "c", currency: "EUR", rounding_mode: "half_away", lines: of }, null],
          available,
          NOW
        )
        expect([applications, documents]).toEqual([[], [{ lines: of, coupons: [] }, null]])
      }),
      { numRuns: 200 }
    )
  })
})

describe("the line of a sale", () => {
  const decimals = (places: number) =>
    fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: places }))
      .map(([digits, scale]) => Exact.toText(Exact.make(digits, scale)))

  it("is units × unit amount, rounded once, in every currency and mode", () => {
    fc.assert(
      fc.property(decimals(6), decimals(11), currency, mode, (units, unit_amount_cents, code, rounding_mode) => {
        const sold = saleFeeLine(
          { description: "x", units, unit_amount_cents, taxes: [], add_on_id: null, applied_add_on_id: null },
          { exponent: exponentOf(code), rounding_mode, taxes: [], now: NOW }
        )
        const exact = Exact.multiply(Exact.unsafeFromText(units), Exact.unsafeFromText(unit_amount_cents))
        const off = Exact.subtract(Exact.fromBigInt(sold.amount_cents), exact)
        expect(Exact.compare(Exact.abs(off), rounding_mode === "down" ? Exact.one : Exact.make(5n, 1))).toBeLessThanOrEqual(0)
        if (rounding_mode === "down") expect(Exact.sign(off)).toBeLessThanOrEqual(0)
        const inMain = Exact.multiply(Exact.unsafeFromText(sold.precise_unit_amount), Exact.fromBigInt(Exact.pow10(exponentOf(code))))
        expect(Exact.equals(inMain, Exact.unsafeFromText(unit_amount_cents))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })
})
