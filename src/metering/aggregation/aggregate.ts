/** From the events of one line to its usage: the aggregation of the metric, proration, and the rounding function last. */
import { sum as addUp, type Exact } from "../../core/exact.js"
import type { AggregationType } from "../../pricing/index.js"
import type { MetricDefinition } from "../metric.js"
import { rounded } from "../rounding.js"
import { count } from "./count.js"
import { byTimestamp, type CountedEvent } from "./counted.js"
import type { Fold, FoldEvents } from "./fold.js"
import { latest } from "./latest.js"
import { max } from "./max.js"
import type { FoldPeriod } from "./period.js"
import { proratedSum } from "./prorated-sum.js"
import { proratedUniqueCount } from "./prorated-unique-count.js"
import { sum } from "./sum.js"
import { uniqueCount } from "./unique-count.js"
import type { LineUsage, Needs } from "./usage.js"
import { weightedSum } from "./weighted-sum.js"

const FOLDS: Readonly<Record<Exclude<AggregationType, "weighted_sum">, Fold>> = {
  count,
  sum,
  custom: sum,
  max,
  latest,
  unique_count: uniqueCount
}

/** Splits the events of a line at the period's bounds; what lies before counts for recurring metrics only (P8). */
const eventsOf = (recurring: boolean, period: FoldPeriod, events: ReadonlyArray<CountedEvent>): FoldEvents => {
  const ordered = byTimestamp(events)
  return {
    before: recurring ? ordered.filter((event) => event.at < period.from) : [],
    within: ordered.filter((event) => event.at >= period.from && event.at < period.to)
  }
}

interface Figures {
  readonly value: Exact
  readonly level?: Exact
  readonly full_units?: Exact
  readonly movements?: LineUsage["movements"] & {}
}

const figures = (metric: MetricDefinition, events: FoldEvents, period: FoldPeriod, prorated: boolean): Figures => {
  if (metric.aggregation_type === "weighted_sum") return weightedSum(metric.value_mode ?? "level", events, period)
  if (prorated) return metric.aggregation_type === "unique_count" ? proratedUniqueCount(events, period) : proratedSum(events, period)
  return { value: FOLDS[metric.aggregation_type].value(events) }
}

/** The values of the events in order, as percentage charges read them. */
const eventValues = (metric: MetricDefinition, events: FoldEvents): ReadonlyArray<Exact> =>
  metric.aggregation_type === "weighted_sum" ? [] : FOLDS[metric.aggregation_type].eventValues(events)

/**
 * The usage of one line, from its events that count, in order of acceptance; `priced`: with the sum of their own prices.
 *
 * @see spec pricing 2
 */
export const aggregate = (
  metric: MetricDefinition,
  period: FoldPeriod,
  given: ReadonlyArray<CountedEvent>,
  needs: Needs,
  priced: boolean
): LineUsage => {
  const events = eventsOf(metric.recurring, period, given)
  const found = figures(metric, events, period, needs.prorated)
  return {
    ...found,
    value: rounded(metric, found.value),
    events_count: events.within.length,
    ...(found.full_units === undefined ? {} : { full_units: rounded(metric, found.full_units) }),
    ...(needs.event_values ? { event_values: eventValues(metric, events) } : {}),
    ...(priced ? { precise_total_amount_cents: addUp([...events.before, ...events.within].map((event) => event.price)) } : {})
  }
}
