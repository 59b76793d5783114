/** The port to where events are kept and added up: batch-shaped, so that the engine does the counting. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError, UsagePeriod } from "../core/index.js"
import type { Needs } from "./aggregation/usage.js"
import type { Buckets } from "./bucket.js"
import type { MetricDefinition } from "./metric.js"
import type { BucketUsage } from "./recount.js"

/** A stretch of time in milliseconds since 1970; half-open. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** Whose events count: those that name the subscription, and those of the customer that name none, where they are its own (P10). */
export interface Subject {
  readonly external_subscription_id: string
  readonly external_customer_id: string
  /** When the subscription started: what came before counts nowhere. */
  readonly since: number
  /** When an event of the customer that names no subscription counts for this one; apart and ascending. */
  readonly owned: ReadonlyArray<Stretch>
}

/** One metric of one subscription over one period, split as a charge splits it. */
export interface UsageRequest {
  readonly subject: Subject
  readonly metric: MetricDefinition & { readonly code: string }
  readonly period: UsagePeriod
  readonly buckets: Buckets
  readonly needs: Needs
}

export interface UsageStoreShape {
  /**
   * Answers many requests with a constant number of statements for each kind of aggregation: for every request its
   * buckets, the one without filter last, as `recount` would.
   */
  readonly aggregate: (
    requests: ReadonlyArray<UsageRequest>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<BucketUsage>>, StorageError, CurrentOrganization>
}

export class UsageStore extends Context.Tag("billwright/UsageStore")<UsageStore, UsageStoreShape>() {}
