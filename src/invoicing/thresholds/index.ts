/** Usage thresholds: what they are, their crossings, and the check that issues progressive invoices. */
export { thresholdArrivalsLayer } from "./arrivals.js"
export { ThresholdChecks } from "./check.js"
export { UsageThresholdNotFound } from "./errors.js"
export * from "./store.js"
export {
  AppliedUsageThreshold,
  type CreateThresholdInput,
  type ListCrossingsInput,
  type ListThresholdsInput,
  UsageThreshold,
  UsageThresholdId
} from "./threshold.js"
export { UsageThresholds, type UsageThresholdsShape } from "./thresholds.js"
