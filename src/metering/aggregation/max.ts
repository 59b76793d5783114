/** max: the greatest value, 0 without events, negative if all are; recurring: the greatest so far (P8). */
import { type Exact, equals, max as greater, zero } from "../../core/exact.js"
import { greatest } from "./counted.js"
import type { Fold, FoldEvents } from "./fold.js"

const peak = ({ before, within }: FoldEvents): Exact => {
  const carried = greatest(before)
  const own = greatest(within)
  return carried === undefined ? (own ?? zero) : own === undefined ? carried : greater(carried, own)
}

export const max: Fold = {
  value: peak,
  /** The peak on its first occurrence, else 0. */
  eventValues: (events) => {
    const value = peak(events)
    const first = events.within.findIndex((event) => equals(event.value, value))
    return events.within.map((_, index) => (index === first ? value : zero))
  }
}
