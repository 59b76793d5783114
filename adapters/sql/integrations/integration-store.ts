/** Integrations in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { IntegrationStore, type KeptIntegration, ProviderTaken } from "../../../src/integrations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { integrationsTable } from "./tables.js"

type Raw = Record<string, unknown>

const CHANGING = ["status", "settings", "last_sync_at", "error_details", "updated_at"]

const integrationOf = decodeRow<KeptIntegration>(integrationsTable)

export const integrationStoreLayer: Layer.Layer<IntegrationStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  IntegrationStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `integrations.${operation}`)
    const page = readPage(sql, dialect)

    const one = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(integrationsTable, "i")} FROM integrations i
        WHERE i.organization_id = ${organization} AND i.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : integrationOf(found as Raw)
    })

    return IntegrationStore.of({
      insert: (integration) =>
        insert(integrationsTable, [integration]).pipe(
          storage("insert"),
          Effect.mapError((error) =>
            isTaken(error, "integrations", "provider_type") ? new ProviderTaken({ provider: integration.provider_type }) : error
          )
        ),
      save: (integration) => update(integrationsTable, CHANGING, [integration]).pipe(storage("save")),
      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      lockAll: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(integrationsTable, "i")} FROM integrations i
          WHERE i.organization_id = ${organization} ORDER BY i.id${sql.literal(dialect.forUpdate)}`
        return found.map((row) => integrationOf(row as Raw))
      }).pipe(storage("lockAll")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM integrations WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, integrationsTable, filter, ["integration_type", "provider_type", "status"])
        return yield* page(integrationsTable, integrationOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page")),

      taxing: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(integrationsTable, "i")} FROM integrations i
          WHERE i.organization_id = ${organization} AND i.integration_type = 'tax' AND i.status <> 'inactive' ORDER BY i.status, i.id LIMIT 1`
        return found === undefined ? undefined : integrationOf(found as Raw)
      }).pipe(storage("taxing")),

      ofType: Effect.fnUntraced(function* (integration_type) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(integrationsTable, "i")} FROM integrations i
          WHERE i.organization_id = ${organization} AND i.integration_type = ${integration_type} ORDER BY i.id`
        return found.map((row) => integrationOf(row as Raw))
      }, storage("ofType"))
    })
  })
)
