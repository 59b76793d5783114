/** Validation as the tests look at it: the path of the first violation, or `valid`. */
import { Either } from "effect"
import { type ChargeInput, compile, type MetricFilters, type MetricShape, validateCharge } from "../../../src/pricing/index.js"

const outcome = <A>(checked: Either.Either<A, { readonly _tag: string }>): string =>
  Either.match(checked, {
    onLeft: (error) => ("path" in error && error._tag === "InvalidChargeProperties" ? String(error.path) : error._tag),
    onRight: () => "valid"
  })

export const SUM: MetricShape = { aggregation_type: "sum", recurring: false }

/** Where properties are wrong for a model. */
export const wrongIn = (charge_model: unknown, properties: unknown): string =>
  outcome(compile(charge_model, properties, { function_registered: true }))

/** Where a charge is wrong for a metric. */
export const wrongAt = (charge: ChargeInput, metric: Partial<MetricShape> = {}, metric_filters: MetricFilters = {}): string =>
  outcome(validateCharge(charge, { ...SUM, ...metric }, metric_filters))

/** The charge as it would be stored. */
export const stored = (charge: ChargeInput, metric_filters: MetricFilters = {}) =>
  Either.getOrThrowWith(validateCharge(charge, SUM, metric_filters), (error) => error)
