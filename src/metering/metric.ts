/** A billable metric: how the events of one code become a quantity. Its schema, and what makes one invalid. */
import { Either, Schema } from "effect"
import { brandedId } from "../core/ids.js"
import { Instant } from "../core/instant.js"
import { OrganizationId } from "../core/organization.js"
import { isStorable } from "../core/text.js"
import { AGGREGATION_TYPES, type AggregationType } from "../pricing/index.js"
import { InvalidMetric } from "./errors.js"
import { parse } from "./expression/parse.js"
import { ROUNDING_FUNCTIONS, type RoundingFunction } from "./rounding.js"

const VALUE_MODES = ["level", "delta"] as const
export type ValueMode = (typeof VALUE_MODES)[number]

export const MetricId = brandedId("MetricId")
export type MetricId = typeof MetricId.Type

export const MetricFilterId = brandedId("MetricFilterId")
export type MetricFilterId = typeof MetricFilterId.Type

/** What an aggregation needs to know of a metric. */
export interface MetricDefinition {
  readonly aggregation_type: AggregationType
  /** The property that is aggregated; null for count and custom. */
  readonly field_name: string | null
  /** Carries over from period to period (P8). */
  readonly recurring: boolean
  /** The expression of a custom metric; null for all others. */
  readonly expression: string | null
  /** How an event of a weighted sum reads (P6); null for all others. */
  readonly value_mode: ValueMode | null
  readonly rounding_function: RoundingFunction | null
  /** Decimals, −15 to 15; null: 0. */
  readonly rounding_precision: number | null
}

const Name = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))

/** A key of events that charges may filter by, and its allowed values in the order given. */
export const BillableMetricFilter = Schema.Struct({
  id: MetricFilterId,
  key: Name,
  values: Schema.Array(Name)
})
export type BillableMetricFilter = typeof BillableMetricFilter.Type

export const BillableMetric = Schema.Struct({
  id: MetricId,
  organization_id: OrganizationId,
  code: Name,
  name: Name,
  description: Schema.NullOr(Schema.String),
  aggregation_type: Schema.Literal(...AGGREGATION_TYPES),
  field_name: Schema.NullOr(Name),
  recurring: Schema.Boolean,
  expression: Schema.NullOr(Schema.String),
  value_mode: Schema.NullOr(Schema.Literal(...VALUE_MODES)),
  rounding_function: Schema.NullOr(Schema.Literal(...ROUNDING_FUNCTIONS)),
  rounding_precision: Schema.NullOr(Schema.Int),
  filters: Schema.Array(BillableMetricFilter),
  created_at: Instant,
  updated_at: Instant
})
export type BillableMetric = typeof BillableMetric.Type

/** A metric as somebody wants to store it; every field may be missing or of the wrong kind. */
export interface MetricInput {
  readonly aggregation_type?: unknown
  readonly field_name?: unknown
  readonly recurring?: unknown
  readonly expression?: unknown
  readonly value_mode?: unknown
  readonly rounding_function?: unknown
  readonly rounding_precision?: unknown
}

const READS_A_FIELD: ReadonlySet<AggregationType> = new Set(["sum", "max", "unique_count", "weighted_sum", "latest"])

const isOneOf = <A extends string>(all: ReadonlyArray<A>, value: unknown): value is A => (all as ReadonlyArray<unknown>).includes(value)

const invalid = (path: string, reason: string) => Either.left(new InvalidMetric({ path, reason }))

const fieldOf = (type: AggregationType, given: unknown): Either.Either<string | null, InvalidMetric> => {
  if (!READS_A_FIELD.has(type)) return Either.right(null)
  if (typeof given !== "string" || given === "" || given.length > 255 || !isStorable(given)) {
    return invalid("field_name", `${type} needs the name of a property, 1 to 255 characters`)
  }
  return Either.right(given)
}

const expressionOf = (type: AggregationType, given: unknown): Either.Either<string | null, InvalidMetric> => {
  if (type !== "custom") {
    return given === null ? Either.right(null) : invalid("expression", `${type} has no expression`)
  }
  if (typeof given !== "string") return invalid("expression", "custom needs an expression")
  const parsed = parse(given)
  return "reason" in parsed ? invalid("expression", parsed.reason) : Either.right(given)
}

const valueModeOf = (type: AggregationType, given: unknown): Either.Either<ValueMode | null, InvalidMetric> => {
  if (type === "weighted_sum") {
    if (given === null) return Either.right("level")
    return isOneOf(VALUE_MODES, given) ? Either.right(given) : invalid("value_mode", "level or delta")
  }
  return given === null ? Either.right(null) : invalid("value_mode", `${type} has no value mode`)
}

/**
 * Checks what a metric says: aggregation type, field, recurring, expression, value mode and rounding, in this order; the
 * answer has every field in its stored form.
 *
 * Fails with `InvalidMetric`, naming the first field that is wrong.
 *
 * @see spec pricing 10
 */
export const validateMetric = (input: MetricInput): Either.Either<MetricDefinition, InvalidMetric> =>
  Either.gen(function* () {
    const type = input.aggregation_type
    if (!isOneOf(AGGREGATION_TYPES, type)) return yield* invalid("aggregation_type", `one of ${AGGREGATION_TYPES.join(", ")}`)
    const field_name = yield* fieldOf(type, input.field_name)
    const recurring = input.recurring ?? false
    if (typeof recurring !== "boolean") return yield* invalid("recurring", "true or false")
    if (recurring && type === "custom") return yield* invalid("recurring", "a custom metric is never recurring")
    const expression = yield* expressionOf(type, input.expression ?? null)
    const value_mode = yield* valueModeOf(type, input.value_mode ?? null)
    const rounding_function = input.rounding_function ?? null
    if (rounding_function !== null && !isOneOf(ROUNDING_FUNCTIONS, rounding_function)) {
      return yield* invalid("rounding_function", `one of ${ROUNDING_FUNCTIONS.join(", ")}`)
    }
    const rounding_precision = input.rounding_precision ?? null
    if (rounding_precision !== null) {
      if (typeof rounding_precision !== "number" || !Number.isInteger(rounding_precision) || Math.abs(rounding_precision) > 15) {
        return yield* invalid("rounding_precision", "a whole number from -15 to 15")
      }
      if (rounding_function === null) return yield* invalid("rounding_precision", "only with a rounding function")
    }
    return { aggregation_type: type, field_name, recurring, expression, value_mode, rounding_function, rounding_precision }
  })
