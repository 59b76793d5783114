/** unique_count: how many values are active at the end; what switches nothing is without effect (P7). */
import { fromBigInt, one } from "../../core/exact.js"
import { adds, type CountedEvent } from "./counted.js"
import type { Fold, FoldEvents } from "./fold.js"

/** The items that are active after the events, in the order in which they became so. */
export const activeAfter = (events: ReadonlyArray<CountedEvent>, start: ReadonlySet<string> = new Set()): Set<string> => {
  const active = new Set(start)
  for (const event of events) {
    if (adds(event)) active.add(event.item)
    else active.delete(event.item)
  }
  return active
}

const activeAtEnd = ({ before, within }: FoldEvents): number => activeAfter(within, activeAfter(before)).size

export const uniqueCount: Fold = {
  value: (events) => fromBigInt(BigInt(activeAtEnd(events))),
  eventValues: (events) => Array.from({ length: activeAtEnd(events) }, () => one)
}
