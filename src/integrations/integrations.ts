/** The service of integrations: connections to outside systems, tested, with what was brought into step. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomerNotFound } from "../accounts/index.js"
import { SubscriptionNotFound } from "../catalog/index.js"
import {
  type AdapterMissing,
  byId,
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  type JsonObject,
  type Page,
  pageOf,
  pageRequest,
  Secrets,
  type SecretUnreadable,
  type SignatureInvalid,
  type StorageError,
  Transactor
} from "../core/index.js"
import { CreditNoteNotFound } from "../credits/index.js"
import { InvoiceNotFound } from "../invoicing/index.js"
import {
  PaymentChargeStore,
  PaymentNotFound,
  type ProviderFailed,
  type ProviderName,
  type ProviderUnsupported,
  ProviderWebhooks
} from "../payments/index.js"
import { adapterMissing, called, connectionOf, connectorFor } from "./calling.js"
import { type ConnectorAnswer, type ConnectorEvent, type ConnectorRequest, Connectors } from "./connector.js"
import { IntegrationNotFound, type ProviderTaken } from "./errors.js"
import { closed, errorDetails, opened } from "./history.js"
import {
  CreateIntegration,
  type CreateIntegrationInput,
  type Integration,
  IntegrationId,
  type IntegrationMapping,
  type IntegrationSync,
  ListIntegrations,
  type ListIntegrationsInput,
  ListMappings,
  type ListMappingsInput,
  ListSyncHistory,
  type ListSyncHistoryInput,
  ResourceType,
  UpdateIntegration,
  type UpdateIntegrationInput
} from "./integration.js"
import { providerTable } from "./providers.js"
import { maskedSettings, resealedSettings, sealedSettings } from "./settings.js"
import { IntegrationStore, type KeptIntegration, TwinStore } from "./store.js"
import { followedBy, type QueuedSync, type Resource, SyncQueueStore } from "./syncs/queue.js"
import { SyncRows } from "./syncs/rows.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** What a test came to, and the integration as it left it. */
export interface IntegrationTest {
  readonly integration: Integration
  readonly answer: ConnectorAnswer
}

/** What a webhook of a system said. */
export interface IntegrationReceipt {
  readonly success: boolean
  readonly error: string | null
  /** What its sender wants to read, with status 200. */
  readonly answer: string
  readonly events: ReadonlyArray<ConnectorEvent>
}

type MissingRow = CustomerNotFound | SubscriptionNotFound | InvoiceNotFound | PaymentNotFound | CreditNoteNotFound

const Sync = Schema.Struct({ resource_type: ResourceType, resource_id: Schema.String })
export type SyncInput = typeof Sync.Encoded
const decodeSync = decodeInput(Sync)

const missingRow = ({ resource_id: id, resource_type }: Resource): MissingRow => {
  switch (resource_type) {
    case "customer":
      return new CustomerNotFound({ id })
    case "subscription":
      return new SubscriptionNotFound({ id })
    case "invoice":
      return new InvoiceNotFound({ id })
    case "payment":
      return new PaymentNotFound({ id })
    case "credit_note":
      return new CreditNoteNotFound({ id })
  }
}

