/** Billing intervals and the days on which their periods begin: each one counted from the anchor, never from the one before (S1). */
import { Schema } from "effect"
import { addDays, addMonths, daysBetween, type LocalDate, monthNumber, unsafeLocalDate } from "./date.js"

export const BillingInterval = Schema.Literal("weekly", "monthly", "quarterly", "semiannual", "yearly")
export type BillingInterval = typeof BillingInterval.Type

/** `calendar`: from Mondays, firsts of months, quarters, half-years, years. `anniversary`: from the anchor. */
export const BillingTime = Schema.Literal("calendar", "anniversary")
export type BillingTime = typeof BillingTime.Type

/** How many intervals make a year, for prices of a year. */
export const intervalsPerYear: Readonly<Record<BillingInterval, bigint>> = {
  weekly: 52n,
  monthly: 12n,
  quarterly: 4n,
  semiannual: 2n,
  yearly: 1n
}

const MONTHS: Readonly<Record<Exclude<BillingInterval, "weekly">, number>> = { monthly: 1, quarterly: 3, semiannual: 6, yearly: 12 }

const A_MONDAY = unsafeLocalDate("1970-01-05")
const A_NEW_YEAR = unsafeLocalDate("1970-01-01")

/** What decides on which days periods begin. */
export interface BoundaryRule {
  readonly interval: BillingInterval
  readonly billing_time: BillingTime
  /** The local date of `subscription_at`. */
  readonly anchor: LocalDate
}

const origin = ({ interval, billing_time, anchor }: BoundaryRule): LocalDate =>
  billing_time === "anniversary" ? anchor : interval === "weekly" ? A_MONDAY : A_NEW_YEAR

/**
 * The first day of period `n`: the anchor and `n` intervals, clamped to the month's length. 31 January, 28 February, 31 March.
 * `n` may be negative; the periods of `calendar` are counted from 1970.
 *
 * @see decisions S1
 */
export const boundaryDay = (rule: BoundaryRule, n: number): LocalDate =>
  rule.interval === "weekly" ? addDays(origin(rule), 7 * n) : addMonths(origin(rule), MONTHS[rule.interval] * n)

/** The number of the period that holds a day. */
export const periodNumber = (rule: BoundaryRule, day: LocalDate): number => {
  const from = origin(rule)
  if (rule.interval === "weekly") return Math.floor(daysBetween(from, day) / 7)
  const n = Math.floor((monthNumber(day) - monthNumber(from)) / MONTHS[rule.interval])
  // Begun in the same month, but on a later day of it.
  return boundaryDay(rule, n) > day ? n - 1 : n
}
