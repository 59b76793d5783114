/** The service of API keys: made, listed, revoked, rotated, and asked whose they are. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  Crypto,
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import {
  type ApiKey,
  ApiKeyId,
  bearerKey,
  CreateApiKey,
  type CreateApiKeyInput,
  type CreatedApiKey,
  isValidAt,
  ListApiKeys,
  type ListApiKeysInput,
  newApiKey
} from "./api-key.js"
import { ApiKeyNotFound, Unauthenticated } from "./errors.js"
import { ApiKeyStore } from "./store.js"

const decodeCreate = decodeInput(CreateApiKey)
const decodeList = decodeInput(ListApiKeys)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface ApiKeysShape {
  /** Answers the key's text, this once. Fails with `InvalidInput` (an expiry that is not to come). */
  readonly create: (input: CreateApiKeyInput) => Call<CreatedApiKey, InvalidInput>
  /** Sorted by `created_at` or `name`. Fails with `InvalidInput`. */
  readonly list: (input?: ListApiKeysInput) => Call<Page<ApiKey>, InvalidInput>
  /** Ends a key at once and for good. Fails with `ApiKeyNotFound`, `InvalidTransition` where it is revoked. */
  readonly revoke: (id: string) => Call<ApiKey, ApiKeyNotFound | InvalidTransition>
  /**
   * Revokes a key and makes another one of the same name and expiry, whose text it answers this once.
   *
   * Fails with `ApiKeyNotFound`, `InvalidTransition` where it is revoked or expired.
   */
  readonly rotate: (id: string) => Call<CreatedApiKey, ApiKeyNotFound | InvalidTransition>
  /**
   * The key that an `Authorization: Bearer …` header bears, and with it whose call it is. Stamps `last_used_at`, once a second at most.
   * It needs no current organization.
   *
   * Fails with `Unauthenticated`, alike for no header and a key that is unknown, revoked or expired.
   *
   * @see decisions O8
   */
  readonly authenticate: (authorization: string | null | undefined) => Effect.Effect<ApiKey, Unauthenticated | StorageError>
}

/** A key that was stamped so recently is not written again. */
const STAMPED_EVERY = "1 second"

export class ApiKeys extends Context.Tag("billwright/ApiKeys")<ApiKeys, ApiKeysShape>() {
  static readonly layer: Layer.Layer<ApiKeys, never, ApiKeyStore | Transactor | Ids> = Layer.effect(
    ApiKeys,
    Effect.gen(function* () {
      const store = yield* ApiKeyStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const lock = Effect.fnUntraced(function* (id: string) {
        return (isUuid(id) ? yield* store.lock(id) : undefined) ?? (yield* new ApiKeyNotFound({ id }))
      })

      const refuse = ({ id, status }: ApiKey, action: string) =>
        new InvalidTransition({ entity: "ApiKey", id, from: status === "revoked" ? status : "expired", action })

      const revoked = Effect.fnUntraced(function* (key: ApiKey, updated_at: DateTime.Utc) {
        const after: ApiKey = { ...key, status: "revoked", updated_at }
        yield* store.revoke(after)
        return after
      })

      const make = Effect.fnUntraced(function* (of: Pick<ApiKey, "organization_id" | "name" | "expires_at">, now: DateTime.Utc) {
        const { name, organization_id, expires_at } = of
        const { created, stored } = yield* newApiKey({ id: ApiKeyId.make(yield* ids.next), organization_id, name, expires_at }, now)
        yield* store.insert(stored)
        return created
      })

      return ApiKeys.of({
        create: Effect.fn("ApiKeys.create")(function* (input) {
          const { expires_at, name } = yield* decodeCreate(input)
          const now = yield* DateTime.now
          if (expires_at !== null && DateTime.lessThanOrEqualTo(expires_at, now)) {
            return yield* new InvalidInput({ field: "expires_at", reason: "must be in the future" })
          }
          const organization_id = yield* CurrentOrganization
          return yield* transaction(make({ organization_id, name, expires_at }, now))
        }),

        list: Effect.fn("ApiKeys.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "name"])
          return pageOf(request, yield* store.page(given, request))
        }),

        revoke: Effect.fn("ApiKeys.revoke")(function* (id) {
          return yield* transaction(
            Effect.gen(function* () {
              const key = yield* lock(id)
              return key.status === "revoked" ? yield* refuse(key, "revoke") : yield* revoked(key, yield* DateTime.now)
            })
          )
        }),

        rotate: Effect.fn("ApiKeys.rotate")(function* (id) {
          return yield* transaction(
            Effect.gen(function* () {
              const key = yield* lock(id)
              const now = yield* DateTime.now
              if (!isValidAt(key, now)) return yield* refuse(key, "rotate")
              yield* revoked(key, now)
              return yield* make(key, now)
            })
          )
        }),

        authenticate: Effect.fn("ApiKeys.authenticate")(function* (authorization) {
          const text = bearerKey(authorization)
          if (text === undefined) return yield* new Unauthenticated()
          const hash = yield* Effect.flatMap(Crypto, ({ sha256 }) => sha256(text))
          const key = yield* store.findByHash(hash)
          const now = yield* DateTime.now
          if (key === undefined || !isValidAt(key, now)) return yield* new Unauthenticated()
          if (key.last_used_at !== null && DateTime.lessThan(now, DateTime.addDuration(key.last_used_at, STAMPED_EVERY))) return key
          yield* store.stamp(key, now)
          return { ...key, last_used_at: now }
        })
      })
    })
  )
}
