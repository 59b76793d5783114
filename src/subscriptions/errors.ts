/** Errors of subscriptions. */
import { Schema } from "effect"

/** No such subscription in this organization; `id` is the id or external id that was asked for. */
export class SubscriptionNotFound extends Schema.TaggedError<SubscriptionNotFound>()("SubscriptionNotFound", { id: Schema.String }) {
  override get message() {
    return `subscription ${this.id} not found`
  }
}

/** A subscription's work could not be billed, because a charge cannot be rated: the tag of the reason, and its words. Nothing was written. */
export class BillingFailed extends Schema.TaggedError<BillingFailed>()("BillingFailed", {
  subscription_id: Schema.String,
  reason: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `subscription ${this.subscription_id} cannot be billed: ${this.detail}`
  }
}

/** A change to the plan that the subscription is on. */
export class SamePlan extends Schema.TaggedError<SamePlan>()("SamePlan", { plan_id: Schema.String }) {
  override get message() {
    return `the subscription is on plan ${this.plan_id} already`
  }
}
