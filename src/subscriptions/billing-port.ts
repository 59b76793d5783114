/** What subscriptions need of billing: a port, since invoices are made on the floor above. */
import { Context, type DateTime, type Effect } from "effect"
import type { PlanRef } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { BillingFailed } from "./errors.js"
import type { LifeEvent } from "./life.js"
import type { PlanChangePreview } from "./plan-change.js"
import type { Subscription } from "./subscription.js"

/** The amounts of a change preview. */
export type ChangeFigures = Pick<PlanChangePreview, "credit_cents" | "charge_cents" | "current_per_day" | "new_per_day">

/** The row after what was billed, as it is stored. */
type AfterBilling = Effect.Effect<Subscription, BillingFailed | StorageError, CurrentOrganization>

/** Every row that is given is locked, with what the command changes of it; the row that is answered is stored. */
export interface SubscriptionBillingShape {
  /** Starts a subscription at its own instant: in advance its first base fee is invoiced. */
  readonly start: (row: Subscription, now: DateTime.Utc) => AfterBilling
  /** Does what is due strictly before an instant, oldest first. */
  readonly catchUp: (row: Subscription, before: DateTime.Utc, now: DateTime.Utc) => AfterBilling
  /** Changes the plan now: the old one's window is closed and billed, days of its fee in advance are given back, the new one's are billed. */
  readonly changePlan: (row: Subscription, to: PlanRef, now: DateTime.Utc) => AfterBilling
  /** After a pause: in advance the rest of the period is billed, or the paused days are given back. */
  readonly resume: (row: Subscription, now: DateTime.Utc) => AfterBilling
  /** Ends it at its `ending_at`: the window is cut there and billed, and days in advance given back, as its `on_termination_action` says. */
  readonly end: (row: Subscription, now: DateTime.Utc) => AfterBilling
  /** What a change of plan at an instant of the running period would move; nothing is written. The row needs no lock. */
  readonly changeFigures: (
    row: Subscription,
    to: PlanRef,
    at: DateTime.Utc
  ) => Effect.Effect<ChangeFigures, StorageError, CurrentOrganization>
  /** What happened to its documents, in no order. */
  readonly documentLife: (row: Subscription) => Effect.Effect<ReadonlyArray<LifeEvent>, StorageError, CurrentOrganization>
}

export class SubscriptionBilling extends Context.Tag("billwright/SubscriptionBilling")<SubscriptionBilling, SubscriptionBillingShape>() {}
