import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RoundingMode } from "../../src/core/index.js"
import {
  type CreditableFee,
  type CreditNoteFigures,
  checkLimits,
  creditableOf,
  creditedTogether,
  creditNoteFigures,
  figuresComingTo,
  nothingCredited
} from "../../src/credits/index.js"

type Item = CreditNoteFigures["items"][number]

const mode = fc.constantFrom<RoundingMode>("half_away", "half_even", "down")
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)

/** A fee of at least one billed unit, with discounts and up to three taxes of any size. */
const fee: fc.Arbitrary<CreditableFee> = fc
  .record({
    billed: fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n, max: 10n ** 10n })),
    progressive: fc.bigInt({ min: 0n, max: 1000n }),
    coupon: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 })),
    taxes: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 3 })
  })
  .map(({ billed, coupon, progressive, taxes }) => {
    const coupons_amount_cents = (billed * BigInt(coupon)) / 100n
    return {
      fee_id: "f",
      amount_cents: billed + progressive,
      progressive_billing_credit_amount_cents: progressive,
      coupons_amount_cents,
      taxes: taxes.map((rate, index) => ({ tax_id: `t${index}`, amount_cents: ((billed - coupons_amount_cents) * BigInt(rate)) / 100n })),
      credited: nothingCredited
    }
  })

const netOf = (fee: CreditableFee) => fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents
const creditedBy = (fee: CreditableFee, items: ReadonlyArray<Item>): CreditableFee => ({ ...fee, credited: creditedTogether(items) })

const credit = (fee: CreditableFee, amount_cents: bigint, rounding: RoundingMode = "half_away"): Item =>
  Either.getOrThrow(creditNoteFigures([{ fee_id: fee.fee_id, amount_cents }], [fee], rounding)).items[0]!

const plain = (fee_id: string, amount_cents: bigint, tax: bigint, coupons_amount_cents = 0n): CreditableFee => ({
  fee_id,
  amount_cents,
  progressive_billing_credit_amount_cents: 0n,
  coupons_amount_cents,
  taxes: [{ tax_id: "vat", amount_cents: tax }],
  credited: nothingCredited
})

const refusal = (requests: ReadonlyArray<readonly [fee_id: string, amount_cents: bigint]>, fees: ReadonlyArray<CreditableFee>) =>
  Either.getOrThrow(
    Either.flip(
      creditNoteFigures(
        requests.map(([fee_id, amount_cents]) => ({ fee_id, amount_cents })),
        fees,
        "half_away"
      )
    )
  )

/** Pieces that add up to the whole: cut where the fractions say. */
const pieces = (whole: bigint, cuts: ReadonlyArray<number>): ReadonlyArray<bigint> => {
  const at = [...new Set(cuts.map((cut) => (whole * BigInt(cut)) / 1000n))]
    .filter((cut) => cut > 0n && cut < whole)
    .sort((a, b) => (a < b ? -1 : 1))
  return [...at, whole].map((cut, index) => cut - (at[index - 1] ?? 0n))
}

