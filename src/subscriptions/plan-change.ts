/** What a change of plan would come to, and which way it goes. Pure. */
import type { DateTime } from "effect"
import type { Plan, VersionTerms } from "../catalog/index.js"
import { type CurrencyCode, countDays, intervalsPerYear, type LocalDate, localDate } from "../core/index.js"
import { boundaryOf } from "./schedule.js"
import type { ScheduleState } from "./schedule-state.js"

export type PlanChangeType = "upgrade" | "downgrade"

/** By the price of a year; the same price is an upgrade (S4). */
export const planChangeType = (from: Pick<VersionTerms, "amount_cents" | "plan">, to: Plan): PlanChangeType =>
  to.amount_cents * intervalsPerYear[to.interval] >= from.amount_cents * intervalsPerYear[from.plan.interval] ? "upgrade" : "downgrade"

/** Base fees only, before coupons and taxes; minor units of `currency`. */
export interface PlanChangePreview {
  readonly change_type: PlanChangeType
  /** When it would take effect. */
  readonly effective_at: DateTime.Utc
  readonly effective_date: LocalDate
  readonly currency: CurrencyCode
  /** Local days of the running period from the day of the change on, and all of them. */
  readonly days_remaining: number
  readonly total_days: number
  /** What is given back of the current plan's fee, and what is charged for the new plan, at once; 0 in arrears and at a boundary. */
  readonly credit_cents: bigint
  readonly charge_cents: bigint
  /** charge − credit. */
  readonly net_cents: bigint
  /** What a day of the period costs on either plan, in minor units as decimal text. */
  readonly current_per_day: string
  readonly new_per_day: string
}

/** When a change that is asked for at `at` takes effect. */
export const effectiveAt = (state: ScheduleState, at: DateTime.Utc, type: PlanChangeType, now: boolean): DateTime.Utc =>
  type === "upgrade" || now || state.window === null ? at : boundaryOf(state, state.window)

/** The days of the running period that are left from the day of an instant on, and all of its days. */
export const daysLeft = (state: ScheduleState, at: DateTime.Utc): Pick<PlanChangePreview, "days_remaining" | "total_days"> => {
  const { timezone, window } = state
  if (window === null) return { days_remaining: 0, total_days: 0 }
  const { period_first_day: first_day, next_first_day } = window
  return {
    days_remaining: countDays({ first_day: localDate(at, timezone), next_first_day }, timezone),
    total_days: countDays({ first_day, next_first_day }, timezone)
  }
}
