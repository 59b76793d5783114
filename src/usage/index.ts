/** Usage as it is read: running and past periods, projections, trends, estimates. */
export {
  type CreateAlertInput,
  type ListAlertsInput,
  type UpdateAlertInput,
  UsageAlert,
  UsageAlertId,
  type UsageAlertTrigger
} from "./alerts/alert.js"
export { type AlertStatus, type AlertTest, UsageAlerts, type UsageAlertsShape } from "./alerts/alerts.js"
export { watchedArrivalsLayer } from "./alerts/arrivals.js"
export { UsageAlertNotFound } from "./alerts/errors.js"
export { type ArrivedCode, UsageAlertStore, type UsageAlertStoreShape } from "./alerts/store.js"
export {
  type BilledCharge,
  type BilledLine,
  BilledUsageStore,
  type BilledWindow,
  type PastUsage
} from "./billed-usage.js"
export type { DailyUsage } from "./daily/daily-usage.js"
export { DailyUsages, type DailyUsagesShape, type RecountInput } from "./daily/daily-usages.js"
export { examineDays, type WrongDay } from "./daily/examination.js"
export { DailyUsageStore, type DailyUsageStoreShape, type MarkedDay } from "./daily/store.js"
export { entitlementUsageLayer } from "./entitlement-usage.js"
export type { Estimate, EstimatedLine } from "./estimate.js"
export type { ProjectedUsage } from "./period-reads.js"
export type { DayUsage } from "./trend.js"
export { Usage, type UsageShape } from "./usage.js"
export type { EstimateInput, PastInput, TrendInput } from "./usage-input.js"
export type { ChargeUsage, LineUsage, PeriodUsage } from "./view.js"
