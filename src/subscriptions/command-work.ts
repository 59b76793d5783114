/** The work that commands do at their own instant: a change of plan, a resuming, an end by its action. Pure. */
import { DateTime } from "effect"
import { localDate } from "../core/index.js"
import { dayAfter, isInTrialAt, trialEnd } from "./days.js"
import { advanceFrom, arrearsOf, boundaryOf, closedBy, feeAtBeginning, onPlan, pausedDaysGivenBack, windowFrom } from "./schedule.js"
import type { DueWork, PlanTarget, ScheduleState } from "./schedule-state.js"
import type { TerminationAction } from "./subscription.js"

type Instant = DateTime.Utc

const NOTHING = { usage: null, base: null, given_back: null, plan: null } as const

/** The correction of late usage of a subscription that has ended. */
export const correctionWork = (at: Instant): DueWork => ({ ...NOTHING, kind: "correction", at })

/**
 * A change of plan at `at`, everything before it done: the old plan's usage up to here, in arrears its base fee for the days
 * before; in advance its days from here on given back and the new plan's fee to the end of its own period. At the boundary
 * itself the old period is whole.
 *
 * @see decisions S4; spec invoicing 5
 */
export const planChangeWork = (state: ScheduleState, at: Instant, plan: PlanTarget): DueWork => {
  const window = state.window!
  const superseded = DateTime.lessThan(at, boundaryOf(state, window))
  const usage = closedBy(state, window, at, superseded)
  const next = onPlan(state, plan)
  const advance = feeAtBeginning(next, windowFrom(next, at))
  const arrears = usage === null ? null : arrearsOf(state, window, usage)
  return {
    kind: "plan_change",
    at,
    usage,
    base: state.pay_in_advance ? advance : arrears,
    given_back: state.pay_in_advance ? { from_day: localDate(at, state.timezone), reason: "order_change" } : null,
    plan
  }
}

/**
 * A resuming at `at`, the pause closed: in advance the rest of the period where no fee of it was billed, because it began,
 * or the trial ended, during the pause; else the paused days of the fee that was.
 *
 * @see decisions S7; spec invoicing 6
 */
export const resumeWork = (state: ScheduleState, at: Instant, fee_was_billed: boolean): DueWork => {
  const nothing: DueWork = { ...NOTHING, kind: "resume", at }
  if (!state.pay_in_advance) return nothing
  if (fee_was_billed) return { ...nothing, given_back: pausedDaysGivenBack(state) }
  return isInTrialAt(state, at) ? nothing : { ...nothing, base: advanceFrom(state, state.window!, at) }
}

/** An end with what its action gives back of a fee in advance: the days after the end's day and the paused ones, only these, or none (S3). */
export const endedBy = (state: ScheduleState, work: DueWork, action: TerminationAction): DueWork => {
  if (!state.pay_in_advance || action === "skip") return work
  return action === "generate_credit_note"
    ? { ...work, given_back: { from_day: dayAfter(work.at, state.timezone), reason: "order_cancellation" } }
    : { ...work, given_back: pausedDaysGivenBack(state, "order_cancellation") }
}

/** When a cancel at `now` lets a running subscription end: with the trial, else with the period (S3). */
export const cancelEnd = (state: ScheduleState, now: Instant): Instant => {
  const trial = trialEnd(state)
  return trial !== null && DateTime.lessThan(now, trial) ? trial : boundaryOf(state, state.window!)
}