export interface IntegrationsShape {
  /**
   * Connects a system; credentials among the settings are sealed, and answered as `••••` with their last 4 characters.
   *
   * Fails with `InvalidInput` (a type that is not the provider's), `ProviderTaken`, `AdapterMissing` where there is a credential and the host
   * gave no key for secrets.
   *
   * @see decisions O8
   */
  readonly create: (input: CreateIntegrationInput) => Call<Integration, InvalidInput | ProviderTaken | AdapterMissing>
  /** Fails with `IntegrationNotFound`. */
  readonly get: (id: string) => Call<Integration, IntegrationNotFound>
  /** By type, provider and status, newest first. Fails with `InvalidInput`. */
  readonly list: (input?: ListIntegrationsInput) => Call<Page<Integration>, InvalidInput>
  /**
   * What is left out stays; settings are replaced as a whole, and a credential whose mask is sent back stays.
   *
   * Fails with `InvalidInput`, `IntegrationNotFound`, `AdapterMissing`.
   */
  readonly update: (id: string, input: UpdateIntegrationInput) => Call<Integration, InvalidInput | IntegrationNotFound | AdapterMissing>
  /**
   * Deletes it with its links, mappings and history. Fails with `IntegrationNotFound`, `InvalidTransition` while a charge on a payment
   * provider's account has no outcome: nobody else could say whether it was made.
   */
  readonly delete: (id: string) => Call<void, IntegrationNotFound | InvalidTransition>
  /**
   * Asks the system whether it takes the settings: success makes the integration active, failure makes it one in error, with details; an
   * inactive one stays inactive. Not inside a transaction.
   *
   * Fails with `IntegrationNotFound`, `AdapterMissing` where the host registered no connector, `SecretUnreadable`.
   */
  readonly test: (id: string) => Call<IntegrationTest, IntegrationNotFound | AdapterMissing | SecretUnreadable>
  /**
   * Takes a webhook of the system: verified over its raw body, what it says goes into the history. That of a payment provider is booked
   * as `providerWebhooks.receive` books it, by the integration's own secret, an inactive one's too: money that came in has come in.
   *
   * Fails with `SignatureInvalid` before anything is read, `IntegrationNotFound`, `AdapterMissing`, `ProviderUnsupported` of a system without
   * webhooks, `ProviderFailed` where a payment provider has to be asked and does not answer: it sends the webhook again. `SecretUnreadable`.
   */
  readonly receive: (
    id: string,
    request: ConnectorRequest
  ) => Call<
    IntegrationReceipt,
    SignatureInvalid | IntegrationNotFound | AdapterMissing | ProviderUnsupported | ProviderFailed | SecretUnreadable
  >
  /**
   * Queues a sync of a row by hand: it is brought over with the next run of `syncDue`, whether it changed or not.
   *
   * Fails with `InvalidInput` (its system keeps no such rows), `IntegrationNotFound`, `InvalidTransition` where it is inactive, and the missing
   * row's own error; a draft, and a payment that has not come in, are missing.
   */
  readonly sync: (id: string, input: SyncInput) => Call<QueuedSync, InvalidInput | IntegrationNotFound | InvalidTransition | MissingRow>
  /** The twins that syncs made, by type, newest first. Fails with `InvalidInput`, `IntegrationNotFound`. */
  readonly mappings: (id: string, input?: ListMappingsInput) => Call<Page<IntegrationMapping>, InvalidInput | IntegrationNotFound>
  /** What was done, by status and resource type, newest first. Fails with `InvalidInput`, `IntegrationNotFound`. */
  readonly syncHistory: (id: string, input?: ListSyncHistoryInput) => Call<Page<IntegrationSync>, InvalidInput | IntegrationNotFound>
  /** Seals credentials anew where they are under an old key of the host; answers how many integrations had any. */
  readonly resealCredentials: () => Call<number, AdapterMissing | SecretUnreadable>
}

const decodeCreate = decodeInput(CreateIntegration)
const decodeUpdate = decodeInput(UpdateIntegration)
const decodeList = decodeInput(ListIntegrations)
const decodeMappings = decodeInput(ListMappings)
const decodeHistory = decodeInput(ListSyncHistory)

/** A malformed id names nothing. */
const NONE = { rows: [], total: 0 }

const shown = (kept: KeptIntegration): Integration => ({ ...kept, settings: maskedSettings(kept.settings) })

const answerOf = (details: JsonObject): ConnectorAnswer => ({ success: true, external_id: null, external_data: {}, error: null, details })

/** What an answer to a test makes of an integration. */
const tested = (before: KeptIntegration, answer: ConnectorAnswer, now: DateTime.Utc): KeptIntegration => ({
  ...before,
  status: before.status === "inactive" ? "inactive" : answer.success ? "active" : "error",
  error_details: answer.success ? null : errorDetails(answer),
  updated_at: now
})

