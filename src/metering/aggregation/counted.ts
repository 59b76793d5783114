/** What the aggregations fold: events that count, each reduced to the little that they read. */
import { add, compare, type Exact, zero } from "../../core/exact.js"

export interface CountedEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  /** count: 1. unique_count: 1 for `add`, −1 for `remove`. All others: the event's value. */
  readonly value: Exact
  /** unique_count: the value that is switched, as text; else empty. */
  readonly item: string
  /** What the event costs by itself, in minor units, where a dynamic charge asks; else 0. */
  readonly price: Exact
}

/** By timestamp; the order given, that of acceptance, decides at the same instant. */
export const byTimestamp = <A extends { readonly at: number }>(events: ReadonlyArray<A>): ReadonlyArray<A> => {
  for (let i = 1; i < events.length; i++) {
    if (events[i - 1]!.at > events[i]!.at) return [...events].sort((a, b) => a.at - b.at)
  }
  return events
}

/** Whether an event of a unique count switches its item on (P7). */
export const adds = (event: CountedEvent): boolean => event.value.coefficient > 0n

/** The greatest of the values; undefined without any. */
export const greatest = (events: ReadonlyArray<CountedEvent>): Exact | undefined => {
  let best: Exact | undefined
  for (const { value } of events) if (best === undefined || compare(value, best) > 0) best = value
  return best
}

export const total = (events: ReadonlyArray<CountedEvent>): Exact => {
  let sum = zero
  for (const { value } of events) sum = add(sum, value)
  return sum
}
