/** What analytics reads come to: movements of recurring revenue that add up, rates and trends with one decimal. Pure. */
import type { DateTime } from "effect"
import { Exact, sumOf } from "../../core/index.js"
import { isInvoiceOverdue } from "../../invoicing/index.js"

/** Recurring revenue of a currency, in twelfths of minor units a month, so that a yearly price is whole. */
export interface RawMovement {
  readonly currency: string
  readonly opening: bigint
  readonly new: bigint
  readonly reactivation: bigint
  readonly expansion: bigint
  readonly contraction: bigint
  readonly churn: bigint
}

/** Minor units a month: opening + new + reactivation + expansion − contraction − churn = closing. */
export interface MrrMovement {
  readonly currency: string
  readonly opening_cents: bigint
  /** Of customers who had none before. */
  readonly new_cents: bigint
  /** Of customers who had some once, and none at the beginning. */
  readonly reactivation_cents: bigint
  readonly expansion_cents: bigint
  readonly contraction_cents: bigint
  /** Of customers who have none at the end. */
  readonly churn_cents: bigint
  readonly closing_cents: bigint
}

/** Whole minor units of twelfths, rounded once. */
const monthly = (twelfths: bigint): bigint => Exact.roundQuotient(twelfths, 12n)

/** Each figure is the difference of two rounded sums, so that nothing is lost between opening and closing (N3). */
export const movementOf = ({ churn, contraction, currency, expansion, new: fresh, opening, reactivation }: RawMovement): MrrMovement => {
  let sum = opening
  const step = (change: bigint): bigint => {
    const before = monthly(sum)
    sum += change
    return monthly(sum) - before
  }
  return {
    currency,
    opening_cents: monthly(opening),
    new_cents: step(fresh),
    reactivation_cents: step(reactivation),
    expansion_cents: step(expansion),
    contraction_cents: -step(-contraction),
    churn_cents: -step(-churn),
    closing_cents: monthly(sum)
  }
}

const oneDecimal = (tenths: bigint): string => {
  const size = tenths < 0n ? -tenths : tenths
  return `${tenths < 0n ? "-" : ""}${size / 10n}.${size % 10n}`
}

/** A part in per cent of a whole, with one decimal; null where the whole is 0. */
export const perCent = (part: bigint, whole: bigint): string | null =>
  whole === 0n ? null : oneDecimal(Exact.roundQuotient(part * 1000n, whole))

/** By how much per cent it is more than before: 120 after 100 is 20.0; null where there was nothing. */
export const trendOf = (now: bigint, before: bigint): string | null => perCent(now - before, before)

const DAY_SECONDS = 86_400n

/** The mean of so many seconds in all, in days with one decimal; null of nothing. */
export const meanDays = (seconds: bigint, count: bigint): string | null =>
  count === 0n ? null : oneDecimal(Exact.roundQuotient(seconds * 10n, count * DAY_SECONDS))

/** Some final invoices of a currency with what is due on them. */
export interface OpenInvoices {
  readonly currency: string
  readonly due_cents: bigint
  readonly invoices: number
  /** Whether their due date is over in every zone. */
  readonly late: boolean
  /** When and where they were due, if that was lately: their zone says whether the day is over. */
  readonly recent: { readonly due_date: DateTime.Utc; readonly timezone: string } | null
}

export interface Receivables {
  readonly currency: string
  /** What is due on final invoices. */
  readonly outstanding_cents: bigint
  readonly outstanding_invoices: number
  /** Of it, what was to be paid on a local day that is over. */
  readonly overdue_cents: bigint
  readonly overdue_invoices: number
}

const isLate = ({ due_cents, late, recent }: OpenInvoices, now: DateTime.Utc): boolean =>
  late || (recent !== null && isInvoiceOverdue({ status: "finalized", due_cents, ...recent }, now))

/** What is due and overdue in each currency. @see spec invoicing 19 */
export const receivablesOf = (open: ReadonlyArray<OpenInvoices>, now: DateTime.Utc): ReadonlyArray<Receivables> =>
  [...new Set(open.map(({ currency }) => currency))].map((currency) => {
    const all = open.filter((each) => each.currency === currency)
    const late = all.filter((each) => isLate(each, now))
    const countOf = (some: ReadonlyArray<OpenInvoices>) => some.reduce((count, each) => count + each.invoices, 0)
    return {
      currency,
      outstanding_cents: sumOf(all, ({ due_cents }) => due_cents),
      outstanding_invoices: countOf(all),
      overdue_cents: sumOf(late, ({ due_cents }) => due_cents),
      overdue_invoices: countOf(late)
    }
  })
