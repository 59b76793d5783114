/** Windows of usage tile a subscription's life: half-open, no overlap, no gap, from its start to its end or to now (U2). Pure. */
import type { Violation } from "./violation.js"

/** A closed window; instants in milliseconds since 1970. */
export interface RawWindow {
  readonly id: string
  readonly period_start: number
  readonly period_end: number
}

export interface RawLife {
  readonly id: string
  readonly status: string
  readonly started_at: number | null
  /** Where the running window begins; null before the start and after the end. */
  readonly window_start: number | null
  readonly ending_at: number | null
  /** By `period_start`. */
  readonly windows: ReadonlyArray<RawWindow>
}

const iso = (millis: number): string => new Date(millis).toISOString()

/** What does not hold of a subscription's windows. */
export const checkWindows = ({ ending_at, id, started_at, status, window_start, windows }: RawLife): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (table: string, row: string, reason: string) => found.push({ code: "U2", table, id: row, reason })
  let reached = started_at
  for (const window of windows) {
    const { period_end, period_start } = window
    if (period_end < period_start) add("billed_periods", window.id, `ends at ${iso(period_end)}, before it starts`)
    if (reached === null) add("billed_periods", window.id, `of a subscription that never started`)
    else if (period_start !== reached) {
      const what = period_start > reached ? "a gap" : "an overlap"
      add("billed_periods", window.id, `${what}: starts at ${iso(period_start)}, what came before ends at ${iso(reached)}`)
    }
    reached = Math.max(reached ?? period_end, period_end)
  }
  if (window_start !== null && reached !== window_start) {
    add(
      "subscriptions",
      id,
      `its running window starts at ${iso(window_start)}, ${reached === null ? "but it never started" : `what was closed ends at ${iso(reached)}`}`
    )
  }
  if (status === "terminated" && started_at !== null && reached !== ending_at) {
    add("subscriptions", id, `ended at ${ending_at === null ? "no instant" : iso(ending_at)}, what was closed ends at ${iso(reached!)}`)
  }
  return found
}
