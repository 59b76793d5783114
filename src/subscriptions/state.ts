/** Between a subscription's row and the state of its schedule. */
import type { PlanRef } from "../catalog/index.js"
import type { BillingInterval, LocalDate } from "../core/index.js"
import { afterWork, nextDueWork } from "./schedule.js"
import type { DueWork, PlanTarget, RunningWindow, ScheduleState } from "./schedule-state.js"
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

/** Whether nothing will ever be due of it again. */
export const isOver = (row: Pick<Subscription, "status" | "started_at">): boolean =>
  row.status === "terminated" || (row.status === "canceled" && row.started_at === null)

/** What a row takes with its next period: the plan of a downgrade, else the version that its plan was migrated to. */
export const waitingRef = (row: Subscription): PlanRef | null => {
  if (row.previous_plan_id !== null) return { plan_id: row.previous_plan_id, version: row.previous_plan_version! }
  return row.migrates_to_version === null ? null : { plan_id: row.plan_id, version: row.migrates_to_version }
}

const waitingOf = (row: Subscription, intervalOf: ScheduleContext["intervalOf"]): PlanTarget | null => {
  const ref = waitingRef(row)
  return ref && { ...ref, interval: intervalOf(ref.plan_id) }
}

/** What a row does not say by itself. */
export interface ScheduleContext {
  /** The interval of its plan, and of one that it waits for. */
  readonly intervalOf: (plan_id: string) => BillingInterval
  /** The customer's zone. */
  readonly timezone: string
  readonly pauses: ReadonlyArray<Pause>
}

/** What a subscription's row, its plans' intervals and its customer's zone say of its schedule. */
export const scheduleOf = (row: Subscription, context: ScheduleContext): ScheduleState => ({
  interval: context.intervalOf(row.plan_id),
  billing_time: row.billing_time,
  anchor: row.anchor_date,
  timezone: context.timezone,
  pay_in_advance: row.pay_in_advance,
  starts_at: row.starts_at,
  started_at: row.started_at,
  ending_at: row.ending_at,
  over: isOver(row),
  trial_period_days: row.trial_period_days,
  trial_ended_at: row.trial_ended_at,
  pauses: context.pauses,
  window: windowOf(row),
  waiting: waitingOf(row, context.intervalOf)
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

/** No downgrade waits. */
export const nothingWaits = { previous_plan_id: null, previous_plan_version: null, downgraded_at: null } as const

/** What waits is over once the plan or its version has changed, or the subscription has ended. */
const planColumns = (work: DueWork) => ({
  ...(work.plan === null ? {} : { plan_id: work.plan.plan_id, plan_version: work.plan.version }),
  ...(work.plan === null && work.kind !== "end" ? {} : { ...nothingWaits, migrates_to_version: null })
})

/** The row after a piece of work was done, with the instant of its next one. */
export const rowAfterWork = (row: Subscription, before: ScheduleState, work: DueWork): Subscription => {
  const after = afterWork(before, work)
  return {
    ...row,
    ...planColumns(work),
    status: statusAfter(row, work),
    started_at: after.started_at,
    trial_ended_at: after.trial_ended_at,
    ...windowColumns(after.window),
    next_due_at: nextDueWork(after)?.at ?? null
  }
}
