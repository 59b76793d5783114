/** What the commands of subscriptions take. */
import { Schema } from "effect"
import { BillingTime, BulkIds, Instant, pageFields, Text } from "../core/index.js"
import { SubscriptionStatus, TerminationAction } from "./subscription.js"

/** A subscription by its id, or by the host's own. */
export type SubscriptionRef = { readonly id: string } | { readonly external_id: string }

const name = Text.name(255)
const trialDays = Schema.Int.pipe(Schema.between(0, 36_500))

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
  trial_period_days: Schema.optional(trialDays),
  on_termination_action: Schema.optionalWith(TerminationAction, { default: () => "generate_invoice" as const }),
  billing_entity_id: Schema.optional(Schema.String)
})
export type CreateSubscriptionInput = typeof CreateSubscription.Encoded

/** What `Subscriptions.update` takes: what is left out stays. The last four only before the start. */
export const UpdateSubscription = Schema.Struct({
  billing_entity_id: Schema.optional(Schema.NullOr(Schema.String)),
  /** A planned end, to come; null: none. */
  ending_at: Schema.optional(Schema.NullOr(Instant)),
  on_termination_action: Schema.optional(TerminationAction),
  subscription_at: Schema.optional(Instant),
  billing_time: Schema.optional(BillingTime),
  trial_period_days: Schema.optional(trialDays),
  pay_in_advance: Schema.optional(Schema.Boolean)
})
export type UpdateSubscription = typeof UpdateSubscription.Type
export type UpdateSubscriptionInput = typeof UpdateSubscription.Encoded

/** The action in place of the subscription's own. */
export const Terminate = Schema.Struct({ on_termination_action: Schema.optional(TerminationAction) })
export type TerminateInput = typeof Terminate.Encoded

/** `when: "now"` ends it at once; else with the period, in a trial with the trial. */
export const Cancel = Schema.Struct({
  when: Schema.optional(Schema.Literal("now")),
  on_termination_action: Schema.optional(TerminationAction)
})
export type CancelInput = typeof Cancel.Encoded

/** `when: "now"` makes a downgrade take effect at once, like an upgrade. */
export const ChangePlan = Schema.Struct({ plan_code: name, when: Schema.optional(Schema.Literal("now")) })
export type ChangePlanInput = typeof ChangePlan.Encoded

/** `at`: an instant of the running period; now unless given. */
export const PreviewPlanChange = Schema.Struct({ ...ChangePlan.fields, at: Schema.optional(Instant) })
export type PreviewPlanChangeInput = typeof PreviewPlanChange.Encoded

export const ListSubscriptions = Schema.Struct({
  ...pageFields,
  external_id: Schema.optional(Schema.String),
  customer_id: Schema.optional(Schema.String),
  plan_id: Schema.optional(Schema.String),
  status: Schema.optional(SubscriptionStatus)
})
export type ListSubscriptionsInput = typeof ListSubscriptions.Encoded

export const Bulk = Schema.Struct({ ids: BulkIds })
export type BulkInput = typeof Bulk.Encoded

export const BulkTerminate = Schema.Struct({ ids: BulkIds, on_termination_action: Schema.optional(TerminationAction) })
export type BulkTerminateInput = typeof BulkTerminate.Encoded
