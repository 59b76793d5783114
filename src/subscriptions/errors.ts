/** Errors of subscriptions. */
import { Schema } from "effect"

/** No such subscription in this organization; `id` is the id or external id that was asked for. */
export class SubscriptionNotFound extends Schema.TaggedError<SubscriptionNotFound>()("SubscriptionNotFound", { id: Schema.String }) {
  override get message() {
    return `subscription ${this.id} not found`
  }
}
