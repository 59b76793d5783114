/** What subscriptions need of billing: a port, since invoices are made on the floor above. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { BillingFailed } from "./errors.js"
import type { Subscription } from "./subscription.js"

export interface SubscriptionBillingShape {
  /** Starts a subscription that was just stored, at its own instant: in advance its first base fee is invoiced. Answers the row after it. */
  readonly start: (row: Subscription, now: DateTime.Utc) => Effect.Effect<Subscription, BillingFailed | StorageError, CurrentOrganization>
  /** Does what is due of a locked subscription strictly before an instant, oldest first. Answers the row after it. */
  readonly catchUp: (
    row: Subscription,
    before: DateTime.Utc,
    now: DateTime.Utc
  ) => Effect.Effect<Subscription, BillingFailed | StorageError, CurrentOrganization>
  /** Ends a locked subscription at its `ending_at`: the window is cut there and billed as its `on_termination_action` says. */
  readonly end: (row: Subscription, now: DateTime.Utc) => Effect.Effect<Subscription, BillingFailed | StorageError, CurrentOrganization>
  /** When its next piece of work is due, whatever has changed of it. */
  readonly nextDueAt: (row: Subscription) => Effect.Effect<DateTime.Utc | null, StorageError, CurrentOrganization>
}

export class SubscriptionBilling extends Context.Tag("billwright/SubscriptionBilling")<SubscriptionBilling, SubscriptionBillingShape>() {}
