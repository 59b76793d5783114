/** How a request is answered: by the engine's own adding up, or from rows that are folded. Pure. */
import { ADDITIVE, type AdditiveType, type UsageRequest } from "../../../../src/metering/index.js"

/** Keys that a statement reads of an event's properties; it has a place for 0, 1, 2, 4 or 8 of them. */
export type Keys = ReadonlyArray<string>

export type Kind =
  | { readonly by: "totals"; readonly type: AdditiveType; readonly keys: Keys }
  | { readonly by: "unique"; readonly keys: Keys }
  | { readonly by: "rows"; readonly keys: Keys }
  /** More keys than a statement has places for, or one that cannot be written as a path: the properties as a whole. */
  | { readonly by: "whole" }

export const MOST_KEYS = 8

/** Keys that both engines find by the text of a path. */
export const PATH_SAFE = /^[^"\\\u0000-\u001f]*$/

/** The keys of filters and groups, and of prices, each once. */
const keysOf = ({ buckets }: UsageRequest): { readonly sorting: Keys; readonly pricing: Keys } => {
  const terms = [...buckets.filters, buckets.own]
  const sorting = [...buckets.filters.flatMap((filter) => filter.values.map(([key]) => key)), ...terms.flatMap((each) => each.group_by)]
  const pricing = terms.flatMap(({ prices }) => (prices === null ? [] : [prices.price_field, prices.quantity_field]))
  return { sorting: [...new Set(sorting)], pricing: [...new Set(pricing)] }
}

const isAdditive = (type: string): type is AdditiveType => (ADDITIVE as ReadonlyArray<string>).includes(type)

/** Whether the engine can add up a request: no proration, no prices, no single values that differ. */
const byEngine = ({ buckets, metric, needs }: UsageRequest): "totals" | "unique" | undefined => {
  if (needs.prorated || [...buckets.filters, buckets.own].some((terms) => terms.prices !== null)) return undefined
  // An item may be switched under several values of a filter's keys: only groups keep its switches together.
  if (metric.aggregation_type === "unique_count") return buckets.filters.length === 0 ? "unique" : undefined
  if (!isAdditive(metric.aggregation_type)) return undefined
  return !needs.event_values || metric.aggregation_type === "count" ? "totals" : undefined
}

export const kindOf = (request: UsageRequest): Kind => {
  const { pricing, sorting } = keysOf(request)
  const keys = [...new Set([...sorting, ...pricing])]
  if (keys.length > MOST_KEYS || !keys.every((key) => PATH_SAFE.test(key))) return { by: "whole" }
  switch (byEngine(request)) {
    case "totals":
      return { by: "totals", type: request.metric.aggregation_type as AdditiveType, keys }
    case "unique":
      return { by: "unique", keys }
    default:
      return { by: "rows", keys }
  }
}

/** How many places for keys the statement has that reads these. */
export const placesFor = (keys: Keys): number => (keys.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(keys.length)))
