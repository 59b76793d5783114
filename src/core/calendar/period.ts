/** Billing periods: half-open, local midnight to local midnight in the customer's zone (S1). */
import type { DateTime } from "effect"
import type { LocalDate } from "./date.js"
import { countDays, localDate, startOfDay } from "./day.js"
import { type BoundaryRule, boundaryDay, periodNumber } from "./interval.js"

/** What decides on periods: the interval, where they begin, and whose midnights they run between. */
export interface PeriodRule extends BoundaryRule {
  readonly timezone: string
}

/** A billing period: [start, end), and its days. */
export interface Period {
  /** Its place in the row of periods; consecutive ones differ by 1. */
  readonly number: number
  readonly start: DateTime.Utc
  readonly end: DateTime.Utc
  readonly first_day: LocalDate
  readonly next_first_day: LocalDate
  /** The local days that it holds. */
  readonly days: number
}

/** Period `number` of a rule. */
export const periodOf = (rule: PeriodRule, number: number): Period => {
  const range = { first_day: boundaryDay(rule, number), next_first_day: boundaryDay(rule, number + 1) }
  return {
    number,
    start: startOfDay(range.first_day, rule.timezone),
    end: startOfDay(range.next_first_day, rule.timezone),
    ...range,
    days: countDays(range, rule.timezone)
  }
}

/** The period that holds a local day. */
export const periodOn = (rule: PeriodRule, day: LocalDate): Period => periodOf(rule, periodNumber(rule, day))

/**
 * The period that holds an instant; one at its `end` belongs to the next.
 *
 * @see decisions S1
 */
export const periodAt = (rule: PeriodRule, at: DateTime.Utc): Period => periodOn(rule, localDate(at, rule.timezone))

/** The period after one. */
export const nextPeriod = (rule: PeriodRule, period: Period): Period => periodOf(rule, period.number + 1)

/** Consecutive periods without end, beginning with the one that holds a local day. */
export function* periodsFrom(rule: PeriodRule, day: LocalDate): Generator<Period, never> {
  for (let number = periodNumber(rule, day); ; number++) yield periodOf(rule, number)
}
