/** Periods that a deleted draft or a voided invoice left unbilled, and what is given back of them when they are billed again. Pure. */
import { DateTime } from "effect"
import { localDate } from "../core/index.js"
import {
  type ClosedWindow,
  type DaysGivenBack,
  dayAfter,
  isPausedAt,
  type ScheduleState,
  type Subscription
} from "../subscriptions/index.js"

/** What one document billed: a window of usage, a base fee, or both. */
export interface BilledTogether {
  readonly usage: ClosedWindow | null
  readonly base: ClosedWindow | null
}

const isLeft = ({ deleted_invoice_id, invoice_status, skipped }: ClosedWindow): boolean =>
  !skipped && (deleted_invoice_id !== null || invoice_status === "voided")

/** An invoice's period is the window whose usage it closes; without one, that of its base fee. */
export const periodOfBilled = ({ base, usage }: BilledTogether): ClosedWindow => usage ?? base!

/** What each document billed, oldest first; stretches that made none, or were skipped, are left out. */
const together = (billed: ReadonlyArray<ClosedWindow>): ReadonlyArray<BilledTogether> => {
  const documents = new Map<string, BilledTogether>()
  for (const stretch of billed) {
    const id = stretch.invoice_id ?? stretch.deleted_invoice_id
    if (id === null || stretch.skipped) continue
    const known = documents.get(id) ?? { usage: null, base: null }
    documents.set(id, stretch.kind === "usage" ? { ...known, usage: stretch } : { ...known, base: stretch })
  }
  return [...documents.values()].toSorted((a, b) => DateTime.Order(periodOfBilled(a).period_start, periodOfBilled(b).period_start))
}

/** What is left unbilled: of the period that begins at `period_start`, or, without it, of the oldest one that is. */
export const leftUnbilled = (billed: ReadonlyArray<ClosedWindow>, period_start: DateTime.Utc | undefined): BilledTogether | undefined =>
  together(billed).find((document) => {
    const period = periodOfBilled(document)
    return isLeft(period) && (period_start === undefined || DateTime.Equivalence(period.period_start, period_start))
  })

/** The invoice that bills the period which begins at an instant; undefined where none does. */
export const liveAt = (billed: ReadonlyArray<ClosedWindow>, period_start: DateTime.Utc): ClosedWindow | undefined =>
  together(billed)
    .map(periodOfBilled)
    .find((period) => !isLeft(period) && DateTime.Equivalence(period.period_start, period_start))

/** The window that a base fee in advance was for, as the schedule had it then. */
export const scheduleThen = (state: ScheduleState, base: ClosedWindow): ScheduleState => ({
  ...state,
  timezone: base.timezone,
  window: {
    start: base.period_start,
    first_day: localDate(base.period_start, base.timezone),
    period_first_day: localDate(base.full_start, base.timezone),
    next_first_day: localDate(base.period_end, base.timezone)
  }
})

/** When days of a base fee stopped standing, and why. */
interface TakenBack {
  readonly at: DateTime.Utc
  readonly given_back: DaysGivenBack
}

/**
 * What happened since to the days of a base fee in advance: a change of plan or the end within them, else its pauses. Null
 * where nothing did, or a pause still lasts, whose days are given back when it ends.
 */
export const takenBackSince = (
  row: Subscription,
  state: ScheduleState,
  base: ClosedWindow,
  billed: ReadonlyArray<ClosedWindow>,
  now: DateTime.Utc
): TakenBack | null => {
  const holds = (at: DateTime.Utc): boolean => DateTime.greaterThan(at, base.period_start) && DateTime.lessThan(at, base.period_end)
  const change = billed.find(({ kind, period_end, superseded }) => kind === "usage" && superseded && holds(period_end))
  if (change !== undefined) {
    const at = change.period_end
    return { at, given_back: { from_day: localDate(at, base.timezone), reason: "order_change" } }
  }
  const ended = row.status === "terminated" && row.ending_at !== null && holds(row.ending_at) ? row.ending_at : null
  if (ended !== null) {
    if (row.on_termination_action === "skip") return null
    const from_day = row.on_termination_action === "generate_credit_note" ? dayAfter(ended, base.timezone) : null
    return { at: ended, given_back: { from_day, reason: "order_cancellation" } }
  }
  const at = DateTime.min(now, base.period_end)
  return DateTime.lessThan(now, base.period_end) && isPausedAt(state, now) ? null : { at, given_back: { from_day: null, reason: "other" } }
}
