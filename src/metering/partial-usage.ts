/**
 * Usage from figures that an engine has added up: counts, sums and greatest values of parts of a line's events, and the last
 * one of each. Only for aggregations that parts of add up to the whole; all others fold events.
 */
import { add, type Exact, fromBigInt, max as greater, isNegative, one, zero } from "../core/exact.js"
import type { LineUsage, Needs } from "./aggregation/usage.js"
import { type Buckets, bucketOf, compareGroups, type GroupKey, groupOf, nullGroup, termsOf } from "./bucket.js"
import type { MetricDefinition } from "./metric.js"
import type { Properties } from "./property.js"
import type { BucketUsage } from "./recount.js"
import { rounded } from "./rounding.js"

/** Figures of some events that count, all of them before the period or all within it, with the properties that they share. */
export interface PartialUsage {
  readonly within: boolean
  readonly properties: Properties
  readonly events_count: number
  /** sum, custom: the sum; max: the greatest; latest: the last; undefined without events, and for a count. */
  readonly value: Exact | undefined
  /** latest: where the last one stands among all, by timestamp and order of acceptance. */
  readonly last?: readonly [at: number, sequence: number]
}

/** The aggregations that parts add up to. */
export const ADDITIVE = ["count", "sum", "custom", "max", "latest"] as const
export type AdditiveType = (typeof ADDITIVE)[number]

interface Line {
  readonly group: GroupKey
  readonly parts: Array<PartialUsage>
}

const isLater = (a: PartialUsage, b: PartialUsage): boolean => {
  const [[at, sequence], [other, otherSequence]] = [a.last!, b.last!]
  return at > other || (at === other && sequence > otherSequence)
}

const VALUES: Readonly<Record<AdditiveType, (parts: ReadonlyArray<PartialUsage>) => Exact>> = {
  count: (parts) => fromBigInt(BigInt(parts.reduce((sum, part) => sum + part.events_count, 0))),
  sum: (parts) => parts.reduce((sum, part) => add(sum, part.value ?? zero), zero),
  custom: (parts) => VALUES.sum(parts),
  max: (parts) => {
    const values = parts.flatMap((part) => (part.value === undefined ? [] : [part.value]))
    return values.length === 0 ? zero : values.reduce(greater)
  },
  latest: (parts) => {
    const known = parts.filter((part) => part.value !== undefined)
    const last = known.length === 0 ? zero : known.reduce((a, b) => (isLater(b, a) ? b : a)).value!
    return isNegative(last) ? zero : last
  }
}

const lineUsage = (metric: MetricDefinition, type: AdditiveType, parts: ReadonlyArray<PartialUsage>, needs: Needs): LineUsage => {
  const events_count = parts.reduce((sum, part) => (part.within ? sum + part.events_count : sum), 0)
  const value = rounded(metric, VALUES[type](parts))
  // Only a count is asked for the values of its events here: they are all 1.
  return { value, events_count, ...(needs.event_values ? { event_values: Array.from({ length: events_count }, () => one) } : {}) }
}

/** The usage of every bucket, the one without filter last, from parts in any order; equal to what folding the events gives. */
export const mergeUsage = (
  metric: MetricDefinition,
  buckets: Buckets,
  parts: ReadonlyArray<PartialUsage>,
  needs: Needs
): ReadonlyArray<BucketUsage> => {
  const bucket = bucketOf(buckets)
  const lines: Array<Map<string, Line>> = [...buckets.filters, null].map(() => new Map())
  for (const part of parts) {
    if (part.events_count === 0) continue
    const index = bucket(part.properties)
    const group = groupOf(termsOf(buckets, index).group_by, part.properties)
    const key = JSON.stringify(group)
    const known = lines[index]!.get(key)
    if (known === undefined) lines[index]!.set(key, { group, parts: [part] })
    else known.parts.push(part)
  }
  return lines.map((groups, index) => {
    const used: ReadonlyArray<Line> =
      groups.size === 0 ? [{ group: nullGroup(termsOf(buckets, index).group_by), parts: [] }] : [...groups.values()]
    return [...used]
      .sort((a, b) => compareGroups(a.group, b.group))
      .map(({ group, parts: own }) => ({ group, usage: lineUsage(metric, metric.aggregation_type as AdditiveType, own, needs) }))
  })
}

/** How many items of a group are active at the end, and how many events of the period it has. */
export interface ActiveItems {
  readonly group: GroupKey
  readonly active: number
  readonly events_count: number
}

/** The usage of a unique count without filters, from the items that an engine found active in each group. */
export const uniqueUsage = (
  metric: MetricDefinition,
  group_by: ReadonlyArray<string>,
  groups: ReadonlyArray<ActiveItems>,
  needs: Needs
): ReadonlyArray<BucketUsage> => {
  const used = groups.length === 0 ? [{ group: nullGroup(group_by), active: 0, events_count: 0 }] : groups
  const bucket = [...used]
    .sort((a, b) => compareGroups(a.group, b.group))
    .map(({ active, events_count, group }) => ({
      group,
      usage: {
        value: rounded(metric, fromBigInt(BigInt(active))),
        events_count,
        ...(needs.event_values ? { event_values: Array.from({ length: active }, () => one) } : {})
      }
    }))
  return [bucket]
}
