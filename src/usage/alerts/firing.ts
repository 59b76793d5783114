/** What a check of an alert comes to: the firings that are new at a usage, and the alert after them (P16). Pure. */
import type { DateTime } from "effect"
import { Exact } from "../../core/index.js"
import { alertTriggers, alertValue, type Triggers } from "../../rating/index.js"
import type { UsageAlert, UsageAlertTrigger } from "./alert.js"

/** The usage of the running period, and where that begins. */
export interface WatchedUsage {
  readonly usage: Exact.Exact
  readonly period_start: DateTime.Utc
}

/** How many firings a check tells one by one; what a jump reaches beyond is told as one row with their number. */
const MOST_TRIGGERS = 100

/** What a counter holds; no meter gets there in a period. */
const MOST_FIRINGS = 2_147_483_647

const timesIn = (alert: UsageAlert, period_start: DateTime.Utc): number =>
  alert.counted_from !== null && alert.counted_from.epochMillis === period_start.epochMillis ? alert.times_triggered : 0

/** The multiples that an alert fires for now; null where it does not. */
export const newTriggers = (alert: UsageAlert, { period_start, usage }: WatchedUsage): Triggers | null => {
  const times_triggered = timesIn(alert, period_start)
  const triggers = alertTriggers(alert, { times_triggered, ever_triggered: alert.triggered_at !== null }, usage)
  if (triggers === null || times_triggered >= MOST_FIRINGS) return null
  return { first: triggers.first, last: Math.min(triggers.last, MOST_FIRINGS) }
}

/** The alert as it is in a period: firings of another one are no longer counted. */
export const countedIn = (alert: UsageAlert, period_start: DateTime.Utc): UsageAlert => ({
  ...alert,
  times_triggered: timesIn(alert, period_start)
})

/** The alert after it fired. */
export const firedAlert = (alert: UsageAlert, triggers: Triggers, { period_start }: WatchedUsage, now: DateTime.Utc): UsageAlert => ({
  ...alert,
  times_triggered: alert.recurring ? triggers.last : 1,
  triggered_at: now,
  counted_from: period_start,
  updated_at: now
})

/** How many rows a range of firings takes. */
export const rowsOf = ({ first, last }: Triggers): number => Math.min(last - first + 1, MOST_TRIGGERS)

/** The rows of a range of firings: one for each of the first ones, the last for all that are left. */
export const triggerRows = (
  alert: UsageAlert,
  triggers: Triggers,
  metric_code: string,
  { usage }: WatchedUsage,
  ids: Iterator<string>,
  now: DateTime.Utc
): ReadonlyArray<UsageAlertTrigger> => {
  const { first, last } = triggers
  const count = rowsOf(triggers)
  return Array.from({ length: count }, (_, index): UsageAlertTrigger => {
    const isLast = index === count - 1
    return {
      id: ids.next().value as string,
      organization_id: alert.organization_id,
      usage_alert_id: alert.id,
      current_usage: Exact.toText(usage),
      threshold_value: alertValue(alert, isLast ? last : first + index),
      metric_code,
      firings: isLast ? last - first - index + 1 : 1,
      triggered_at: now,
      created_at: now,
      updated_at: now
    }
  })
}
