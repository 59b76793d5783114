/** What the methods of `Metrics` take. */
import { Schema } from "effect"
import { listOf, orNull, pageFields, Text } from "../core/index.js"
import { AGGREGATION_TYPES } from "../pricing/index.js"

const Values = listOf(Text.name(255), 10_000).pipe(
  Schema.minItems(1),
  Schema.filter((values) => new Set(values).size === values.length, { message: () => "expected no repeated value" })
)

/** A key of events that charges may filter by, and its allowed values. */
export const FilterInput = Schema.Struct({ key: Text.name(255), values: Values })
export type FilterInput = typeof FilterInput.Type

/** The whole set of a key's values. */
export const FilterChange = Schema.Struct({ values: Values })
export type FilterChange = typeof FilterChange.Type

/** Of the definition only the kinds are read here; what it may say is `validateMetric`'s. */
const definition = {
  field_name: Schema.optional(Schema.NullOr(Schema.String)),
  recurring: Schema.optional(Schema.Boolean),
  expression: Schema.optional(Schema.NullOr(Schema.String)),
  value_mode: Schema.optional(Schema.NullOr(Schema.String)),
  rounding_function: Schema.optional(Schema.NullOr(Schema.String)),
  rounding_precision: Schema.optional(Schema.NullOr(Schema.Number))
}

export const CreateMetric = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  aggregation_type: Schema.Literal(...AGGREGATION_TYPES),
  ...definition,
  filters: Schema.optionalWith(
    listOf(FilterInput, 100).pipe(
      Schema.filter((filters) => new Set(filters.map(({ key }) => key)).size === filters.length, {
        message: () => "expected each key once"
      })
    ),
    { default: () => [] }
  )
})
export type CreateMetricInput = typeof CreateMetric.Encoded

export const UpdateMetric = Schema.Struct({
  code: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  description: Schema.optional(Schema.NullOr(Text.atMost(10_000))),
  aggregation_type: Schema.optional(Schema.Literal(...AGGREGATION_TYPES)),
  ...definition
})
/** What is left out stays; null clears. Filters have methods of their own. */
export type UpdateMetricInput = typeof UpdateMetric.Encoded

export const ListMetrics = Schema.Struct({ ...pageFields, aggregation_type: Schema.optional(Schema.Literal(...AGGREGATION_TYPES)) })
export type ListMetricsInput = typeof ListMetrics.Encoded
