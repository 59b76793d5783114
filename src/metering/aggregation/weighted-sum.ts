/** weighted_sum: the time-weighted average of a level over the full billing period, in elapsed time (P6). */
import { add, type Exact, fromBigInt, multiply, share, zero } from "../../core/exact.js"
import type { ValueMode } from "../metric.js"
import type { CountedEvent } from "./counted.js"
import type { FoldEvents } from "./fold.js"
import type { FoldPeriod } from "./period.js"

/** What an event makes of the level: `level` replaces it, `delta` adds to it. */
const after = (mode: ValueMode, level: Exact, event: CountedEvent): Exact => (mode === "level" ? event.value : add(level, event.value))

/** The value, and the level at the end of the period. */
export const weightedSum = (
  mode: ValueMode,
  { before, within }: FoldEvents,
  period: FoldPeriod
): { readonly value: Exact; readonly level: Exact } => {
  let level: Exact = before.reduce((reached, event) => after(mode, reached, event), zero)
  let weighted: Exact = zero
  let since = period.from
  const hold = (until: number) => {
    if (until > since) weighted = add(weighted, multiply(level, fromBigInt(BigInt(until - since))))
    since = until
  }
  for (const event of within) {
    hold(event.at)
    level = after(mode, level, event)
  }
  hold(period.to)
  return { value: period.full_millis > 0n ? share(weighted, 1n, period.full_millis) : zero, level }
}
