/** A subscription: a customer on a plan. Its shape, and what a caller gives to make one. */
import { type DateTime, Schema } from "effect"
import { BillingTime, brandedId, Instant, LocalDate, OrganizationId } from "../core/index.js"

export const SubscriptionId = brandedId("SubscriptionId")
export type SubscriptionId = typeof SubscriptionId.Type

export const SubscriptionStatus = Schema.Literal("pending", "active", "paused", "canceled", "terminated")
export type SubscriptionStatus = typeof SubscriptionStatus.Type

/** What happens to money when a subscription ends (S3). */
export const TerminationAction = Schema.Literal("generate_invoice", "generate_credit_note", "skip")
export type TerminationAction = typeof TerminationAction.Type

export const Subscription = Schema.Struct({
  id: SubscriptionId,
  organization_id: OrganizationId,
  external_id: Schema.String,
  customer_id: Schema.String,
  plan_id: Schema.String,
  /** The version of the plan that it keeps until it is migrated (S8). */
  plan_version: Schema.Int,
  status: SubscriptionStatus,
  billing_time: BillingTime,
  /** Concerns the base fee only; usage is billed in arrears. */
  pay_in_advance: Schema.Boolean,
  trial_period_days: Schema.Int,
  trial_ended_at: Schema.NullOr(Instant),
  subscription_at: Instant,
  /** The local date of `subscription_at` in the customer's zone, fixed when the subscription is made (S1). */
  anchor_date: LocalDate,
  /** The target of a downgrade that waits for the period's end (S5), and below when it was asked for. */
  previous_plan_id: Schema.NullOr(Schema.String),
  /** The target's version as it was when it was asked for. */
  previous_plan_version: Schema.NullOr(Schema.Int),
  downgraded_at: Schema.NullOr(Instant),
  /** The version of its plan that it takes with its next period, because it was migrated (S8). */
  migrates_to_version: Schema.NullOr(Schema.Int),
  billing_entity_id: Schema.NullOr(Schema.String),
  on_termination_action: TerminationAction,
  /** When it starts or started by plan; `started_at` is set by the start itself. */
  starts_at: Instant,
  started_at: Schema.NullOr(Instant),
  ending_at: Schema.NullOr(Instant),
  canceled_at: Schema.NullOr(Instant),
  paused_at: Schema.NullOr(Instant),
  resumed_at: Schema.NullOr(Instant),
  /** Where the running window of usage begins: the last cut, or the start. */
  window_start: Schema.NullOr(Instant),
  /** Its first local day, the first day of the full period around it, and the boundary: the first day of the next period. */
  window_first_day: Schema.NullOr(LocalDate),
  period_first_day: Schema.NullOr(LocalDate),
  next_first_day: Schema.NullOr(LocalDate),
  /** When its next piece of due work is due; null when there is none left. */
  next_due_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type Subscription = typeof Subscription.Type

/** A pause, kept with both instants (S7). */
export interface Pause {
  readonly subscription_id: string
  readonly paused_at: DateTime.Utc
  readonly resumed_at: DateTime.Utc | null
}

/** A pause as it is stored. */
export interface PauseRow extends Pause {
  readonly id: string
  readonly organization_id: string
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}
