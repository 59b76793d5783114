/** The windows of usage that an event may lie in: those that were closed, the one that runs, and those that are foreseen. Pure. */
import type { DateTime } from "effect"
import type { VersionTerms } from "../../catalog/index.js"
import { instant, localDate, periodOn } from "../../core/index.js"
import {
  afterWork,
  type ClosedWindow,
  nextDueWork,
  rowAfterWork,
  type ScheduleState,
  type Subscription,
  type UsageWindow,
  windowFrom
} from "../../subscriptions/index.js"
import type { Batch } from "../batch.js"
import { closing } from "../running.js"
import { windowOfBilled } from "../window.js"

/** A window with the terms that price it. */
export interface TimedWindow {
  readonly usage: UsageWindow
  readonly terms: VersionTerms
  /** Whether billing has come to its start: what is carried into it was billed. */
  readonly opened: boolean
  /** Closed by `skip`, or with an invoice that was voided: its late usage is not billed (spec invoicing 13). */
  readonly left_alone: boolean
}

const closedWindow = (window: ClosedWindow, batch: Batch): TimedWindow => ({
  usage: windowOfBilled(window),
  terms: batch.terms({ plan_id: window.plan_id, version: window.plan_version }),
  opened: true,
  left_alone: window.skipped || window.invoice_status === "voided"
})

/** Where a subscription stands after the work that closes its running window. */
const afterClosing = (stored: Subscription, schedule: ScheduleState): [Subscription, ScheduleState] => {
  let [row, state] = [stored, schedule]
  for (let work = nextDueWork(state); work !== null; work = nextDueWork(state)) {
    row = rowAfterWork(row, state, work)
    state = afterWork(state, work)
    if (work.usage !== null) break
  }
  return [row, state]
}

/** How many pieces of work are looked ahead one by one; then the calendar alone tells. */
const AHEAD = 60

/** Far ahead nothing but boundaries is left: the window of the period that holds an instant; null where the end comes before. */
const jump = (state: ScheduleState, at: DateTime.Utc): ScheduleState | null => {
  const { first_day, start } = periodOn(state, localDate(at, state.timezone))
  if (state.ending_at !== null && state.ending_at.epochMillis <= start.epochMillis) return null
  return start.epochMillis > state.window!.start.epochMillis ? { ...state, window: windowFrom(state, start, first_day) } : state
}

/**
 * The windows of a subscription, oldest first, up to the one that holds `until` (milliseconds): `closed` are those that were
 * closed. None from before its start, none from its end on.
 */
export const timelineOf = (
  row: Subscription,
  closed: ReadonlyArray<ClosedWindow>,
  batch: Batch,
  until: number
): ReadonlyArray<TimedWindow> => {
  const windows = closed.map((window) => closedWindow(window, batch))
  let ahead = row
  let state: ScheduleState | null = batch.scheduleOf(row)
  let opened = true
  for (let step = 0; state !== null && !state.over && state.window !== null; step++) {
    const usage = closing(state)
    if (usage === null) break
    windows.push({ usage, terms: batch.termsOf(ahead), opened, left_alone: false })
    if (usage.to.epochMillis > until) break
    opened = false
    ;[ahead, state] = afterClosing(ahead, state)
    if (step === AHEAD && !state.over) state = jump(state, instant(until))
  }
  return windows
}

/** The window that holds an instant. */
export const windowAt = (windows: ReadonlyArray<TimedWindow>, at: number): number =>
  windows.findLastIndex(({ usage }) => usage.from.epochMillis <= at && at < usage.to.epochMillis)

/** Whether a later window is of the same period: a change of plan lies between, to one of the same interval. */
export const isOfPeriod = (later: TimedWindow, { terms, usage }: TimedWindow): boolean =>
  later.terms.plan.interval === terms.plan.interval && later.usage.from.epochMillis < usage.full_to.epochMillis