export class Integrations extends Context.Tag("billwright/Integrations")<Integrations, IntegrationsShape>() {
  static readonly layer: Layer.Layer<
    Integrations,
    never,
    IntegrationStore | TwinStore | SyncQueueStore | SyncRows | ProviderWebhooks | PaymentChargeStore | Transactor | Ids
  > = Layer.effect(
    Integrations,
    Effect.gen(function* () {
      const store = yield* IntegrationStore
      const twins = yield* TwinStore
      const queue = yield* SyncQueueStore
      const rows = yield* SyncRows
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const box = yield* Secrets
      const connectors = yield* Connectors
      const payments = yield* ProviderWebhooks
      const charges = yield* PaymentChargeStore

      const by = byId((id) => new IntegrationNotFound({ id }))
      const find = by(store.find)
      const lock = by(store.lock)

      const test = Effect.fn("Integrations.test")(function* (id: string) {
        const integration = yield* find(id)
        const connector = yield* connectorFor(connectors, integration)
        const connection = yield* connectionOf(integration, box)
        const opening = { id: yield* ids.next, action: "test", resource_type: "integration", resource_id: integration.id } as const
        const row = opened(integration, opening, yield* DateTime.now)
        yield* transaction(Effect.zipRight(lock(id), twins.openHistory([row])))
        const answer = yield* called(integration, connection, connector.test(connection))
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const after = tested(yield* lock(id), answer, now)
            yield* twins.closeHistory([closed(row, answer, now)])
            yield* store.save(after)
            if (after.status === "active") yield* queue.revive(id, now)
            return { integration: shown(after), answer }
          })
        )
      })

      /** Booked by payments; what was new of it is in the history. */
      const receivePayment = Effect.fnUntraced(function* (integration: KeptIntegration, { body, headers }: ConnectorRequest) {
        const { answer, events } = yield* payments
          .receive({ provider: integration.provider_type, headers, body })
          .pipe(Effect.catchTag("ProviderNotConfigured", () => adapterMissing(integration)))
        const said = events.filter(({ result }) => result !== "repeated")
        const now = yield* DateTime.now
        const fresh = yield* ids.many(said.length)
        const rows = said.map(({ name: event, provider_event_id: event_id, result }, index) => {
          const opening = { id: fresh[index]!, action: "webhook", resource_type: "integration", resource_id: integration.id } as const
          return closed(opened(integration, opening, now), answerOf({ event_id, event, result }), now)
        })
        // Deleted meanwhile, it has no history.
        yield* transaction(Effect.flatMap(store.lock(integration.id), (row) => (row === undefined ? Effect.void : twins.openHistory(rows))))
        const heard = events.map(
          ({ name, provider_event_id: event_id, result }): ConnectorEvent => ({
            id: event_id,
            name,
            resource_type: null,
            external_id: null,
            external_data: { result }
          })
        )
        return { success: true, error: null, answer, events: heard }
      })

      const receive = Effect.fn("Integrations.receive")(function* (id: string, request: ConnectorRequest) {
        const integration = yield* find(id)
        const connector = yield* connectorFor(connectors, integration)
        if (connector.type === "payment_provider") return yield* receivePayment(integration, request)
        const connection = yield* connectionOf(integration, box)
        const received = yield* called(integration, connection, connector.receive(connection, request))
        const events = "events" in received ? received.events : []
        const now = yield* DateTime.now
        const fresh = yield* ids.many(Math.max(1, events.length))
        yield* transaction(
          Effect.gen(function* () {
            yield* lock(id)
            const about = yield* twins.mappingsOf(
              id,
              events.flatMap(({ external_id }) => external_id ?? [])
            )
            const rowOf = (event: ConnectorEvent | undefined, index: number) => {
              const mapping = about.find(
                ({ external_id, mappable_type }) => external_id === event?.external_id && mappable_type === event?.resource_type
              )
              const opening = {
                id: fresh[index]!,
                action: "webhook",
                resource_type: mapping?.mappable_type ?? "integration",
                resource_id: mapping?.mappable_id ?? integration.id
              } as const
              const details = event === undefined ? received.details : { event_id: event.id, event: event.name, ...event.external_data }
              const answer = { ...received, external_id: event?.external_id ?? null, details }
              return closed(opened(integration, opening, now), answer as ConnectorAnswer, now)
            }
            yield* twins.openHistory(events.length === 0 ? [rowOf(undefined, 0)] : events.map(rowOf))
          })
        )
        return { success: received.success, error: received.error, answer: "", events }
      })

