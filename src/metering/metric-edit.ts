/** What of a metric may still change, by what refers to it. Pure. */
import { Either } from "effect"
import { Immutable, named, StillReferenced } from "../core/index.js"
import type { InvalidMetric } from "./errors.js"
import { type BillableMetric, type MetricDefinition, validateMetric } from "./metric.js"
import type { UpdateMetric } from "./metric-input.js"
import type { MetricUses } from "./metric-store.js"

/** Fixed from the start. */
const FIXED = ["code", "aggregation_type"] as const

/** How an event reads is decided when it arrives: after that these are fixed too. */
const READ_AT_ARRIVAL = ["field_name", "expression"] as const

const definitionOf = (metric: BillableMetric): MetricDefinition => {
  const { aggregation_type, expression, field_name, recurring, rounding_function, rounding_precision, value_mode } = metric
  return { aggregation_type, expression, field_name, recurring, rounding_function, rounding_precision, value_mode }
}

/**
 * The metric after an update, `updated_at` as it was.
 *
 * Fails with `Immutable` (`code`, `aggregation_type`; `field_name` and `expression` once there are events), `StillReferenced`
 * (`recurring` while charges price it: they were checked against it), `InvalidMetric`.
 *
 * @see spec billing 5.1
 */
export const editedMetric = (
  before: BillableMetric,
  update: typeof UpdateMetric.Type,
  uses: MetricUses
): Either.Either<BillableMetric, Immutable | StillReferenced | InvalidMetric> =>
  Either.gen(function* () {
    const { description, name, ...given } = named(update)
    const fixed = FIXED.find((field) => given[field] !== undefined && given[field] !== before[field])
    if (fixed !== undefined) return yield* Either.left(new Immutable({ field: fixed }))
    const definition = yield* validateMetric({ ...definitionOf(before), ...given })
    const read = READ_AT_ARRIVAL.find((field) => definition[field] !== before[field])
    if (read !== undefined && uses.events > 0) return yield* Either.left(new Immutable({ field: read }))
    if (definition.recurring !== before.recurring && uses.charges > 0) {
      return yield* Either.left(new StillReferenced({ by: "charges", count: uses.charges }))
    }
    return { ...before, ...named({ description, name }), ...definition }
  })

/** Refuses to delete a metric that something refers to. */
export const refusesDeletion = (uses: MetricUses): StillReferenced | null => {
  const [by, count] = Object.entries(uses).find(([, number]) => number > 0) ?? []
  return by === undefined ? null : new StillReferenced({ by, count: count! })
}

const ALL_VALUES = "*"

/** Refuses to take values from a filter that filters of charges name; one of `*` names all of them. */
export const refusesRemoval = (removed: ReadonlyArray<string>, used: ReadonlyArray<ReadonlyArray<string>>): StillReferenced | null => {
  const gone = new Set([...removed, ALL_VALUES])
  const count = removed.length === 0 ? 0 : used.filter((values) => values.some((value) => gone.has(value))).length
  return count === 0 ? null : new StillReferenced({ by: "charge_filters", count })
}
