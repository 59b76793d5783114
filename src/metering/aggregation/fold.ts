/** The shape of an aggregation: a pure function of the events that count, in order. */
import type { Exact } from "../../core/exact.js"
import type { CountedEvent } from "./counted.js"

export interface FoldEvents {
  /** Events before the period, by timestamp; none unless the metric is recurring. */
  readonly before: ReadonlyArray<CountedEvent>
  /** Events of the period, by timestamp, those of one instant by acceptance. */
  readonly within: ReadonlyArray<CountedEvent>
}

export interface Fold {
  readonly value: (events: FoldEvents) => Exact
  /** The values of the period's events in order, for charges that price each event. */
  readonly eventValues: (events: FoldEvents) => ReadonlyArray<Exact>
}
