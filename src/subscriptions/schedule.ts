/**
 * What is due of a subscription, and what it bills: the pure schedule of starts, trial ends, boundaries and ends.
 *
 * State is the running window by its local days: a boundary is a date, and becomes an instant only in the zone that the
 * customer has when it comes, so that a change of zone neither skips nor repeats a day (S1). The period itself always
 * comes from the anchor, never from the boundary before.
 *
 * @see decisions S1, S2, S6, S7, O9
 */
import { DateTime } from "effect"
import { countDays, earlierDate, type LocalDate, laterDate, localDate, periodOn, startOfDay } from "../core/index.js"
import { baseFeeDays, dayAfter, endsTrialOnFirstDay, isPausedAt, isWaivedAt, trialEnd } from "./days.js"
import type { BaseFeeStretch, DaysGivenBack, DueWork, PlanTarget, RunningWindow, ScheduleState, UsageWindow } from "./schedule-state.js"

type Instant = DateTime.Utc

/** When the running window reaches its boundary; at once where the customer moved so far east that it was before the window began. */
export const boundaryOf = (state: ScheduleState, window: RunningWindow): Instant =>
  DateTime.max(startOfDay(window.next_first_day, state.timezone), window.start)

const fullPeriod = (state: ScheduleState, window: RunningWindow) => ({
  full_from: startOfDay(window.period_first_day, state.timezone),
  full_to: boundaryOf(state, window),
  full_days: countDays({ first_day: window.period_first_day, next_first_day: window.next_first_day }, state.timezone)
})

/** The first day that a cut leaves to what follows, at most the boundary; the day of a change of plan is the new plan's. */
const dayAtCut = (state: ScheduleState, window: RunningWindow, cut: Instant, superseded: boolean): LocalDate =>
  earlierDate(superseded ? localDate(cut, state.timezone) : dayAfter(cut, state.timezone), window.next_first_day)

/** The usage window that a cut closes. */
export const usageUntil = (state: ScheduleState, window: RunningWindow, cut: Instant, superseded = false): UsageWindow => {
  const next_first_day = dayAtCut(state, window, cut, superseded)
  return {
    from: window.start,
    to: cut,
    ...fullPeriod(state, window),
    days: countDays({ first_day: window.first_day, next_first_day }, state.timezone),
    base_days: baseFeeDays(state, window.first_day, next_first_day, cut),
    timezone: state.timezone,
    superseded
  }
}

const stretch = (state: ScheduleState, window: RunningWindow, from: Instant, to: Instant, days: number): BaseFeeStretch | null =>
  days === 0 ? null : { from, to, ...fullPeriod(state, window), days }

/** The base fee in arrears of a window that closes. */
export const arrearsOf = (state: ScheduleState, window: RunningWindow, usage: UsageWindow): BaseFeeStretch | null =>
  stretch(state, window, usage.from, usage.to, usage.base_days)

/** The base fee in advance from the local day of an instant to the end of the window's period. Pauses to come are given back later. */
export const advanceFrom = (state: ScheduleState, window: RunningWindow, at: Instant): BaseFeeStretch | null => {
  const first_day = laterDate(localDate(at, state.timezone), window.first_day)
  const days = countDays({ first_day, next_first_day: window.next_first_day }, state.timezone)
  return stretch(state, window, at, boundaryOf(state, window), days)
}

/** The window that begins at an instant: a part of the period, by the plan's interval and the anchor, that holds its local day. */
export const windowFrom = (state: ScheduleState, at: Instant, day: LocalDate = localDate(at, state.timezone)): RunningWindow => {
  const period = periodOn(state, day)
  return { start: at, first_day: day, period_first_day: period.first_day, next_first_day: period.next_first_day }
}

/** The window that a cut closes; null where nothing of it has passed. */
export const closedBy = (state: ScheduleState, window: RunningWindow, cut: Instant, superseded = false): UsageWindow | null =>
  DateTime.Equivalence(window.start, cut) ? null : usageUntil(state, window, cut, superseded)

/** The paused days of the running window, where their fee in advance may have been billed. */
export const pausedDaysGivenBack = (state: ScheduleState, reason: DaysGivenBack["reason"] = "other"): DaysGivenBack | null => {
  const paused = state.pauses.some(({ resumed_at }) => resumed_at === null || DateTime.greaterThan(resumed_at, state.window!.start))
  return state.pay_in_advance && paused ? { from_day: null, reason } : null
}

