/** A usage threshold of a plan or a subscription, and the record that a subscription crossed one (P14). Their shapes and inputs. */
import { Schema } from "effect"
import { brandedId, CurrencyCode, Instant, LocalDate, MinorUnits, OrganizationId, orNull, pageFields, Text } from "../../core/index.js"

export const UsageThresholdId = brandedId("UsageThresholdId")
export type UsageThresholdId = typeof UsageThresholdId.Type

/** Of a plan or of a subscription, exactly one; a subscription's own replace its plan's. */
export const UsageThreshold = Schema.Struct({
  id: UsageThresholdId,
  organization_id: OrganizationId,
  plan_id: Schema.NullOr(Schema.String),
  subscription_id: Schema.NullOr(Schema.String),
  /** Whole minor units of `currency`, above 0. */
  amount_cents: Schema.BigIntFromSelf,
  /** The plan's. */
  currency: CurrencyCode,
  /** Crossed once in each period by its usage alone; else once in a life by all usage. */
  recurring: Schema.Boolean,
  /** Stands on the lines of the invoices that it causes. */
  threshold_display_name: Schema.NullOr(Schema.String),
  /** No longer checked, and kept because it was crossed. */
  retired_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type UsageThreshold = typeof UsageThreshold.Type

/** That a subscription crossed a threshold; `invoice_id` is null where nothing was left to bill. */
export const AppliedUsageThreshold = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  usage_threshold_id: UsageThresholdId,
  subscription_id: Schema.String,
  invoice_id: Schema.NullOr(Schema.String),
  crossed_at: Instant,
  /** What reached it, minor units: the life's usage, of a recurring one the period's. */
  lifetime_usage_amount_cents: Schema.BigIntFromSelf,
  /** The first local day of the period in which a recurring one was crossed; else null. */
  period_first_day: Schema.NullOr(LocalDate),
  created_at: Instant,
  updated_at: Instant
})
export type AppliedUsageThreshold = typeof AppliedUsageThreshold.Type

export const CreateThreshold = Schema.Struct({
  plan_code: Schema.optional(Text.name(255)),
  external_subscription_id: Schema.optional(Text.name(255)),
  amount_cents: MinorUnits.pipe(Schema.filter((amount) => amount > 0n, { message: () => "expected more than 0" })),
  currency: Schema.optional(Schema.String),
  recurring: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  threshold_display_name: orNull(Text.name(255))
})
/** One of `plan_code` and `external_subscription_id`; the currency is the plan's, and refused where another one is given. */
export type CreateThresholdInput = typeof CreateThreshold.Encoded

export const ListThresholds = Schema.Struct({
  ...pageFields,
  plan_id: Schema.optional(Schema.String),
  subscription_id: Schema.optional(Schema.String)
})
/** Of one plan or subscription, or all; retired ones too. */
export type ListThresholdsInput = typeof ListThresholds.Encoded

export const ListCrossings = Schema.Struct({
  ...pageFields,
  subscription_id: Schema.optional(Schema.String),
  usage_threshold_id: Schema.optional(Schema.String)
})
export type ListCrossingsInput = typeof ListCrossings.Encoded
