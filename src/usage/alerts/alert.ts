/** A usage alert: watches a metric of a subscription's plan, in the metric's units (P16). Its shapes, and what an update makes of it. Pure. */
import { type DateTime, Schema } from "effect"
import { brandedId, Exact, Instant, named, OrganizationId, pageFields, Text } from "../../core/index.js"

export const UsageAlertId = brandedId("UsageAlertId")
export type UsageAlertId = typeof UsageAlertId.Type

const isThreshold = (text: string): boolean => {
  const value = text.length > 40 ? undefined : Exact.fromText(text)
  return value !== undefined && value.scale <= 15 && Exact.sign(value) > 0
}

/** A decimal above 0 as text, at most 15 decimals. */
const Threshold = Schema.String.pipe(
  Schema.filter(isThreshold, { message: () => "expected a decimal above 0 as text, at most 15 decimals" })
)

export const UsageAlert = Schema.Struct({
  id: UsageAlertId,
  organization_id: OrganizationId,
  subscription_id: Schema.String,
  billable_metric_id: Schema.String,
  name: Schema.String,
  threshold_value: Threshold,
  /** Fires at each further multiple, anew each period; else once. */
  recurring: Schema.Boolean,
  /** Firings of the period in which it was checked last. */
  times_triggered: Schema.Int,
  /** The last firing. */
  triggered_at: Schema.NullOr(Instant),
  /** Where the period begins that `times_triggered` counts in; null before the first firing. */
  counted_from: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type UsageAlert = typeof UsageAlert.Type

/** One firing; or, as the last of a jump over very many multiples, all that follow the first ones. */
export interface UsageAlertTrigger {
  readonly id: string
  readonly organization_id: string
  readonly usage_alert_id: string
  /** The usage that reached it, decimal text. */
  readonly current_usage: string
  /** The multiple that it reached. */
  readonly threshold_value: string
  readonly metric_code: string
  /** How many multiples it stands for: 1 unless usage jumped over more than a check tells one by one. */
  readonly firings: number
  readonly triggered_at: DateTime.Utc
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

export const CreateAlert = Schema.Struct({
  external_subscription_id: Text.name(255),
  metric_code: Text.name(255),
  name: Text.name(255),
  threshold_value: Threshold,
  recurring: Schema.optionalWith(Schema.Boolean, { default: () => false })
})
export type CreateAlertInput = typeof CreateAlert.Encoded

export const UpdateAlert = Schema.Struct({
  name: Schema.optional(Text.name(255)),
  threshold_value: Schema.optional(Threshold),
  recurring: Schema.optional(Schema.Boolean)
})
export type UpdateAlertInput = typeof UpdateAlert.Encoded

export const ListAlerts = Schema.Struct({
  ...pageFields,
  subscription_id: Schema.optional(Schema.String),
  billable_metric_id: Schema.optional(Schema.String)
})
export type ListAlertsInput = typeof ListAlerts.Encoded

/** Before it has ever fired. */
export const UNFIRED = { times_triggered: 0, triggered_at: null, counted_from: null } as const

/** The alert after an update. Another threshold is another condition: what fired before does not count for it. */
export const editedAlert = (before: UsageAlert, update: typeof UpdateAlert.Type): UsageAlert => {
  const after: UsageAlert = { ...before, ...named(update) }
  const same =
    after.recurring === before.recurring &&
    Exact.equals(Exact.unsafeFromText(after.threshold_value), Exact.unsafeFromText(before.threshold_value))
  return same ? after : { ...after, ...UNFIRED }
}
