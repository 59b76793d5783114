/** The port to where usage thresholds and their crossings are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { Arrival } from "../../metering/index.js"
import type { AppliedUsageThreshold, UsageThreshold } from "./threshold.js"

/** A subscription with the plans that it has or may have by now. */
interface ThresholdOwners {
  readonly subscription_id: string
  readonly plan_ids: ReadonlyArray<string>
}

/** Thresholds in force of some subscriptions and plans, by amount, and which of them these subscriptions have crossed. */
export interface Thresholds {
  readonly thresholds: ReadonlyArray<UsageThreshold>
  readonly crossed: ReadonlyArray<Pick<AppliedUsageThreshold, "usage_threshold_id" | "subscription_id" | "period_first_day">>
}

interface ThresholdFilter {
  readonly plan_id?: string | undefined
  readonly subscription_id?: string | undefined
}

interface CrossingFilter {
  readonly subscription_id?: string | undefined
  readonly usage_threshold_id?: string | undefined
}

export interface UsageThresholdStoreShape {
  /** Fails with `StorageError` (`unique`) where the owner has one of this amount and kind. */
  readonly insert: (threshold: UsageThreshold) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<UsageThreshold | undefined, StorageError, CurrentOrganization>
  /** Deletes it where no subscription ever crossed it, else retires it; false where it is not there, or retired already. */
  readonly remove: (id: string, now: DateTime.Utc) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  readonly page: (
    filter: ThresholdFilter,
    request: PageRequest
  ) => Effect.Effect<PageRows<UsageThreshold>, StorageError, CurrentOrganization>
  readonly pageCrossings: (
    filter: CrossingFilter,
    request: PageRequest
  ) => Effect.Effect<PageRows<AppliedUsageThreshold>, StorageError, CurrentOrganization>
  /** The running subscriptions that arrivals may concern and that have a threshold yet to be crossed: their ids. */
  readonly concerned: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** The thresholds are kept from being deleted until the transaction ends. */
  readonly inForce: (owners: ReadonlyArray<ThresholdOwners>) => Effect.Effect<Thresholds, StorageError, CurrentOrganization>
  /**
   * Minor units of usage fees that were invoiced for windows which began before an instant, of each subscription: what stands
   * of them, without minimums and charges in advance, less what was given back because it was not used.
   */
  readonly invoicedUsage: (
    before: ReadonlyArray<{ readonly subscription_id: string; readonly before: DateTime.Utc }>
  ) => Effect.Effect<ReadonlyMap<string, bigint>, StorageError, CurrentOrganization>
  /** Fails with `StorageError` (`unique`) where one was crossed already. */
  readonly recordCrossings: (crossings: ReadonlyArray<AppliedUsageThreshold>) => Effect.Effect<void, StorageError>
}

export class UsageThresholdStore extends Context.Tag("billwright/UsageThresholdStore")<UsageThresholdStore, UsageThresholdStoreShape>() {}
