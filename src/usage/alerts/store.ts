/** The port to where usage alerts and their firings are kept. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { UsageAlert, UsageAlertTrigger } from "./alert.js"

/** Something that arrived: events of a code that name a subscription, or a customer of whose subscriptions one has them. */
export interface ArrivedCode {
  readonly external_customer_id: string
  readonly external_subscription_id: string | null
  readonly code: string
}

interface AlertFilter {
  readonly subscription_id?: string | undefined
  readonly billable_metric_id?: string | undefined
}

export interface UsageAlertStoreShape {
  readonly insert: (alert: UsageAlert) => Effect.Effect<void, StorageError>
  /** Writes alerts that were locked again. */
  readonly save: (alerts: ReadonlyArray<UsageAlert>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<UsageAlert | undefined, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Effect.Effect<UsageAlert | undefined, StorageError, CurrentOrganization>
  /** Deletes it with its firings; answers whether it was there. */
  readonly remove: (id: string) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  /** The alerts that arrivals may concern, locked, ascending by id, in one statement. */
  readonly lockConcerned: (
    arrived: ReadonlyArray<ArrivedCode>
  ) => Effect.Effect<ReadonlyArray<UsageAlert>, StorageError, CurrentOrganization>
  readonly page: (filter: AlertFilter, request: PageRequest) => Effect.Effect<PageRows<UsageAlert>, StorageError, CurrentOrganization>
  readonly insertTriggers: (triggers: ReadonlyArray<UsageAlertTrigger>) => Effect.Effect<void, StorageError>
  readonly pageTriggers: (
    alert_id: string,
    request: PageRequest
  ) => Effect.Effect<PageRows<UsageAlertTrigger>, StorageError, CurrentOrganization>
}

export class UsageAlertStore extends Context.Tag("billwright/UsageAlertStore")<UsageAlertStore, UsageAlertStoreShape>() {}
