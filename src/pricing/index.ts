/**
 * Pricing: charge models as pure functions. Nothing here reads a store, a clock or an environment; it can be used without
 * the rest of the library.
 */
export * from "./billed-peak.js"
export { type CompiledPrice, type CompileOptions, compile } from "./compile.js"
export { type EventPrices, eventAmountCents } from "./dynamic.js"
export * from "./errors.js"
export * from "./estimate.js"
export * from "./explain.js"
export * from "./fee.js"
export * from "./groups.js"
export * from "./host-function.js"
export * from "./in-advance.js"
export * from "./in-advance-texts.js"
export * from "./minimum-spend.js"
export * from "./model.js"
export type { Priced } from "./priced.js"
export * from "./projection.js"
export * from "./rows.js"
export type { Allowance } from "./transaction.js"
export { AGGREGATION_TYPES, type AggregationType, type FunctionResult, type Movement, type Usage } from "./usage.js"
export {
  type ChargeInput,
  type MetricShape,
  type NormalisedCharge,
  validateCharge
} from "./validation/charge.js"
export { type FilterValues, type MetricFilters, type NormalisedFilter, propertiesUnder } from "./validation/filters.js"
export { normaliseTariff } from "./validation/tariff.js"
