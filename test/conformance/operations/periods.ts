/** Operations of periods and days, on the library's calendar. */
import type { DateTime } from "effect"
import {
  type BillingInterval,
  type BillingTime,
  instant,
  localDate,
  localDaysTouched,
  type PeriodRule,
  parseInstant,
  periodAt,
  periodDays,
  periodsFrom,
  startOfDay,
  unsafeLocalDate
} from "../../../src/core/index.js"
import type { Operations } from "../runner.js"

/** An instant of a case. */
export const instantOf = (text: string): DateTime.Utc => {
  const millis = parseInstant(text)
  if (typeof millis === "string") throw new RangeError(`${text}: ${millis}`)
  return instant(millis)
}

export interface RuleInput {
  readonly interval: BillingInterval
  readonly billing_time: BillingTime
  readonly subscription_at: string
  readonly timezone?: string
}

/** What decides on the periods of a case. */
export const ruleOf = ({ interval, billing_time, subscription_at, timezone = "UTC" }: RuleInput): PeriodRule => ({
  interval,
  billing_time,
  anchor: localDate(instantOf(subscription_at), timezone),
  timezone
})

const period = (input: RuleInput & { readonly at: string }) => periodAt(ruleOf(input), instantOf(input.at))

const boundaries = (input: RuleInput & { readonly from: string; readonly count: number; readonly instants?: boolean }) => {
  const rule = ruleOf(input)
  const periods = periodsFrom(rule, unsafeLocalDate(input.from))
  const first_days = Array.from({ length: input.count }, () => periods.next().value.first_day)
  return { first_days, instants: first_days.map((day) => startOfDay(day, rule.timezone)) }
}

const windowDays = (input: { readonly from: string; readonly to: string; readonly timezone?: string }) => ({
  days: localDaysTouched(instantOf(input.from), instantOf(input.to), input.timezone ?? "UTC")
})

interface PeriodInput {
  readonly from: string
  readonly to: string
  readonly full_from?: string
  readonly full_to?: string
  readonly timezone?: string
  readonly superseded?: boolean
}

const daysOfPeriod = ({
  period: { from, to, full_from = from, full_to = to, timezone = "UTC", superseded = false }
}: {
  readonly period: PeriodInput
}) =>
  periodDays({
    from: instantOf(from),
    to: instantOf(to),
    full_from: instantOf(full_from),
    full_to: instantOf(full_to),
    timezone,
    superseded
  })

export const periodOperations = {
  period,
  boundaries,
  window_days: windowDays,
  period_days: daysOfPeriod
} satisfies Operations
