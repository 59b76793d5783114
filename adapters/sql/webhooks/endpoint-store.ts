/** Webhook endpoints and signing keys in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { SigningKeyStore, type StoredKeys, UrlTaken, type WebhookEndpoint, WebhookEndpointStore } from "../../../src/webhooks/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { endpointsTable, signingKeysTable } from "./tables.js"

type Raw = Record<string, unknown>

const CHANGING = ["url", "signature_algo", "status", "inactive_reason", "failing_since", "answering_since", "updated_at"]

const endpointOf = decodeRow<WebhookEndpoint>(endpointsTable)

const taken = (url: string) => (error: StorageError) => (isTaken(error, "webhook_endpoints", "url") ? new UrlTaken({ url }) : error)

export const endpointStoreLayer: Layer.Layer<WebhookEndpointStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  WebhookEndpointStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `webhook_endpoints.${operation}`)
    const page = readPage(sql, dialect)

    const one = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(endpointsTable, "e")} FROM webhook_endpoints e
        WHERE e.organization_id = ${organization} AND e.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : endpointOf(found as Raw)
    })

    return WebhookEndpointStore.of({
      insert: (endpoint) => insert(endpointsTable, [endpoint]).pipe(storage("insert"), Effect.mapError(taken(endpoint.url))),
      save: (endpoint) => update(endpointsTable, CHANGING, [endpoint]).pipe(storage("save"), Effect.mapError(taken(endpoint.url))),
      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM webhook_endpoints WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      countLocked: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        yield* sql`SELECT o.id FROM organizations o WHERE o.id = ${organization}${sql.literal(dialect.forUpdate)}`
        const found = yield* sql`SELECT COUNT(*) AS endpoints FROM webhook_endpoints e WHERE e.organization_id = ${organization}`
        return Number((found[0] as Raw).endpoints)
      }).pipe(storage("countLocked")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, endpointsTable, filter, ["status"])]
        return yield* page(endpointsTable, endpointOf, conditions, request)
      }, storage("page"))
    })
  })
)

const storedKeys = decodeRow<Omit<StoredKeys, "organization_id"> & { readonly id: StoredKeys["organization_id"] }>(signingKeysTable)

const keysOf = (raw: unknown): StoredKeys => {
  const { id, ...keys } = storedKeys(raw as Raw)
  return { organization_id: id, ...keys }
}

export const signingKeyStoreLayer: Layer.Layer<SigningKeyStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SigningKeyStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `signing_keys.${operation}`)

    return SigningKeyStore.of({
      load: (organization_ids) =>
        sql`SELECT ${columns(signingKeysTable, "o")} FROM organizations o WHERE o.id IN ${list("uuid", organization_ids)}`.pipe(
          Effect.map((rows) => rows.map(keysOf)),
          storage("load")
        ),

      lock: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(signingKeysTable, "o")} FROM organizations o
          WHERE o.id = ${organization}${sql.literal(dialect.forUpdate)}`
        return found === undefined ? undefined : keysOf(found)
      }).pipe(storage("lock")),

      save: (keys, now) => {
        const at = (instant: DateTime.Utc | null) => (instant === null ? null : DateTime.formatIso(instant))
        return sql`UPDATE organizations SET hmac_key = ${keys.hmac_key}, previous_hmac_key = ${keys.previous_hmac_key},
          previous_hmac_key_until = ${at(keys.previous_hmac_key_until)}, ed25519_private_key = ${keys.ed25519_private_key},
          ed25519_public_key = ${keys.ed25519_public_key}, previous_ed25519_private_key = ${keys.previous_ed25519_private_key},
          previous_ed25519_public_key = ${keys.previous_ed25519_public_key},
          previous_ed25519_key_until = ${at(keys.previous_ed25519_key_until)}, updated_at = ${DateTime.formatIso(now)}
          WHERE id = ${keys.organization_id}`.pipe(Effect.asVoid, storage("save"))
      }
    })
  })
)
