/** The ports to where integrations, their links, mappings and history are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, JsonObject, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { ConnectorFailure } from "./connector.js"
import type { AlreadyLinked, ProviderTaken } from "./errors.js"
import type {
  Integration,
  IntegrationCustomer,
  IntegrationMapping,
  IntegrationStatus,
  IntegrationSync,
  SyncAction,
  SyncStatus
} from "./integration.js"
import type { IntegrationType, ProviderType } from "./providers.js"

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

/** As it is kept: credentials in `settings` are sealed. */
export interface KeptIntegration extends Omit<Integration, "settings"> {
  readonly settings: JsonObject
}

interface IntegrationFilter {
  readonly integration_type?: IntegrationType | undefined
  readonly provider_type?: ProviderType | undefined
  readonly status?: IntegrationStatus | undefined
}

export interface IntegrationStoreShape {
  readonly insert: (integration: KeptIntegration) => Effect.Effect<void, StorageError | ProviderTaken>
  readonly save: (integration: KeptIntegration) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Read<KeptIntegration | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Read<KeptIntegration | undefined>
  /** All of the organization with their locks, by id; only in a transaction. */
  readonly lockAll: Read<ReadonlyArray<KeptIntegration>>
  /** Deletes it with its links, mappings and history. */
  readonly remove: (id: string) => Read<void>
  readonly page: (filter: IntegrationFilter, request: PageRequest) => Read<PageRows<KeptIntegration>>
  /** The tax integration that gives the rates: the oldest that is active, else one in error, which is none the less in charge; not an inactive one. */
  readonly taxing: Read<KeptIntegration | undefined>
  /** Those of a type, whatever their status. */
  readonly ofType: (integration_type: IntegrationType) => Read<ReadonlyArray<KeptIntegration>>
}

export class IntegrationStore extends Context.Tag("billwright/IntegrationStore")<IntegrationStore, IntegrationStoreShape>() {}

interface LinkFilter {
  readonly integration_id?: string | undefined
  readonly customer_id?: string | undefined
}

interface MappingFilter {
  readonly integration_id: string
  readonly mappable_type?: string | undefined
  readonly mappable_id?: string | undefined
  readonly external_id?: string | undefined
}

interface HistoryFilter {
  readonly integration_id: string
  readonly status?: SyncStatus | undefined
  readonly action?: SyncAction | undefined
  readonly resource_type?: string | undefined
  readonly resource_id?: string | undefined
}

export interface TwinStoreShape {
  readonly insertLink: (link: IntegrationCustomer) => Effect.Effect<void, StorageError | AlreadyLinked>
  readonly saveLink: (link: IntegrationCustomer) => Effect.Effect<void, StorageError>
  readonly findLink: (id: string) => Read<IntegrationCustomer | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lockLink: (id: string) => Read<IntegrationCustomer | undefined>
  readonly removeLink: (id: string) => Read<void>
  readonly pageLinks: (filter: LinkFilter, request: PageRequest) => Read<PageRows<IntegrationCustomer>>
  /** The links of customers in an integration. */
  readonly linksOf: (integration_id: string, customer_ids: ReadonlyArray<string>) => Read<ReadonlyArray<IntegrationCustomer>>
  readonly pageMappings: (filter: MappingFilter, request: PageRequest) => Read<PageRows<IntegrationMapping>>
  /** Mappings by what they stand for in the system. */
  readonly mappingsOf: (integration_id: string, external_ids: ReadonlyArray<string>) => Read<ReadonlyArray<IntegrationMapping>>
  readonly pageHistory: (filter: HistoryFilter, request: PageRequest) => Read<PageRows<IntegrationSync>>
  readonly openHistory: (rows: ReadonlyArray<IntegrationSync>) => Effect.Effect<void, StorageError>
  /** Closes rows that are open still; what was closed before stays. */
  readonly closeHistory: (rows: ReadonlyArray<IntegrationSync>) => Effect.Effect<void, StorageError>
  /** Closes as failed what is open since before an instant and nobody is at, of all organizations. */
  readonly closeForgotten: (before: DateTime.Utc, failure: ConnectorFailure, now: DateTime.Utc) => Effect.Effect<void, StorageError>
}

export class TwinStore extends Context.Tag("billwright/TwinStore")<TwinStore, TwinStoreShape>() {}
