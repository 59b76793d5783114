/** The ports to where endpoints, webhooks, attempts and signing keys are kept. Batch-shaped: a worker claims and books many at once. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { WebhookType } from "./catalogue.js"
import type { ClaimedWebhook, EndpointVerdict, Tried } from "./delivery-state.js"
import type { EndpointStatus, WebhookEndpoint } from "./endpoint.js"
import type { UrlTaken } from "./errors.js"
import type { StoredKeys } from "./keys.js"
import type { Webhook, WebhookAttempt, WebhookStatus } from "./webhook.js"

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface WebhookEndpointStoreShape {
  readonly insert: (endpoint: WebhookEndpoint) => Effect.Effect<void, StorageError | UrlTaken>
  readonly save: (endpoint: WebhookEndpoint) => Effect.Effect<void, StorageError | UrlTaken>
  readonly find: (id: string) => Read<WebhookEndpoint | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Read<WebhookEndpoint | undefined>
  /** Deletes it with its webhooks and their attempts. */
  readonly remove: (id: string) => Read<void>
  /** How many the organization has; its row is locked, so that nobody adds one meanwhile. */
  readonly countLocked: Read<number>
  readonly page: (filter: { readonly status?: EndpointStatus | undefined }, request: PageRequest) => Read<PageRows<WebhookEndpoint>>
}

export class WebhookEndpointStore extends Context.Tag("billwright/WebhookEndpointStore")<
  WebhookEndpointStore,
  WebhookEndpointStoreShape
>() {}

/** What a list of webhooks is narrowed to. */
interface WebhookFilter {
  readonly webhook_endpoint_id?: string | undefined
  readonly webhook_type?: WebhookType | undefined
  readonly status?: WebhookStatus | undefined
  readonly object_type?: string | undefined
  readonly object_id?: string | undefined
}

/** How many webhooks an endpoint has of a status. */
export interface StatusCount {
  readonly webhook_endpoint_id: string
  readonly status: WebhookStatus
  readonly webhooks: number
}

/** What a worker claims. */
interface ClaimTerms {
  readonly claim_id: string
  readonly now: DateTime.Utc
  /** Until when what is claimed is its own. */
  readonly until: DateTime.Utc
  /** What was claimed until an instant that is not after this one has nobody at it any more, though its lease is not over. */
  readonly abandoned: DateTime.Utc
  /** What was claimed until an instant before this one takes long: its endpoint gets no more until it has answered. */
  readonly patience: DateTime.Utc
  /** At most so many, of one endpoint at most `per_endpoint`; of endpoints that answered last, or of the others. */
  readonly limit: number
  readonly per_endpoint: number
  readonly answering: boolean
}

/** Who hears what happens in an organization. */
export interface Listeners {
  /** Its active endpoints. */
  readonly endpoints: ReadonlyArray<string>
  /** Whether outside systems follow its rows. */
  readonly followed: boolean
}

export interface WebhookStoreShape {
  /** Who hears what happens in an organization, with one statement. */
  readonly listeners: (organization_id: string) => Effect.Effect<Listeners, StorageError>
  /** Stores webhooks for those of their endpoints that are active still. */
  readonly enqueue: (webhooks: ReadonlyArray<Webhook>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Read<Webhook | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Read<Webhook | undefined>
  /** A failed one is to be tried once more, now. */
  readonly retry: (id: string, now: DateTime.Utc) => Read<void>
  readonly page: (filter: WebhookFilter, request: PageRequest) => Read<PageRows<Webhook>>
  readonly pageAttempts: (webhook_id: string, request: PageRequest) => Read<PageRows<WebhookAttempt>>
  readonly counts: (webhook_endpoint_ids: ReadonlyArray<string>) => Read<ReadonlyArray<StatusCount>>
  /**
   * Of every organization: claims due webhooks of active endpoints, the longest due first, none that somebody else holds. An
   * endpoint with `per_endpoint` of them under way gets no more.
   */
  readonly claim: (terms: ClaimTerms) => Effect.Effect<ReadonlyArray<ClaimedWebhook>, StorageError>
  /** Of every organization: due webhooks of inactive endpoints fail, at most `limit`; answers how many. */
  readonly skip: (now: DateTime.Utc, limit: number) => Effect.Effect<number, StorageError>
  /** Books tries that are still their worker's, with an attempt for each; answers the ids of those that were. */
  readonly book: (tries: ReadonlyArray<Tried & { readonly attempt_id: string }>) => Effect.Effect<ReadonlySet<string>, StorageError>
  readonly judge: (verdicts: ReadonlyArray<EndpointVerdict>, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  /** Of every organization: deletes what is over and was made before an instant, at most `limit`; answers how many. */
  readonly purge: (before: DateTime.Utc, limit: number) => Effect.Effect<number, StorageError>
}

export class WebhookStore extends Context.Tag("billwright/WebhookStore")<WebhookStore, WebhookStoreShape>() {}

export interface SigningKeyStoreShape {
  /** The keys of organizations, sealed. */
  readonly load: (organization_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<StoredKeys>, StorageError>
  /** The organization's, its row locked; undefined where there is no such organization. */
  readonly lock: Read<StoredKeys | undefined>
  readonly save: (keys: StoredKeys, now: DateTime.Utc) => Effect.Effect<void, StorageError>
}

export class SigningKeyStore extends Context.Tag("billwright/SigningKeyStore")<SigningKeyStore, SigningKeyStoreShape>() {}