describe("items of credit notes", () => {
  it("of a whole fee, in whatever pieces, give back exactly its net and each of its taxes", () => {
    fc.assert(
      fc.property(fee, fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 12 }), mode, (whole, cuts, rounding) => {
        const items: Array<Item> = []
        for (const piece of pieces(creditableOf(whole), cuts)) items.push(credit(creditedBy(whole, items), piece, rounding))
        const together = creditedTogether(items)
        expect(creditableOf(creditedBy(whole, items))).toBe(0n)
        expect(together.net_amount_cents).toBe(netOf(whole))
        expect(together.taxes).toEqual(whole.taxes)
      }),
      { numRuns: 1000 }
    )
  })

  it("before anything else was credited: each part is the fee's in proportion, within half a unit", () => {
    fc.assert(
      fc.property(fee, fc.integer({ min: 1, max: 1000 }), (whole, share) => {
        const billed = creditableOf(whole)
        const amount = (billed * BigInt(share)) / 1000n
        fc.pre(amount > 0n)
        const item = credit(whole, amount)
        const near = (part: bigint, of: bigint) => {
          const twice = 2n * (part * billed - of * amount)
          expect(twice <= billed && twice > -billed).toBe(true)
        }
        near(item.net_amount_cents, netOf(whole))
        for (const [index, tax] of item.taxes.entries()) near(tax.amount_cents, whole.taxes[index]!.amount_cents)
      }),
      { numRuns: 1000 }
    )
  })

  it("made and voided in any order: no part is negative, none exceeds the fee's, what is voided can be credited again, and all of it ends exact", () => {
    const step = fc.record({ voids: fc.boolean(), pick: fc.nat(20), share: fc.integer({ min: 1, max: 1000 }) })
    fc.assert(
      fc.property(fee, fc.array(step, { maxLength: 15 }), mode, (whole, steps, rounding) => {
        let standing: ReadonlyArray<Item> = []
        for (const { pick, share, voids } of steps) {
          const now = creditedBy(whole, standing)
          const amount = (creditableOf(now) * BigInt(share)) / 1000n
          if (voids && standing.length > 0) standing = standing.filter((_, index) => index !== pick % standing.length)
          else if (amount > 0n) standing = [...standing, credit(now, amount, rounding)]
          expect(creditableOf(creditedBy(whole, standing))).toBe(creditableOf(whole) - sum(standing.map((item) => item.amount_cents)))
          expect(standing.every((item) => item.net_amount_cents >= 0n && item.taxes.every((tax) => tax.amount_cents >= 0n))).toBe(true)
          const together = creditedTogether(standing)
          expect(together.net_amount_cents).toBeLessThanOrEqual(netOf(whole))
          for (const tax of together.taxes) {
            expect(tax.amount_cents).toBeLessThanOrEqual(whole.taxes.find(({ tax_id }) => tax_id === tax.tax_id)!.amount_cents)
          }
        }
        const left = creditableOf(creditedBy(whole, standing))
        fc.pre(left > 0n)
        const all = creditedTogether([...standing, credit(creditedBy(whole, standing), left, rounding)])
        expect(all.net_amount_cents).toBe(netOf(whole))
        expect(all.taxes).toEqual(whole.taxes)
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked example of a discounted fee, in three pieces", () => {
    const discounted = plain("f", 1000n, 140n, 300n)
    const items: Array<Item> = []
    for (const piece of [500n, 333n, 167n]) items.push(credit(creditedBy(discounted, items), piece))
    expect(items.map((item) => item.net_amount_cents + item.taxes_amount_cents)).toEqual([420n, 280n, 140n])
  })

  it("after the notes that rounded up were kept and the others voided, the next one gives back nothing more", () => {
    const small = plain("f", 10n, 2n)
    const items: Array<Item> = []
    for (let piece = 0; piece < 10; piece++) items.push(credit(creditedBy(small, items), 1n))
    expect(items.map((item) => item.taxes_amount_cents)).toEqual([0n, 0n, 1n, 0n, 0n, 0n, 0n, 1n, 0n, 0n])
    const kept = items.filter((item) => item.taxes_amount_cents > 0n)
    expect(credit(creditedBy(small, kept), 1n)).toMatchObject({ net_amount_cents: 1n, taxes_amount_cents: 0n })
  })

  it("add up to the note; several fees, several taxes, in the order asked for", () => {
    const fees = [
      { ...plain("a", 100n, 20n), taxes: [{ tax_id: "x", amount_cents: 20n }] },
      {
        ...plain("b", 50n, 15n),
        taxes: [
          { tax_id: "x", amount_cents: 10n },
          { tax_id: "y", amount_cents: 5n }
        ]
      }
    ]
    const requests = [
      { fee_id: "b", amount_cents: 50n },
      { fee_id: "a", amount_cents: 20n }
    ]
    const note = Either.getOrThrow(creditNoteFigures(requests, fees, "half_away"))
    expect(note).toMatchObject({ sub_total_cents: 70n, taxes_amount_cents: 19n, total_amount_cents: 89n })
    expect(note.items.map((item) => item.fee_id)).toEqual(["b", "a"])
    expect(note.items[0]!.taxes).toEqual(fees[1]!.taxes)
  })
})

describe("a note that comes to an amount", () => {
  const fees = fc
    .array(fee, { minLength: 1, maxLength: 4 })
    .map((all) => all.map((each, index): CreditableFee => ({ ...each, fee_id: `f${index}` })))

  it("is exactly that over the fees, whatever the taxes, and several give back what the fees cost, to the cent", () => {
    fc.assert(
      fc.property(fees, fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 6 }), mode, (whole, cuts, rounding) => {
        const totalOf = (each: CreditableFee) => netOf(each) + sum(each.taxes.map((tax) => tax.amount_cents))
        let given: ReadonlyArray<Item> = []
        const of = ({ fee_id }: CreditableFee) => given.filter((item) => item.fee_id === fee_id)
        const now = () => whole.map((each) => creditedBy(each, of(each)))
        const left = () =>
          Either.match(figuresComingTo(10n ** 15n, now(), rounding), { onLeft: ({ available }) => available, onRight: () => -1n })
        const ask = (amount: bigint) => {
          if (amount === 0n) return
          const current = now()
          const figures = Either.getOrThrow(figuresComingTo(amount, current, rounding))
          expect(figures.total_amount_cents).toBe(amount)
          expect(sum(figures.items.map((item) => item.net_amount_cents + item.taxes_amount_cents))).toBe(amount)
          for (const item of figures.items) {
            expect(item.amount_cents > 0n && item.net_amount_cents >= 0n && item.taxes.every((tax) => tax.amount_cents >= 0n)).toBe(true)
            expect(item.taxes_amount_cents).toBe(sum(item.taxes.map((tax) => tax.amount_cents)))
            expect(item.amount_cents <= creditableOf(current.find(({ fee_id }) => fee_id === item.fee_id)!)).toBe(true)
          }
          given = [...given, ...figures.items]
        }
        for (const cut of cuts) ask((left() * BigInt(cut)) / 1000n)
        ask(left())
        expect(left()).toBe(0n)
        for (const each of whole) {
          const all = creditedTogether(of(each))
          const back = all.net_amount_cents + sum(all.taxes.map((tax) => tax.amount_cents))
          expect(back <= totalOf(each)).toBe(true)
          // The last minor unit of a fee cannot be given back in halves.
          if (back < totalOf(each)) expect(of(each).at(-1)!.amount_cents).toBe(1n)
          else expect(all.net_amount_cents).toBe(netOf(each))
        }
      })
    )
  })

  it("takes the item as it is where one comes to it, and the next smaller one with its tax where none does", () => {
    const of = (amount: bigint) => Either.getOrThrow(figuresComingTo(amount, [plain("a", 1_000n, 200n)], "half_away")).items[0]
    expect(of(540n)).toMatchObject({ amount_cents: 450n, net_amount_cents: 450n, taxes_amount_cents: 90n })
    // An item of 2 comes to 2, one of 3 to 4.
    expect(of(3n)).toMatchObject({ amount_cents: 2n, net_amount_cents: 2n, taxes_amount_cents: 1n })
  })
})

