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
import {
  addDays,
  addLocalDays,
  type BoundaryRule,
  countDays,
  earlierDate,
  instant,
  type LocalDate,
  laterDate,
  localDate,
  periodOn,
  startOfDay
} from "../core/index.js"

type Instant = DateTime.Utc

/** The window of usage that runs, and the full period that it is or is a part of, by local days. */
export interface RunningWindow {
  readonly start: Instant
  readonly first_day: LocalDate
  readonly period_first_day: LocalDate
  /** The boundary: first day of the next period. */
  readonly next_first_day: LocalDate
}

/** What the schedule has to know of a subscription. */
export interface ScheduleState extends BoundaryRule {
  readonly timezone: string
  readonly pay_in_advance: boolean
  readonly starts_at: Instant
  readonly started_at: Instant | null
  readonly ending_at: Instant | null
  /** Terminated, or canceled before it started: nothing is due any more. */
  readonly over: boolean
  readonly trial_period_days: number
  readonly trial_ended_at: Instant | null
  readonly pauses: ReadonlyArray<{ readonly paused_at: Instant; readonly resumed_at: Instant | null }>
  readonly window: RunningWindow | null
}

/** A closed window of usage: [from, to), and the full period around it. */
export interface UsageWindow {
  readonly from: Instant
  readonly to: Instant
  readonly full_from: Instant
  readonly full_to: Instant
  /** Days of the window and of the full period (S2, rules 1 and 2). */
  readonly days: number
  readonly full_days: number
  /** The customer's zone, in which its days are counted. */
  readonly timezone: string
  /** Cut by a change of plan within a day. */
  readonly superseded: boolean
}

/** A base fee: the stretch that it is for, its days that are neither in trial nor paused, and those of the full period. */
export interface BaseFeeStretch {
  readonly from: Instant
  readonly to: Instant
  readonly full_from: Instant
  readonly full_to: Instant
  readonly days: number
  readonly full_days: number
}

/** One piece of due work, at its own instant however late it is done. */
export interface DueWork {
  readonly kind: "start" | "trial_end" | "boundary" | "end"
  readonly at: Instant
  readonly usage: UsageWindow | null
  /** Null where nothing is billed: no day of it counts. */
  readonly base: BaseFeeStretch | null
}

/** When the trial ends: so many local days after the start, at the same time of day. Null without a trial. */
export const trialEnd = (state: ScheduleState): Instant | null =>
  state.trial_period_days === 0 ? null : addLocalDays(state.started_at ?? state.starts_at, state.trial_period_days, state.timezone)

const inTrial = (state: ScheduleState, at: Instant): boolean => {
  const end = trialEnd(state)
  return end !== null && DateTime.lessThan(at, end)
}

/** Whether the subscription is paused at an instant. */
export const isPausedAt = (state: ScheduleState, at: Instant): boolean =>
  state.pauses.some(
    (pause) => DateTime.lessThanOrEqualTo(pause.paused_at, at) && (pause.resumed_at === null || DateTime.lessThan(at, pause.resumed_at))
  )

/**
 * Days from `first_day` until before `next_first_day` that are neither in trial nor paused, each decided at its last
 * moment: the last one of the day, or the last one before `lived_until`.
 */
export const baseFeeDays = (state: ScheduleState, first_day: LocalDate, next_first_day: LocalDate, lived_until: Instant): number => {
  const { timezone } = state
  const trial = trialEnd(state)
  const begin = startOfDay(first_day, timezone)
  if (state.pauses.length === 0 && (trial === null || DateTime.lessThanOrEqualTo(trial, begin))) {
    return countDays({ first_day, next_first_day }, timezone)
  }
  let days = 0
  for (let day = first_day; day < next_first_day; day = addDays(day, 1)) {
    const next = addDays(day, 1)
    if (countDays({ first_day: day, next_first_day: next }, timezone) === 0) continue
    const last = instant(Math.min(startOfDay(next, timezone).epochMillis, lived_until.epochMillis) - 1)
    if (!inTrial(state, last) && !isPausedAt(state, last)) days++
  }
  return days
}

/** The local day after the last one that [.., cut) touches. */
export const dayAfter = (cut: Instant, timezone: string): LocalDate => {
  const day = localDate(cut, timezone)
  return DateTime.Equivalence(startOfDay(day, timezone), cut) ? day : addDays(day, 1)
}

/** When the running window reaches its boundary; at once where the customer moved so far east that it was before the window began. */
const boundaryOf = (state: ScheduleState, window: RunningWindow): Instant =>
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
export const usageUntil = (state: ScheduleState, window: RunningWindow, cut: Instant, superseded = false): UsageWindow => ({
  from: window.start,
  to: cut,
  ...fullPeriod(state, window),
  days: countDays({ first_day: window.first_day, next_first_day: dayAtCut(state, window, cut, superseded) }, state.timezone),
  timezone: state.timezone,
  superseded
})

const stretch = (state: ScheduleState, window: RunningWindow, from: Instant, to: Instant, days: number): BaseFeeStretch | null =>
  days === 0 ? null : { from, to, ...fullPeriod(state, window), days }

/** The base fee in arrears of the running window up to a cut; a plan change's own day is the new plan's. */
export const arrearsUntil = (state: ScheduleState, window: RunningWindow, cut: Instant, superseded = false): BaseFeeStretch | null =>
  stretch(state, window, window.start, cut, baseFeeDays(state, window.first_day, dayAtCut(state, window, cut, superseded), cut))

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

const startWork = (state: ScheduleState): DueWork => {
  const at = state.started_at ?? state.starts_at
  const base = state.pay_in_advance && state.trial_period_days === 0 ? advanceFrom(state, windowFrom(state, at), at) : null
  return { kind: "start", at, usage: null, base }
}

/** The trial's end bills the rest of the period in advance, but for the day on which a renewal billed the whole of it. */
const trialWork = (state: ScheduleState, window: RunningWindow, at: Instant): DueWork => {
  const day = localDate(at, state.timezone)
  const renewed = day === window.period_first_day && window.first_day === window.period_first_day
  const billed = state.pay_in_advance && !renewed && !isPausedAt(state, at) && day < window.next_first_day
  return { kind: "trial_end", at, usage: null, base: billed ? advanceFrom(state, window, at) : null }
}

const boundaryWork = (state: ScheduleState, window: RunningWindow): DueWork => {
  const at = boundaryOf(state, window)
  const usage = usageUntil(state, window, at)
  if (!state.pay_in_advance) return { kind: "boundary", at, usage, base: arrearsUntil(state, window, at) }
  const end = trialEnd(state)
  const inFullTrial = end !== null && DateTime.lessThan(at, end) && localDate(end, state.timezone) !== window.next_first_day
  const base = inFullTrial || isPausedAt(state, at) ? null : advanceFrom(state, windowFrom(state, at, window.next_first_day), at)
  return { kind: "boundary", at, usage, base }
}

/** The end closes the window; base days in arrears count up to the end, the end's day included. Giving back is not of the schedule. */
const endWork = (state: ScheduleState, window: RunningWindow, at: Instant): DueWork => ({
  kind: "end",
  at,
  usage: usageUntil(state, window, at),
  base: state.pay_in_advance ? null : arrearsUntil(state, window, at)
})

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
      return { ...state, window: windowFrom(state, work.at, state.window!.next_first_day) }
    case "end":
      return { ...state, over: true }
  }
}
