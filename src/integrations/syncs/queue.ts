/**
 * The queue of syncs: one row for each row here that a system has to follow, with the version that it has to reach. A change raises the version; so a
 * later change takes the place of an earlier one that has not been brought over yet, and a row is under way once at a time.
 */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, OrganizationId, StorageError } from "../../core/index.js"
import type { IntegrationId, IntegrationMapping, ResourceType } from "../integration.js"
import type { IntegrationType } from "../providers.js"

/** Which systems follow what. */
export const followedBy: Readonly<Record<ResourceType, ReadonlyArray<IntegrationType>>> = {
  customer: ["accounting", "crm"],
  subscription: ["crm"],
  invoice: ["accounting", "crm", "tax"],
  payment: ["accounting", "crm"],
  credit_note: ["accounting", "tax"]
}

export interface Resource {
  readonly resource_type: ResourceType
  readonly resource_id: string
}

/** Something that changed, for the systems of a type. */
export interface Change extends Resource {
  readonly organization_id: OrganizationId
  readonly integration_type: IntegrationType
}

/** What a worker claimed: its version cannot be claimed by anybody else until the lease is over. */
export interface ClaimedSync extends Resource {
  readonly organization_id: OrganizationId
  readonly integration_id: IntegrationId
  readonly version: number
  /** Tries of this version, this one included. */
  readonly attempts: number
  /** Asked for by hand. */
  readonly by_hand: boolean
  readonly claim_id: string
  /** The row of the history that a try left open which was cut off; else null. */
  readonly history_id: string | null
}

/** What became of a claimed sync. */
export interface BookedSync {
  readonly claimed: ClaimedSync
  /** `waits`: not tried, since something before it is under way elsewhere. */
  readonly outcome: "done" | "failed" | "waits"
  /** When it is tried again; null where it is not. */
  readonly next_attempt_at: DateTime.Utc | null
}

export interface QueuedSync extends Resource {
  readonly integration_id: string
  readonly version: number
  /** The last version that the system has; 0 where it has none. */
  readonly done_version: number
  readonly attempts: number
  /** When it is due; null where nothing is to be done, or it failed for good. */
  readonly next_attempt_at: DateTime.Utc | null
}

interface ClaimTerms {
  readonly claim_id: string
  readonly now: DateTime.Utc
  /** Until when what is claimed is the claimer's. */
  readonly until: DateTime.Utc
  readonly limit: number
}

type Write<A = void> = Effect.Effect<A, StorageError>

export interface SyncQueueStoreShape {
  /** Raises the version of what changed, in every integration of its type that is not inactive. */
  readonly enqueue: (changes: ReadonlyArray<Change>, now: DateTime.Utc) => Write
  /** The same in one integration: what others depend on, or somebody asked for. */
  readonly demand: (
    integration_id: string,
    resources: ReadonlyArray<Resource>,
    by_hand: boolean,
    now: DateTime.Utc
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly find: (integration_id: string, resource: Resource) => Effect.Effect<QueuedSync | undefined, StorageError, CurrentOrganization>
  /** Of every organization: claims what is due in active integrations, the longest due first, none that somebody else holds. */
  readonly claim: (terms: ClaimTerms) => Write<ReadonlyArray<ClaimedSync>>
  /** The same of these resources of one integration, due or not. */
  readonly claimThese: (
    integration_id: string,
    resources: ReadonlyArray<Resource>,
    terms: Omit<ClaimTerms, "limit">
  ) => Effect.Effect<ReadonlyArray<ClaimedSync>, StorageError, CurrentOrganization>
  /** Notes the rows of the history that are open for what was claimed. */
  readonly noteHistory: (claims: ReadonlyArray<ClaimedSync>) => Write
  /** Books what is still the claimer's; a row that changed meanwhile is due at once. Answers those that were. */
  readonly book: (booked: ReadonlyArray<BookedSync>, now: DateTime.Utc) => Write<ReadonlyArray<ClaimedSync>>
  /** What failed for good in an integration is due again. */
  readonly revive: (integration_id: string, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** The mappings of resources in an integration. */
  readonly twins: (
    integration_id: string,
    resources: ReadonlyArray<Resource>
  ) => Effect.Effect<ReadonlyArray<IntegrationMapping>, StorageError, CurrentOrganization>
  /** Writes what syncs found, over what was known. */
  readonly saveTwins: (mappings: ReadonlyArray<IntegrationMapping>) => Write
}

export class SyncQueueStore extends Context.Tag("billwright/SyncQueueStore")<SyncQueueStore, SyncQueueStoreShape>() {}
