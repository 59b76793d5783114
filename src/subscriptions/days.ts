/** Days of a base fee: which count, which are in trial or paused, which still stand (S2, S6, S7). Pure. */
import { DateTime } from "effect"
import { addDays, addLocalDays, countDays, earlierDate, instant, type LocalDate, laterDate, localDate, startOfDay } from "../core/index.js"
import type { DaysGivenBack, RunningWindow, ScheduleState } from "./schedule-state.js"

type Instant = DateTime.Utc

/** When the trial ends: so many local days after the start, at the same time of day. Null without a trial. */
export const trialEnd = (state: ScheduleState): Instant | null =>
  state.trial_period_days === 0 ? null : addLocalDays(state.started_at ?? state.starts_at, state.trial_period_days, state.timezone)

/** Whether the trial has not ended at an instant. */
export const isInTrialAt = (state: ScheduleState, at: Instant): boolean => {
  const end = trialEnd(state)
  return end !== null && DateTime.lessThan(at, end)
}

/** Whether the trial ends on the day with which a period begins: then its beginning bills the whole fee, and the trial's end nothing. */
export const endsTrialOnFirstDay = (state: ScheduleState, window: RunningWindow): boolean => {
  const end = trialEnd(state)
  return end !== null && window.first_day === window.period_first_day && localDate(end, state.timezone) === window.first_day
}

/** Whether the trial keeps a fee in advance from being billed at an instant of a window. */
export const isWaivedAt = (state: ScheduleState, window: RunningWindow, at: Instant): boolean =>
  isInTrialAt(state, at) && !endsTrialOnFirstDay(state, window)

/** Whether the subscription is paused at an instant. */
export const isPausedAt = (state: ScheduleState, at: Instant): boolean =>
  state.pauses.some(
    (pause) => DateTime.lessThanOrEqualTo(pause.paused_at, at) && (pause.resumed_at === null || DateTime.lessThan(at, pause.resumed_at))
  )

/** Days of a range whose last moment (of the day, or before `lived_until`) `holds`; a day that the zone left out is none. */
const daysWhere = (
  first_day: LocalDate,
  next_first_day: LocalDate,
  timezone: string,
  lived_until: Instant,
  holds: (last: Instant) => boolean
): number => {
  let days = 0
  for (let day = first_day; day < next_first_day; day = addDays(day, 1)) {
    const next = addDays(day, 1)
    if (countDays({ first_day: day, next_first_day: next }, timezone) === 0) continue
    if (holds(instant(Math.min(startOfDay(next, timezone).epochMillis, lived_until.epochMillis) - 1))) days++
  }
  return days
}

/**
 * Days from `first_day` until before `next_first_day` that are neither in trial nor paused, each decided at its last
 * moment: the last one of the day, or the last one before `lived_until`.
 */
export const baseFeeDays = (state: ScheduleState, first_day: LocalDate, next_first_day: LocalDate, lived_until: Instant): number => {
  const { timezone } = state
  const trial = trialEnd(state)
  if (state.pauses.length === 0 && (trial === null || DateTime.lessThanOrEqualTo(trial, startOfDay(first_day, timezone)))) {
    return countDays({ first_day, next_first_day }, timezone)
  }
  return daysWhere(first_day, next_first_day, timezone, lived_until, (last) => !isInTrialAt(state, last) && !isPausedAt(state, last))
}

/** The local day after the last one that [.., cut) touches. */
export const dayAfter = (cut: Instant, timezone: string): LocalDate => {
  const day = localDate(cut, timezone)
  return DateTime.Equivalence(startOfDay(day, timezone), cut) ? day : addDays(day, 1)
}

/** A base fee in advance as it was billed: from when, and for how many days. */
export interface BilledInAdvance {
  readonly from: Instant
  readonly days: number
}

/**
 * How many days of a fee in advance of the running window stand after work at `at`: those before the day from which none
 * does, less the paused ones so far.
 *
 * @see spec invoicing 8; decisions S2, S7
 */
export const standingDays = (state: ScheduleState, fee: BilledInAdvance, at: Instant, given: DaysGivenBack): number => {
  const { timezone } = state
  const window = state.window!
  const first_day = laterDate(localDate(fee.from, timezone), window.first_day)
  const from_day = given.from_day === null ? window.next_first_day : earlierDate(given.from_day, window.next_first_day)
  const lived = earlierDate(from_day, dayAfter(at, timezone))
  // While a pause lasts, the last day is decided at `at`; after it, at the end of the day, as the day of resuming is paid.
  const paused_now = state.pauses.some((pause) => pause.resumed_at === null)
  const paused = daysWhere(first_day, lived, timezone, paused_now ? at : startOfDay(lived, timezone), (last) => isPausedAt(state, last))
  const days = countDays({ first_day, next_first_day: from_day }, timezone) - paused
  return Math.max(0, Math.min(fee.days, days))
}
