/**
 * Usage straight from a list of events: the reference for every store, and what `rate` without a store uses. Reads each
 * event, sorts it into its bucket and group, and folds each line.
 */
import type { UsagePeriod } from "../core/calendar/index.js"
import { zero } from "../core/exact.js"
import { aggregate } from "./aggregation/aggregate.js"
import type { CountedEvent } from "./aggregation/counted.js"
import { type FoldPeriod, foldPeriod } from "./aggregation/period.js"
import type { LineUsage, Needs } from "./aggregation/usage.js"
import { type Buckets, bucketOf, compareGroups, type GroupKey, groupOf, nullGroup, termsOf } from "./bucket.js"
import type { MetricDefinition } from "./metric.js"
import type { Properties } from "./property.js"
import { priceOf, reader } from "./reading.js"
import { isUncounted } from "./uncounted.js"

/** What of an event decides on its usage; in a list, in order of acceptance. */
export interface UsageEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly properties: Properties
  /** Its own price, a plain decimal in minor units; null where it has none. */
  readonly precise_total_amount_cents: string | null
}

/** One group of a bucket: its values in the order of the bucket's group keys. */
export interface GroupUsage {
  readonly group: GroupKey
  readonly usage: LineUsage
}

/** The groups of one bucket, ordered by their values. */
export type BucketUsage = ReadonlyArray<GroupUsage>

interface Line {
  readonly group: GroupKey
  readonly events: Array<CountedEvent>
}

/** Whether an event is read at all: in the period, or before it where the metric carries over. */
const isRead = (metric: MetricDefinition, period: FoldPeriod, at: number): boolean =>
  at < period.to && (metric.recurring || at >= period.from)

/** An event that counts for its metric, with those of its properties that its bucket, its group and its price depend on. */
export interface CountedUsageEvent extends Omit<CountedEvent, "price"> {
  readonly properties: Properties
  readonly precise_total_amount_cents: string | null
}

/**
 * Sorts events that count, in order of acceptance, into buckets and groups and folds each line; a bucket that no event was
 * in has one group of nulls and no usage.
 */
export const foldUsage = (
  metric: MetricDefinition,
  period: UsagePeriod,
  buckets: Buckets,
  events: Iterable<CountedUsageEvent>,
  needs: Needs
): ReadonlyArray<BucketUsage> => {
  const folding = foldPeriod(period)
  const bucket = bucketOf(buckets)
  const lines: Array<Map<string, Line>> = [...buckets.filters, null].map(() => new Map())
  for (const event of events) {
    if (!isRead(metric, folding, event.at)) continue
    const index = bucket(event.properties)
    const terms = termsOf(buckets, index)
    const group = groupOf(terms.group_by, event.properties)
    const key = JSON.stringify(group)
    const known = lines[index]!.get(key)
    const line = known ?? { group, events: [] }
    if (known === undefined) lines[index]!.set(key, line)
    const price = terms.prices === null ? zero : priceOf(terms.prices, event.precise_total_amount_cents, event.properties)
    line.events.push({ at: event.at, value: event.value, item: event.item, price })
  }
  return lines.map((groups, index) => {
    const { group_by, prices } = termsOf(buckets, index)
    return inOrder([...groups.values()], group_by).map(({ group, events: own }) => ({
      group,
      usage: aggregate(metric, folding, own, needs, prices !== null)
    }))
  })
}

/** The groups of a bucket by their values; the group of nulls where no event was in it. */
const inOrder = (lines: ReadonlyArray<Line>, group_by: ReadonlyArray<string>): ReadonlyArray<Line> =>
  lines.length === 0 ? [{ group: nullGroup(group_by), events: [] }] : [...lines].sort((a, b) => compareGroups(a.group, b.group))

/**
 * The usage of every bucket, the one without filter last, from events in order of acceptance.
 *
 * @see spec pricing 2, 3
 */
export const recount = (
  metric: MetricDefinition,
  period: UsagePeriod,
  buckets: Buckets,
  events: Iterable<UsageEvent>,
  needs: Needs
): ReadonlyArray<BucketUsage> => {
  const read = reader(metric)
  const counted: Array<CountedUsageEvent> = []
  for (const { at, precise_total_amount_cents, properties } of events) {
    const reading = read(properties)
    if (!isUncounted(reading)) counted.push({ at, value: reading.value, item: reading.item, properties, precise_total_amount_cents })
  }
  return foldUsage(metric, period, buckets, counted, needs)
}
