/** Buckets and groups of a charge: which filter takes an event, and which group of that bucket it belongs to (P5, pricing.md 3). */
import type { PriceFields } from "./aggregation/usage.js"
import { own, type Properties, scalarText } from "./property.js"

/** What holds for the events of a bucket, whether a filter's or the charge's own. */
export interface BucketTerms {
  /** The keys that split the bucket into groups. */
  readonly group_by: ReadonlyArray<string>
  /** Where the events have their prices, for a dynamic charge; null where nobody asks. */
  readonly prices: PriceFields | null
}

/** A filter of a charge as metering sees it: for each of its keys the values that match, `*` already spelled out. */
export interface BucketFilter extends BucketTerms {
  readonly values: ReadonlyArray<readonly [key: string, values: ReadonlyArray<string>]>
}

/** The buckets of a charge: its filters by age, oldest first, and the one without filter, which comes last. */
export interface Buckets {
  readonly filters: ReadonlyArray<BucketFilter>
  readonly own: BucketTerms
}

export const PLAIN: BucketTerms = { group_by: [], prices: null }
export const ONE_BUCKET: Buckets = { filters: [], own: PLAIN }

/** The values of a bucket's group keys, in their order; null for a missing or empty one. */
export type GroupKey = ReadonlyArray<string | null>

/** The filters in the order in which they take events: most keys first, then the oldest; as indexes. */
const precedence = (filters: ReadonlyArray<BucketFilter>): ReadonlyArray<number> =>
  filters.map((_, index) => index).sort((a, b) => filters[b]!.values.length - filters[a]!.values.length || a - b)

/** The index of the bucket that takes an event; the number of filters for the one without filter. */
export const bucketOf = (buckets: Buckets): ((properties: Properties) => number) => {
  const ordered = precedence(buckets.filters).map((index) => ({
    index,
    keys: buckets.filters[index]!.values.map(([key, values]) => ({ key, values: new Set(values) }))
  }))
  const rest = buckets.filters.length
  return (properties) => {
    for (const { index, keys } of ordered) {
      const matches = keys.every(({ key, values }) => {
        const text = scalarText(own(properties, key))
        return text !== undefined && values.has(text)
      })
      if (matches) return index
    }
    return rest
  }
}

/** The terms of a bucket by its index. */
export const termsOf = (buckets: Buckets, bucket: number): BucketTerms => buckets.filters[bucket] ?? buckets.own

export const groupOf = (keys: ReadonlyArray<string>, properties: Properties): GroupKey =>
  keys.map((key) => scalarText(own(properties, key)) ?? null)

/** The group of a bucket that no event was in. */
export const nullGroup = (keys: ReadonlyArray<string>): GroupKey => keys.map(() => null)

/** The order of a bucket's groups wherever they are listed: by their values, key by key, null last. */
export const compareGroups = (a: GroupKey, b: GroupKey): number => {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i]!, b[i]!]
    if (left === right) continue
    if (left === null) return 1
    if (right === null) return -1
    return left < right ? -1 : 1
  }
  return 0
}
