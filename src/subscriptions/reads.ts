/** What is read of a subscription's schedule. Pure. */
import { DateTime } from "effect"
import { countDays, type LocalDate, localDate } from "../core/index.js"
import { trialEnd } from "./days.js"
import { boundaryOf } from "./schedule.js"
import type { ScheduleState } from "./schedule-state.js"

/** When a subscription is billed next, and why. */
export interface NextBilling {
  readonly at: DateTime.Utc
  /** Its local day. */
  readonly date: LocalDate
  /** Local days from today until then. */
  readonly days_remaining: number
  readonly reason: "start" | "trial_end" | "period_end" | "end"
}

const earliest = (candidates: ReadonlyArray<Pick<NextBilling, "at" | "reason">>): Pick<NextBilling, "at" | "reason"> =>
  candidates.reduce((first, next) => (DateTime.lessThan(next.at, first.at) ? next : first))

const nextOf = (state: ScheduleState): Pick<NextBilling, "at" | "reason"> => {
  const { ending_at, pay_in_advance, window } = state
  if (window === null) return { at: state.starts_at, reason: "start" }
  const trial = pay_in_advance && state.trial_ended_at === null ? trialEnd(state) : null
  return earliest([
    ...(ending_at === null ? [] : [{ at: ending_at, reason: "end" as const }]),
    ...(trial === null ? [] : [{ at: trial, reason: "trial_end" as const }]),
    { at: boundaryOf(state, window), reason: "period_end" }
  ])
}

/** The next billing of a schedule that is not over: the period's end, in advance the trial's where it comes first, or the planned end. */
export const nextBilling = (state: ScheduleState, now: DateTime.Utc): NextBilling => {
  const next = nextOf(state)
  const date = localDate(next.at, state.timezone)
  return { ...next, date, days_remaining: countDays({ first_day: localDate(now, state.timezone), next_first_day: date }, state.timezone) }
}
