/** The usage that quantities are held against: a port, since what counts it stands on floors above. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"

/** What a subscription has used of a metric in its running period. */
export interface PeriodUsed {
  /** Decimal text. */
  readonly used: string
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
}

export class EntitlementUsage extends Context.Tag("billwright/EntitlementUsage")<
  EntitlementUsage,
  {
    /** Of each subscription that is running, in one state of the database; the number of statements does not grow with them. */
    readonly used: (
      subscription_ids: ReadonlyArray<string>,
      metric_id: string
    ) => Effect.Effect<ReadonlyMap<string, PeriodUsed>, StorageError, CurrentOrganization>
  }
>() {}
