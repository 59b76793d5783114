/** Progressive billing: which thresholds usage crosses, what earlier invoices of the window bill already, and what they billed too much. Pure. */
import { draw } from "../credits/index.js"
import type { InvoiceStatus } from "./invoice.js"

/** A usage threshold; minor units, above 0. */
export interface ThresholdTerms {
  readonly amount_cents: bigint
  /** Crossed once per period by its usage alone, not once in a life by all usage. */
  readonly recurring: boolean
}

/** Usage fees, in minor units: invoiced for earlier windows, and of the running one as an invoice would price it. */
export interface UsageAmounts {
  readonly invoiced_cents: bigint
  readonly period_cents: bigint
}

export interface Crossing<T> {
  readonly threshold: T
  /** What reached it: the life's usage, of a recurring one the period's. */
  readonly compared_cents: bigint
}

/**
 * The thresholds that usage has newly reached, by amount. `crossed` are those that do not fire again now: non-recurring
 * ones that ever did, recurring ones that did in this period.
 *
 * @see decisions P14
 */
export const crossings = <T extends ThresholdTerms>(
  thresholds: ReadonlyArray<T>,
  { invoiced_cents, period_cents }: UsageAmounts,
  crossed: ReadonlySet<T>
): ReadonlyArray<Crossing<T>> =>
  thresholds
    .map((threshold) => ({ threshold, compared_cents: threshold.recurring ? period_cents : invoiced_cents + period_cents }))
    .filter(({ compared_cents, threshold }) => compared_cents >= threshold.amount_cents && !crossed.has(threshold))
    .sort(
      (a, b) => Number(a.threshold.amount_cents > b.threshold.amount_cents) - Number(a.threshold.amount_cents < b.threshold.amount_cents)
    )

/** A fee of the closing invoice, or of the next progressive one. */
export interface ClosingFee {
  /** Names its charge and filter; null for what takes no progressive credit: base fee, minimum, true-up, corrections. */
  readonly usage_key: string | null
  readonly amount_cents: bigint
}

/** A usage fee of a progressive invoice, in minor units. */
interface ProgressiveFee {
  readonly fee_id: string
  readonly usage_key: string
  readonly amount_cents: bigint
  readonly progressive_billing_credit_amount_cents: bigint
  /** What credit notes that stand credited of it. */
  readonly credited_cents: bigint
}

/** A progressive invoice of the window. */
export interface ProgressiveInvoice {
  readonly status: InvoiceStatus
  readonly fees: ReadonlyArray<ProgressiveFee>
}

/** What was billed beyond a closing fee, per charge and filter; above 0. */
export interface Surplus {
  readonly usage_key: string
  readonly amount_cents: bigint
}

export interface ProgressiveCredit {
  /** Per closing fee, in order. */
  readonly fees: ReadonlyArray<bigint>
  readonly progressive_billing_credit_amount_cents: bigint
  /** In order of first billing. */
  readonly surplus: ReadonlyArray<Surplus>
}

const feesThatStand = (invoices: ReadonlyArray<ProgressiveInvoice>): ReadonlyArray<ProgressiveFee> =>
  invoices.filter((invoice) => invoice.status !== "voided").flatMap((invoice) => invoice.fees)

/** What an invoice bills for a fee and was not credited since. */
const billedOf = (fee: ProgressiveFee): bigint => fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.credited_cents

/**
 * What the window's progressive invoices (in order of issue) bill already of each fee: at most its amount; of several fees
 * of one charge and filter the first ones take first. What is left over is the surplus.
 *
 * @see invoicing 12.3 to 12.5; decision P15
 */
export const progressiveCredit = (fees: ReadonlyArray<ClosingFee>, invoices: ReadonlyArray<ProgressiveInvoice>): ProgressiveCredit => {
  const billed = new Map<string, bigint>()
  for (const fee of feesThatStand(invoices)) billed.set(fee.usage_key, (billed.get(fee.usage_key) ?? 0n) + billedOf(fee))
  const credits = fees.map(({ amount_cents, usage_key }) => {
    const left = usage_key === null ? undefined : billed.get(usage_key)
    if (usage_key === null || left === undefined) return 0n
    const credit = left < amount_cents ? left : amount_cents
    billed.set(usage_key, left - credit)
    return credit
  })
  return {
    fees: credits,
    progressive_billing_credit_amount_cents: credits.reduce((sum, credit) => sum + credit, 0n),
    surplus: [...billed].flatMap(([usage_key, amount_cents]) => (amount_cents > 0n ? [{ usage_key, amount_cents }] : []))
  }
}

/** What of one fee becomes an item of a credit note. */
export interface SurplusItem<I> {
  readonly invoice: I
  readonly items: ReadonlyArray<{ readonly fee_id: string; readonly amount_cents: bigint }>
}

/**
 * The surplus as items of credit notes, one note for each invoice that it reaches, the latest first: of each fee at most
 * what it bills and was not credited of it. `invoices` in order of issue.
 *
 * @see invoicing 12.5
 */
export const surplusItems = <I extends ProgressiveInvoice>(
  surplus: ReadonlyArray<Surplus>,
  invoices: ReadonlyArray<I>
): ReadonlyArray<SurplusItem<I>> => {
  const latestFirst = invoices.filter((invoice) => invoice.status !== "voided").reverse()
  const taken = new Map<ProgressiveFee, bigint>()
  for (const { amount_cents, usage_key } of surplus) {
    const fees = latestFirst.flatMap((invoice) => invoice.fees).filter((fee) => fee.usage_key === usage_key)
    const parts = draw(amount_cents, fees.map(billedOf)).taken
    for (const [index, fee] of fees.entries()) taken.set(fee, parts[index]!)
  }
  return latestFirst.flatMap((invoice) => {
    const items = invoice.fees.flatMap((fee) => {
      const amount_cents = taken.get(fee) ?? 0n
      return amount_cents > 0n ? [{ fee_id: fee.fee_id, amount_cents }] : []
    })
    return items.length === 0 ? [] : [{ invoice, items }]
  })
}
