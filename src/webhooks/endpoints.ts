/** The service of webhook endpoints, and of the keys that sign what is delivered to them. */
import { Context, DateTime, Effect, Layer } from "effect"
import { OrganizationNotFound } from "../accounts/index.js"
import {
  type AdapterMissing,
  byId,
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  named,
  type Page,
  pageOf,
  pageRequest,
  Secrets,
  type SecretUnreadable,
  type StorageError,
  Transactor
} from "../core/index.js"
import {
  CreateEndpoint,
  type CreateEndpointInput,
  ListEndpoints,
  type ListEndpointsInput,
  MOST_ENDPOINTS,
  type SignatureAlgorithm,
  UpdateEndpoint,
  type UpdateEndpointInput,
  type WebhookEndpoint,
  WebhookEndpointId
} from "./endpoint.js"
import { EndpointLimitReached, type UrlTaken, WebhookEndpointNotFound } from "./errors.js"
import { resealed, type StoredKeys, withNewHmacKey, withNewPair } from "./keys.js"
import { publicKeyText, secretText } from "./signing.js"
import { type EndpointStatistics, statisticsOf } from "./statistics.js"
import { SigningKeyStore, WebhookEndpointStore, WebhookStore } from "./store.js"
import { required, Transport } from "./transport.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** An endpoint that was made. */
export interface CreatedEndpoint {
  readonly endpoint: WebhookEndpoint
  /** The organization's HMAC key (`whsec_…`) where it was made with it, told this once; else null. */
  readonly hmac_key: string | null
}

/** The public keys of an organization (`whpk_…`): the current one, and until when which other one signs too. */
export interface PublicKeys {
  readonly public_key: string | null
  readonly previous_public_key: string | null
  readonly previous_until: DateTime.Utc | null
}

export interface WebhookEndpointsShape {
  /**
   * Makes an endpoint; with the organization's first one of its algorithm, its signing key too.
   *
   * Fails with `InvalidInput` (not https, or an address in a private network), `UrlTaken`, `EndpointLimitReached` above 10,
   * `AdapterMissing` where the host has set up no webhooks or no keys for secrets.
   */
  readonly create: (
    input: CreateEndpointInput
  ) => Call<CreatedEndpoint, InvalidInput | UrlTaken | EndpointLimitReached | AdapterMissing | OrganizationNotFound>
  /** Fails with `WebhookEndpointNotFound`. */
  readonly get: (id: string) => Call<WebhookEndpoint, WebhookEndpointNotFound>
  readonly list: (input?: ListEndpointsInput) => Call<Page<WebhookEndpoint>, InvalidInput>
  /** What is left out stays; one that is made active again begins anew. An inactive one gets nothing new, and what waits for it fails. */
  readonly update: (
    id: string,
    input: UpdateEndpointInput
  ) => Call<WebhookEndpoint, InvalidInput | WebhookEndpointNotFound | UrlTaken | AdapterMissing | OrganizationNotFound>
  /** Deletes it with its webhooks and their attempts. Fails with `WebhookEndpointNotFound`. */
  readonly delete: (id: string) => Call<void, WebhookEndpointNotFound>
  /** How deliveries to it went. Fails with `WebhookEndpointNotFound`. */
  readonly statistics: (id: string) => Call<EndpointStatistics, WebhookEndpointNotFound>
  /**
   * Makes a new HMAC key and tells it (`whsec_…`), this once. For 24 hours deliveries are signed with the old one too.
   *
   * @see decisions O4, O8
   */
  readonly rotateHmacKey: () => Call<{ readonly hmac_key: string }, AdapterMissing | OrganizationNotFound>
  /** Makes a new Ed25519 pair; for 24 hours deliveries are signed with the old one too. */
  readonly rotateEd25519Key: () => Call<PublicKeys, AdapterMissing | OrganizationNotFound>
  /** What verifies deliveries to endpoints with `ed25519`. */
  readonly publicKeys: () => Call<PublicKeys, OrganizationNotFound>
  /** Seals the organization's keys anew where they are under an old key of the host; answers whether any was. */
  readonly resealKeys: () => Call<boolean, AdapterMissing | SecretUnreadable | OrganizationNotFound>
}

const decodeCreate = decodeInput(CreateEndpoint)
const decodeUpdate = decodeInput(UpdateEndpoint)
const decodeList = decodeInput(ListEndpoints)

const publicKeysOf = (keys: StoredKeys): PublicKeys => ({
  public_key: keys.ed25519_public_key,
  previous_public_key: keys.previous_ed25519_public_key,
  previous_until: keys.previous_ed25519_key_until
})

