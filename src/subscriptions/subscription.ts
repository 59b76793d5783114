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
  /** The target of a downgrade that waits for the period's end, and when it was asked for (S5). */
  previous_plan_id: Schema.NullOr(Schema.String),
  downgraded_at: Schema.NullOr(Instant),
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

const name = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))
const days = Schema.Int.pipe(Schema.between(0, 36_500))

/** What `Subscriptions.create` takes. The customer by its `external_id`, the plan by its `code`. */
export const CreateSubscription = Schema.Struct({
  external_id: name,
  external_customer_id: name,
  plan_code: name,
  billing_time: Schema.optionalWith(BillingTime, { default: () => "calendar" as const }),
  pay_in_advance: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** The anchor; the start unless given. */
  subscription_at: Schema.optional(Instant),
  /** The start; else a `subscription_at` in the future, else now. */
  started_at: Schema.optional(Instant),
  /** A planned end; after the start. */
  ending_at: Schema.optional(Instant),
  /** The plan's default unless given; 0 is no trial. */
  trial_period_days: Schema.optional(days),
  on_termination_action: Schema.optionalWith(TerminationAction, { default: () => "generate_invoice" as const }),
  billing_entity_id: Schema.optional(Schema.String)
})
export type CreateSubscription = typeof CreateSubscription.Type
export type CreateSubscriptionInput = typeof CreateSubscription.Encoded

/** A pause, kept with both instants (S7). */
export interface Pause {
  readonly subscription_id: string
  readonly paused_at: DateTime.Utc
  readonly resumed_at: DateTime.Utc | null
}
