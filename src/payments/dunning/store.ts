/** The port to where campaigns are kept, and to what is overdue. */
import { Context, type DateTime, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { RequestStatus } from "../requests/request.js"
import type { DunningCampaign } from "./campaign.js"

/** How many requests of a status, and what they asked for last, per currency. */
export interface RequestSums {
  readonly payment_status: RequestStatus
  readonly currency: string
  readonly requests: number
  readonly amount_cents: bigint
}

export interface DunningCampaignStoreShape {
  readonly insert: (campaign: DunningCampaign) => Effect.Effect<void, StorageError | CodeTaken>
  /** Writes the row again, its thresholds anew. */
  readonly save: (campaign: DunningCampaign) => Effect.Effect<void, StorageError | CodeTaken, CurrentOrganization>
  readonly find: (id: string) => Effect.Effect<DunningCampaign | undefined, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Effect.Effect<DunningCampaign | undefined, StorageError, CurrentOrganization>
  /** All campaigns, oldest first: there are few. */
  readonly all: Effect.Effect<ReadonlyArray<DunningCampaign>, StorageError, CurrentOrganization>
  /** Deletes it with its thresholds. */
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly status?: DunningCampaign["status"] | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<DunningCampaign>, StorageError, CurrentOrganization>
  /** Customers with an id above `after` that have an invoice due before `now` which was in no request yet, ascending. */
  readonly customersInArrears: (
    now: DateTime.Utc,
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** Ids of final invoices of these customers that were due before `now`; without those that were in a request, if so asked. */
  readonly invoicesInArrears: (
    customer_ids: ReadonlyArray<string>,
    now: DateTime.Utc,
    requested: "never" | "at all"
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** Requests by status and currency: of a campaign, or of all campaigns. */
  readonly sums: (campaign_id: string | null) => Effect.Effect<ReadonlyArray<RequestSums>, StorageError, CurrentOrganization>
}

export class DunningCampaignStore extends Context.Tag("billwright/DunningCampaignStore")<
  DunningCampaignStore,
  DunningCampaignStoreShape
>() {}
