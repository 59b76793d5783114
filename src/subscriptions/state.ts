/** Between a subscription's row and the state of its schedule. */
import type { BillingInterval, LocalDate } from "../core/index.js"
import { afterWork, type DueWork, nextDueWork, type RunningWindow, type ScheduleState } from "./schedule.js"
import type { Pause, Subscription } from "./subscription.js"

const windowOf = (row: Subscription): RunningWindow | null =>
  row.window_start === null
    ? null
    : {
        start: row.window_start,
        first_day: row.window_first_day as LocalDate,
        period_first_day: row.period_first_day as LocalDate,
        next_first_day: row.next_first_day as LocalDate
      }

/** What a subscription's row, its plan's interval and its customer's zone say of its schedule. */
export const scheduleOf = (
  row: Subscription,
  context: { readonly interval: BillingInterval; readonly timezone: string; readonly pauses: ReadonlyArray<Pause> }
): ScheduleState => ({
  interval: context.interval,
  billing_time: row.billing_time,
  anchor: row.anchor_date,
  timezone: context.timezone,
  pay_in_advance: row.pay_in_advance,
  starts_at: row.starts_at,
  started_at: row.started_at,
  ending_at: row.ending_at,
  over: row.status === "terminated" || (row.status === "canceled" && row.started_at === null),
  trial_period_days: row.trial_period_days,
  trial_ended_at: row.trial_ended_at,
  pauses: context.pauses,
  window: windowOf(row)
})

const windowColumns = (window: RunningWindow | null) => ({
  window_start: window?.start ?? null,
  window_first_day: window?.first_day ?? null,
  period_first_day: window?.period_first_day ?? null,
  next_first_day: window?.next_first_day ?? null
})

const statusAfter = (row: Subscription, work: DueWork): Subscription["status"] => {
  if (work.kind === "start") return row.status === "pending" ? "active" : row.status
  return work.kind === "end" ? "terminated" : row.status
}

/** The row after a piece of work was done, with the instant of its next one. */
export const rowAfterWork = (row: Subscription, before: ScheduleState, work: DueWork): Subscription => {
  const after = afterWork(before, work)
  return {
    ...row,
    status: statusAfter(row, work),
    started_at: after.started_at,
    trial_ended_at: after.trial_ended_at,
    ...windowColumns(after.window),
    next_due_at: nextDueWork(after)?.at ?? null
  }
}