describe("a credit note is refused", () => {
  const fees = [plain("a", 100n, 0n), plain("b", 50n, 0n)]

  it("without items, with an item of nothing or less, with a fee twice", () => {
    expect(refusal([], fees)).toMatchObject({ _tag: "InvalidInput", field: "items" })
    expect(
      refusal(
        [
          ["a", 1n],
          ["b", 0n]
        ],
        fees
      )
    ).toMatchObject({ _tag: "InvalidInput", field: "items[1].amount_cents" })
    expect(refusal([["a", -1n]], fees)).toMatchObject({ _tag: "InvalidInput", field: "items[0].amount_cents" })
    expect(
      refusal(
        [
          ["a", 1n],
          ["a", 1n]
        ],
        fees
      )
    ).toMatchObject({ _tag: "InvalidInput", field: "items[1].fee_id" })
  })

  it("for a fee of another invoice, and for more than is left of a fee", () => {
    expect(refusal([["c", 1n]], fees)).toMatchObject({ _tag: "FeeNotOnInvoice", fee_id: "c" })
    const half = { ...fees[0]!, credited: { ...nothingCredited, amount_cents: 60n } }
    expect(refusal([["a", 41n]], [half])).toMatchObject({ _tag: "AmountExceedsFee", fee_id: "a", available: 40n })
    expect(refusal([["a", 1n]], [{ ...fees[0]!, progressive_billing_credit_amount_cents: 100n }])).toMatchObject({ available: 0n })
  })

  it("as a refund of more than was paid, as an offset of more than is due; as a credit never for these", () => {
    const limits = { refundable_cents: 30n, due_cents: 20n }
    const error = (type: "credit" | "refund" | "offset", total: bigint) =>
      Either.match(checkLimits(type, total, limits), { onLeft: (refused) => refused, onRight: () => null })
    expect(error("refund", 30n)).toBeNull()
    expect(error("refund", 31n)).toMatchObject({ _tag: "RefundExceedsPaid", available: 30n })
    expect(error("offset", 20n)).toBeNull()
    expect(error("offset", 21n)).toMatchObject({ _tag: "AmountExceedsDue", due: 20n })
    expect(error("credit", 10n ** 12n)).toBeNull()
  })
})
