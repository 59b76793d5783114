/** Errors of subscriptions. */
import { Schema } from "effect"

export { SamePlan, SubscriptionNotFound } from "../catalog/index.js"

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