const NOTHING = { usage: null, base: null, given_back: null, plan: null } as const

const startWork = (state: ScheduleState): DueWork => {
  const at = state.started_at ?? state.starts_at
  const base = state.pay_in_advance && state.trial_period_days === 0 ? advanceFrom(state, windowFrom(state, at), at) : null
  return { ...NOTHING, kind: "start", at, base }
}

/** The trial's end bills the rest of the period in advance, but for the day on which a renewal billed the whole of it. */
const trialWork = (state: ScheduleState, window: RunningWindow, at: Instant): DueWork => {
  const renewed = endsTrialOnFirstDay(state, window)
  const billed = state.pay_in_advance && !renewed && !isPausedAt(state, at) && localDate(at, state.timezone) < window.next_first_day
  return { ...NOTHING, kind: "trial_end", at, base: billed ? advanceFrom(state, window, at) : null }
}

/** The state that a plan makes from an instant on: with its interval, and nothing waiting. */
export const onPlan = (state: ScheduleState, plan: PlanTarget | null): ScheduleState =>
  plan === null ? state : { ...state, interval: plan.interval, waiting: null }

/** In advance a beginning bills its period, unless the trial lasts beyond its first day, or it begins paused. */
export const feeAtBeginning = (state: ScheduleState, window: RunningWindow): BaseFeeStretch | null =>
  isWaivedAt(state, window, window.start) || isPausedAt(state, window.start) ? null : advanceFrom(state, window, window.start)

/** The window that follows a boundary; the plan or version that waits takes effect with it (S5, S8). */
const windowAfter = (state: ScheduleState, at: Instant): RunningWindow =>
  windowFrom(onPlan(state, state.waiting), at, state.window!.next_first_day)

const boundaryWork = (state: ScheduleState, window: RunningWindow): DueWork => {
  const at = boundaryOf(state, window)
  const usage = usageUntil(state, window, at)
  return {
    kind: "boundary",
    at,
    usage,
    base: state.pay_in_advance ? feeAtBeginning(state, windowAfter(state, at)) : arrearsOf(state, window, usage),
    given_back: pausedDaysGivenBack(state),
    plan: state.waiting
  }
}

/** The end closes the window; base days in arrears count up to the end, the end's day included. What of days in advance is given back is the action's. */
const endWork = (state: ScheduleState, window: RunningWindow, at: Instant): DueWork => {
  const usage = closedBy(state, window, at)
  return { ...NOTHING, kind: "end", at, usage, base: state.pay_in_advance || usage === null ? null : arrearsOf(state, window, usage) }
}

/**
 * The earliest piece of work that is left, whenever it is due; at one instant end → trial → boundary. Null when nothing
 * ever will be.
 */
export const nextDueWork = (state: ScheduleState): DueWork | null => {
  if (state.over) return null
  const { window } = state
  if (window === null) return startWork(state)
  const boundary = boundaryOf(state, window)
  const trial = state.trial_ended_at === null ? trialEnd(state) : null
  const first = trial !== null && DateTime.lessThanOrEqualTo(trial, boundary) ? trial : boundary
  if (state.ending_at !== null && DateTime.lessThanOrEqualTo(state.ending_at, first)) return endWork(state, window, state.ending_at)
  return trial !== null && first === trial ? trialWork(state, window, trial) : boundaryWork(state, window)
}

/** The state after a piece of work was done; the next piece follows from it. */
export const afterWork = (state: ScheduleState, work: DueWork): ScheduleState => {
  switch (work.kind) {
    case "start":
      return { ...state, started_at: work.at, window: windowFrom(state, work.at) }
    case "trial_end":
      return { ...state, trial_ended_at: work.at }
    case "boundary":
      return { ...onPlan(state, state.waiting), window: windowAfter(state, work.at) }
    case "plan_change":
      return { ...onPlan(state, work.plan), window: windowFrom(onPlan(state, work.plan), work.at) }
    case "resume":
    case "correction":
      return state
    case "end":
      // No window runs any more: the doctor reads where one would begin.
      return { ...state, over: true, window: null }
  }
}