      return Integrations.of({
        create: Effect.fn("Integrations.create")(function* (input) {
          const { settings, ...given } = yield* decodeCreate(input)
          const expected = providerTable[given.provider_type].type
          if (given.integration_type !== expected)
            return yield* new InvalidInput({ field: "integration_type", reason: `expected ${expected} for ${given.provider_type}` })
          const now = yield* DateTime.now
          const of = { ...given, id: IntegrationId.make(yield* ids.next), organization_id: yield* CurrentOrganization }
          const kept: KeptIntegration = {
            ...of,
            settings: yield* sealedSettings(of, settings, {}, box),
            last_sync_at: null,
            error_details: null,
            created_at: now,
            updated_at: now
          }
          yield* transaction(store.insert(kept))
          return shown(kept)
        }),

        get: Effect.fn("Integrations.get")((id) => Effect.map(find(id), shown)),

        list: Effect.fn("Integrations.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "provider_type"])
          const { rows, total } = yield* store.page(given, request)
          return pageOf(request, { rows: rows.map(shown), total })
        }),

        update: Effect.fn("Integrations.update")(function* (id, input) {
          const { settings, status } = yield* decodeUpdate(input)
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* lock(id)
              const after: KeptIntegration = {
                ...before,
                ...(settings === undefined ? {} : { settings: yield* sealedSettings(before, settings, before.settings, box) }),
                ...(status === undefined ? {} : { status, error_details: null }),
                updated_at: now
              }
              yield* store.save(after)
              if (status === "active" && before.status !== "active") yield* queue.revive(id, now)
              return shown(after)
            })
          )
        }),

        delete: Effect.fn("Integrations.delete")((id) =>
          transaction(
            Effect.gen(function* () {
              const { integration_type, provider_type } = yield* lock(id)
              if (integration_type === "payment_provider" && (yield* charges.isUnderWay(provider_type as ProviderName)))
                return yield* new InvalidTransition({ entity: "integration", id, from: "charging", action: "be deleted" })
              yield* store.remove(id)
            })
          )
        ),

        test,
        receive,

        sync: Effect.fn("Integrations.sync")(function* (id, input) {
          const resource = yield* decodeSync(input)
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const integration = yield* lock(id)
              if (!followedBy[resource.resource_type].includes(integration.integration_type))
                return yield* new InvalidInput({ field: "resource_type", reason: `${integration.provider_type} keeps none` })
              if (integration.status === "inactive")
                return yield* new InvalidTransition({ entity: "integration", id, from: "inactive", action: "sync" })
              const found = isUuid(resource.resource_id) ? yield* rows.load([resource]) : new Map()
              if (found.size === 0) return yield* missingRow(resource)
              yield* queue.demand(id, [resource], true, now)
              return (yield* queue.find(id, resource))!
            })
          )
        }),

        mappings: Effect.fn("Integrations.mappings")(function* (id, input = {}) {
          const given = yield* decodeMappings(input)
          const request = yield* pageRequest(given, ["created_at", "external_id"])
          yield* find(id)
          const known = given.mappable_id === undefined || isUuid(given.mappable_id)
          return pageOf(request, known ? yield* twins.pageMappings({ ...given, integration_id: id }, request) : NONE)
        }),

        syncHistory: Effect.fn("Integrations.syncHistory")(function* (id, input = {}) {
          const given = yield* decodeHistory(input)
          const request = yield* pageRequest(given, ["created_at"])
          yield* find(id)
          const known = given.resource_id === undefined || isUuid(given.resource_id)
          return pageOf(request, known ? yield* twins.pageHistory({ ...given, integration_id: id }, request) : NONE)
        }),

        resealCredentials: Effect.fn("Integrations.resealCredentials")(function* () {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              let resealed = 0
              for (const before of yield* store.lockAll) {
                const settings = yield* resealedSettings(before, before.settings, box)
                if (settings === before.settings) continue
                yield* store.save({ ...before, settings, updated_at: now })
                resealed += 1
              }
              return resealed
            })
          )
        })
      })
    })
  )
}
