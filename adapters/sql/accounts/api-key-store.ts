/** API keys in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { type ApiKey, ApiKeyStore } from "../../../src/accounts/index.js"
import { CurrentOrganization } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

/** What is read of a key; its hash never is. */
const readTable = table("api_keys", {
  id: "uuid",
  organization_id: "uuid",
  key_prefix: "text",
  name: "text",
  status: "text",
  expires_at: "instant",
  last_used_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const writtenTable = table("api_keys", { ...readTable.columns, key_hash: "text" })

const keyOf = decodeRow<ApiKey>(readTable)

export const apiKeyStoreLayer: Layer.Layer<ApiKeyStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  ApiKeyStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `api_keys.${operation}`)
    const page = readPage(sql, dialect)
    const selected = sql`SELECT ${columns(readTable, "k")} FROM api_keys k`
    const first = ([row]: ReadonlyArray<unknown>) => (row === undefined ? undefined : keyOf(row as Record<string, unknown>))

    return ApiKeyStore.of({
      insert: (key) => insert(writtenTable, [key]).pipe(storage("insert")),
      revoke: (key) => update(readTable, ["status", "updated_at"], [key]).pipe(storage("revoke")),

      lock: (id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`${selected} WHERE k.organization_id = ${organization} AND k.id = ${id}${sql.literal(dialect.forUpdate)}`
        ).pipe(Effect.map(first), storage("lock")),

      findByHash: (key_hash) => sql`${selected} WHERE k.key_hash = ${key_hash}`.pipe(Effect.map(first), storage("findByHash")),

      stamp: ({ id, organization_id }, now) => {
        const at = DateTime.formatIso(now)
        return sql`UPDATE api_keys SET last_used_at = ${at} WHERE organization_id = ${organization_id} AND id = ${id}
          AND (last_used_at IS NULL OR last_used_at < ${at})`.pipe(Effect.asVoid, storage("stamp"))
      },

      page: (filter, request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(readTable, keyOf, [sql`t.organization_id = ${organization}`, ...equalTo(sql, readTable, filter, ["status"])], request)
        ).pipe(storage("page"))
    })
  })
)