export class WebhookEndpoints extends Context.Tag("billwright/WebhookEndpoints")<WebhookEndpoints, WebhookEndpointsShape>() {
  static readonly layer: Layer.Layer<WebhookEndpoints, never, WebhookEndpointStore | WebhookStore | SigningKeyStore | Transactor | Ids> =
    Layer.effect(
      WebhookEndpoints,
      Effect.gen(function* () {
        const store = yield* WebhookEndpointStore
        const webhooks = yield* WebhookStore
        const signingKeys = yield* SigningKeyStore
        const { transaction } = yield* Transactor
        const ids = yield* Ids
        const box = yield* Secrets
        const transport = required(yield* Transport)

        const by = byId((id) => new WebhookEndpointNotFound({ id }))
        const find = by(store.find)

        const orMissing = (read: Call<StoredKeys | undefined>): Call<StoredKeys, OrganizationNotFound> =>
          Effect.flatMap(read, (keys) =>
            keys === undefined ? Effect.flatMap(CurrentOrganization, (id) => new OrganizationNotFound({ id })) : Effect.succeed(keys)
          )
        const lockKeys = orMissing(signingKeys.lock)

        const allowed = Effect.fnUntraced(function* (url: string) {
          const reason = (yield* transport).refusal(url)
          if (reason !== null) return yield* new InvalidInput({ field: "url", reason })
        })

        const newHmacKey = Effect.fnUntraced(function* (keys: StoredKeys, now: DateTime.Utc) {
          const made = yield* withNewHmacKey(keys, yield* transport, box, now)
          yield* signingKeys.save(made.keys, now)
          return secretText(made.secret)
        })

        const newPair = Effect.fnUntraced(function* (keys: StoredKeys, now: DateTime.Utc) {
          const made = yield* withNewPair(keys, yield* transport, box, publicKeyText, now)
          yield* signingKeys.save(made, now)
          return made
        })

        /** Makes the key of an algorithm where the organization has none; an HMAC key is told. */
        const requireKey = Effect.fnUntraced(function* (algorithm: SignatureAlgorithm, now: DateTime.Utc) {
          const keys = yield* lockKeys
          if (algorithm === "hmac") return keys.hmac_key === null ? yield* newHmacKey(keys, now) : null
          if (keys.ed25519_private_key === null) yield* newPair(keys, now)
          return null
        })

        return WebhookEndpoints.of({
          create: Effect.fn("WebhookEndpoints.create")(function* (input) {
            const given = yield* decodeCreate(input)
            yield* allowed(given.url)
            const now = yield* DateTime.now
            const endpoint: WebhookEndpoint = {
              ...given,
              id: WebhookEndpointId.make(yield* ids.next),
              organization_id: yield* CurrentOrganization,
              inactive_reason: null,
              failing_since: null,
              answering_since: null,
              created_at: now,
              updated_at: now
            }
            return yield* transaction(
              Effect.gen(function* () {
                const hmac_key = yield* requireKey(endpoint.signature_algo, now)
                if ((yield* store.countLocked) >= MOST_ENDPOINTS) return yield* new EndpointLimitReached({ limit: MOST_ENDPOINTS })
                yield* store.insert(endpoint)
                return { endpoint, hmac_key }
              })
            )
          }),

          get: Effect.fn("WebhookEndpoints.get")(find),

          list: Effect.fn("WebhookEndpoints.list")(function* (input = {}) {
            const given = yield* decodeList(input)
            const request = yield* pageRequest(given, ["created_at", "url"])
            return pageOf(request, yield* store.page(given, request))
          }),

          update: Effect.fn("WebhookEndpoints.update")(function* (id, input) {
            const given = yield* decodeUpdate(input)
            if (given.url !== undefined) yield* allowed(given.url)
            const now = yield* DateTime.now
            return yield* transaction(
              Effect.gen(function* () {
                const before = yield* by(store.lock)(id)
                if (given.signature_algo !== undefined) yield* requireKey(given.signature_algo, now)
                const anew = given.status === "active" || (given.url !== undefined && given.url !== before.url)
                const after: WebhookEndpoint = {
                  ...before,
                  ...named(given),
                  ...(anew ? { failing_since: null, answering_since: null } : {}),
                  ...(given.status === undefined ? {} : { inactive_reason: null }),
                  updated_at: now
                }
                yield* store.save(after)
                return after
              })
            )
          }),

          delete: Effect.fn("WebhookEndpoints.delete")((id) => transaction(Effect.zipRight(by(store.lock)(id), store.remove(id)))),

          statistics: Effect.fn("WebhookEndpoints.statistics")(function* (id) {
            yield* find(id)
            return statisticsOf(yield* webhooks.counts([id]))
          }),

          rotateHmacKey: Effect.fn("WebhookEndpoints.rotateHmacKey")(function* () {
            const now = yield* DateTime.now
            return yield* transaction(
              Effect.map(
                Effect.flatMap(lockKeys, (keys) => newHmacKey(keys, now)),
                (hmac_key) => ({ hmac_key })
              )
            )
          }),

          rotateEd25519Key: Effect.fn("WebhookEndpoints.rotateEd25519Key")(function* () {
            const now = yield* DateTime.now
            return publicKeysOf(yield* transaction(Effect.flatMap(lockKeys, (keys) => newPair(keys, now))))
          }),

          publicKeys: Effect.fn("WebhookEndpoints.publicKeys")(() =>
            Effect.map(
              orMissing(
                Effect.flatMap(CurrentOrganization, (id) => Effect.map(signingKeys.load([id]), (found): StoredKeys | undefined => found[0]))
              ),
              publicKeysOf
            )
          ),

          resealKeys: Effect.fn("WebhookEndpoints.resealKeys")(function* () {
            const now = yield* DateTime.now
            return yield* transaction(
              Effect.gen(function* () {
                const keys = yield* lockKeys
                const after = yield* resealed(keys, box)
                if (after === keys) return false
                yield* signingKeys.save(after, now)
                return true
              })
            )
          })
        })
      })
    )
}
