/** Filters of a charge: values that the metric declares, prices of their own, and no event that two of them fight for (decision P5). */
import * as Either from "effect/Either"
import type { ChargeModel } from "../model.js"
import { type Checked, isRecord, own, refuse, shown } from "./found.js"
import { checkProperties } from "./tariff.js"

/** The filter keys of a metric with their values. */
export type MetricFilters = Readonly<Record<string, ReadonlyArray<string>>>

/** Key → values, or `["*"]` for all declared ones. */
export type FilterValues = Readonly<Record<string, ReadonlyArray<string>>>

export interface NormalisedFilter {
  readonly values: FilterValues
  /** Only what the filter itself names, in the first spelling; it stands in place of the charge's of the same name. */
  readonly properties: Readonly<Record<string, unknown>>
}

const ALL_VALUES = "*"

const checkKey = (value: unknown, declared: ReadonlyArray<string>, path: string): Checked<ReadonlyArray<string>> => {
  const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (values.length === 0) return refuse(path, "expected at least one value")
  const stranger = values.find((each) => each !== ALL_VALUES && !(declared as ReadonlyArray<unknown>).includes(each))
  if (stranger !== undefined || values.includes(undefined)) return refuse(path, "the metric does not declare this value")
  return Either.right(values.includes(ALL_VALUES) ? [ALL_VALUES] : [...new Set(values as ReadonlyArray<string>)])
}

const checkValues = (values: unknown, metric_filters: MetricFilters, path: string): Checked<FilterValues> =>
  Either.gen(function* () {
    if (!isRecord(values) || Object.keys(values).length === 0) return yield* refuse(path, "expected values for at least one key")
    const checked: Array<readonly [string, ReadonlyArray<string>]> = []
    for (const [key, value] of Object.entries(values)) {
      const at = `${path}.${shown(key)}`
      const declared = own(metric_filters, key)
      if (declared === undefined) return yield* refuse(at, "the metric does not declare this key")
      checked.push([key, yield* checkKey(value, declared as ReadonlyArray<string>, at)])
    }
    return Object.fromEntries(checked)
  })

const shareValue = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a[0] === ALL_VALUES || b[0] === ALL_VALUES || a.some((value) => b.includes(value))

/** Whether two filters have the same keys and values in common in every one of them. */
const overlap = (a: FilterValues, b: FilterValues): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && shareValue(a[key]!, b[key]!))
}

/** Filters in order of age, each checked with the charge's properties under it. */
export const checkFilters = (
  filters: unknown,
  charge_model: ChargeModel,
  charge_properties: Readonly<Record<string, unknown>>,
  metric_filters: MetricFilters
): Checked<ReadonlyArray<NormalisedFilter>> =>
  Either.gen(function* () {
    if (filters === undefined) return []
    if (!Array.isArray(filters)) return yield* refuse("filters", "expected a list of filters")
    const checked: Array<NormalisedFilter> = []
    for (const [index, filter] of filters.entries()) {
      const path = `filters[${index}]`
      if (!isRecord(filter)) return yield* refuse(path, "expected a filter")
      const values = yield* checkValues(own(filter, "values"), metric_filters, `${path}.values`)
      if (checked.some((older) => overlap(older.values, values)))
        return yield* refuse(`${path}.values`, "overlaps an older filter in every key")
      const { given } = yield* checkProperties(charge_model, own(filter, "properties") ?? {}, `${path}.properties`, charge_properties)
      checked.push({ values, properties: given })
    }
    return checked
  })

/** The properties that price a filter's events: its own in place of the charge's of the same name. For `compile`. */
export const propertiesUnder = (charge_properties: object, filter_properties: object): Readonly<Record<string, unknown>> => ({
  ...charge_properties,
  ...filter_properties
})
