/** Operations of coupons and credit notes. */
import { Either } from "effect"
import type { TaxRate } from "../../../src/catalog/index.js"
import type { RoundingMode } from "../../../src/core/index.js"
import {
  applyCoupons,
  type CouponFrequency,
  type CreditableFee,
  type CreditNoteFigures,
  type CreditNoteType,
  checkLimits,
  creditableOf,
  creditedTogether,
  creditNoteFigures,
  type Discount
} from "../../../src/credits/index.js"
import { taxesOf } from "../../../src/invoicing/taxes.js"
import type { Operations } from "../runner.js"
import { answered } from "./answered.js"

interface CouponCase {
  readonly coupon_type: "fixed_amount" | "percentage"
  readonly amount_cents?: string
  readonly amount_currency?: string
  readonly percentage_rate?: string
  readonly frequency?: CouponFrequency
  readonly frequency_duration_remaining?: number
}

const discountOf = (coupon: CouponCase): Discount =>
  coupon.coupon_type === "percentage"
    ? { coupon_type: "percentage", percentage_rate: coupon.percentage_rate! }
    : { coupon_type: "fixed_amount", amount_cents: BigInt(coupon.amount_cents!), amount_currency: coupon.amount_currency! }

const coupons = (input: {
  readonly currency: string
  readonly rounding_mode?: RoundingMode
  readonly fees: ReadonlyArray<{ readonly amount_cents: string; readonly progressive_cents?: string }>
  readonly applied_coupons: ReadonlyArray<CouponCase>
}) => {
  const discounts = applyCoupons(
    { currency: input.currency, rounding_mode: input.rounding_mode ?? "half_away" },
    input.fees.map((fee) => ({
      amount_cents: BigInt(fee.amount_cents),
      progressive_billing_credit_amount_cents: BigInt(fee.progressive_cents ?? "0")
    })),
    input.applied_coupons.map((coupon) => ({
      discount: discountOf(coupon),
      frequency: coupon.frequency ?? "once",
      frequency_duration_remaining: coupon.frequency_duration_remaining ?? null
    }))
  )
  return { ...discounts, fees: discounts.fees.map((coupon_cents) => ({ coupon_cents })) }
}

interface NotesCase {
  readonly taxes: ReadonlyArray<{ readonly code: string; readonly rate: string }>
  readonly fees: ReadonlyArray<{
    readonly amount_cents: string
    readonly progressive_cents?: string
    readonly coupon_cents?: string
    readonly taxes: ReadonlyArray<string>
  }>
  readonly rounding_mode?: RoundingMode
  readonly steps: ReadonlyArray<NotesStep>
}

type NotesStep =
  | { readonly op: "pay"; readonly amount_cents: string }
  | {
      readonly op: "credit_note"
      readonly credit_note_type: CreditNoteType
      readonly items: ReadonlyArray<{ readonly fee: number; readonly amount_cents: string }>
    }
  | { readonly op: "void"; readonly credit_note: number }

/** The invoice's fees with their taxes, credited of each what `items` say. */
const creditableFees = (input: NotesCase, mode: RoundingMode, items: CreditNoteFigures["items"]): ReadonlyArray<CreditableFee> => {
  const rates = new Map(input.taxes.map(({ code, rate }) => [code, { tax_id: code, code, name: code, rate } as TaxRate]))
  const fees = input.fees.map((fee, index) => ({
    fee_id: String(index),
    amount_cents: BigInt(fee.amount_cents),
    progressive_billing_credit_amount_cents: BigInt(fee.progressive_cents ?? "0"),
    coupons_amount_cents: BigInt(fee.coupon_cents ?? "0")
  }))
  const taxed = taxesOf(
    fees.map((fee, index) => ({
      net_cents: fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.coupons_amount_cents,
      taxes: input.fees[index]!.taxes.map((code) => rates.get(code)!)
    })),
    mode
  )
  return fees.map((fee, index) => ({
    ...fee,
    taxes: taxed.fees[index]!.map(({ amount_cents, tax }) => ({ tax_id: tax.tax_id, amount_cents })),
    credited: creditedTogether(items.filter((item) => item.fee_id === fee.fee_id))
  }))
}

const totalOf = (fees: ReadonlyArray<CreditableFee>): bigint =>
  fees
    .map((fee) => fee.taxes.reduce((sum, tax) => sum + tax.amount_cents, creditableOf(fee) - fee.coupons_amount_cents))
    .reduce((sum, total) => sum + total, 0n)

const notes = (input: NotesCase) => {
  const mode = input.rounding_mode ?? "half_away"
  const total_cents = totalOf(creditableFees(input, mode, []))
  const made: Array<CreditNoteFigures & { readonly type: CreditNoteType; voided: boolean }> = []
  let paid = 0n

  const fees = () =>
    creditableFees(
      input,
      mode,
      made.filter((note) => !note.voided).flatMap((note) => note.items)
    )
  const credited = (type?: CreditNoteType) =>
    made
      .filter((note) => !note.voided && (type === undefined || note.type === type))
      .reduce((sum, note) => sum + note.total_amount_cents, 0n)
  const limits = () => ({ refundable_cents: paid - credited("refund"), due_cents: total_cents - paid - credited("offset") })
  const state = () => ({ left: fees().map(creditableOf), credited_cents: credited(), ...limits() })

  const take = (step: NotesStep) => {
    if (step.op === "pay") {
      paid += BigInt(step.amount_cents)
      return {}
    }
    if (step.op === "void") {
      made[step.credit_note]!.voided = true
      return {}
    }
    const type = step.credit_note_type
    const requests = step.items.map(({ amount_cents, fee }) => ({ fee_id: String(fee), amount_cents: BigInt(amount_cents) }))
    const figures = Either.flatMap(creditNoteFigures(requests, fees(), mode), (note) =>
      Either.map(checkLimits(type, note.total_amount_cents, limits()), () => note)
    )
    return answered(figures, (note) => {
      made.push({ ...note, type, voided: false })
      return note
    })
  }
  return { total_cents, steps: input.steps.map((step) => ({ ...take(step), ...state() })) }
}

export const creditsOperations: Operations = { coupons, notes }
