/** Twins in outside systems in SQL: links of customers, mappings, the history of syncs. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import {
  AlreadyLinked,
  type IntegrationCustomer,
  type IntegrationMapping,
  type IntegrationSync,
  TwinStore
} from "../../../src/integrations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow } from "../table.js"
import { historyTable, linksTable, mappingsTable } from "./tables.js"

type Raw = Record<string, unknown>

const linkOf = decodeRow<IntegrationCustomer>(linksTable)
const mappingOf = decodeRow<IntegrationMapping>(mappingsTable)
const historyOf = decodeRow<IntegrationSync>(historyTable)

const CLOSING = ["organization_id", "id", "external_id", "status", "error_message", "details", "completed_at", "updated_at"] as const

const FORGOTTEN: ReadonlyArray<readonly [string, ColumnType]> = [
  ["before", "instant"],
  ["error_message", "text"],
  ["details", "json"],
  ["completed_at", "instant"]
]

/** The key has three columns, of which SQLite names all and Postgres the constraint. */
const linkTaken = (error: StorageError): boolean =>
  error.reason === "unique" &&
  (error.constraint === "integration_customers_customer_id" || (error.constraint ?? "").includes("integration_customers.customer_id"))

export const twinStoreLayer: Layer.Layer<TwinStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  TwinStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `twins.${operation}`)
    const page = readPage(sql, dialect)

    const link = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(linksTable, "l")} FROM integration_customers l
        WHERE l.organization_id = ${organization} AND l.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : linkOf(found as Raw)
    })

    return TwinStore.of({
      insertLink: (row) =>
        insert(linksTable, [row]).pipe(
          storage("insertLink"),
          Effect.mapError((error) => (linkTaken(error) ? new AlreadyLinked(row) : error))
        ),
      saveLink: (row) => update(linksTable, ["external_customer_id", "settings", "updated_at"], [row]).pipe(storage("saveLink")),
      findLink: (id) => link(id, "").pipe(storage("findLink")),
      lockLink: (id) => link(id, dialect.forUpdate).pipe(storage("lockLink")),

      removeLink: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM integration_customers WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("removeLink")),

      pageLinks: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, linksTable, filter, ["integration_id", "customer_id"])
        return yield* page(linksTable, linkOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("pageLinks")),

      linksOf: Effect.fnUntraced(function* (integration_id, customer_ids) {
        if (customer_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(linksTable, "l")} FROM integration_customers l
          WHERE l.organization_id = ${organization} AND l.integration_id = ${integration_id} AND l.customer_id IN ${list("uuid", customer_ids)}
          ORDER BY l.id`
        return found.map((row) => linkOf(row as Raw))
      }, storage("linksOf")),

      pageMappings: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, mappingsTable, filter, ["integration_id", "mappable_type", "mappable_id", "external_id"])
        return yield* page(mappingsTable, mappingOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("pageMappings")),

      mappingsOf: Effect.fnUntraced(function* (integration_id, external_ids) {
        if (external_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(mappingsTable, "m")} FROM integration_mappings m
          WHERE m.organization_id = ${organization} AND m.integration_id = ${integration_id} AND m.external_id IN ${list("text", external_ids)}
          ORDER BY m.id`
        return found.map((row) => mappingOf(row as Raw))
      }, storage("mappingsOf")),

      pageHistory: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, historyTable, filter, ["integration_id", "status", "action", "resource_type", "resource_id"])
        return yield* page(historyTable, historyOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("pageHistory")),

      openHistory: (opened) => insert(historyTable, opened).pipe(storage("openHistory")),

      closeHistory: Effect.fnUntraced(function* (closed) {
        if (closed.length === 0) return
        const described = CLOSING.map((name): readonly [string, ColumnType] => [name, historyTable.columns[name]])
        const values = closed.map((row) => CLOSING.map((name) => row[name]))
        yield* sql`UPDATE integration_sync_histories SET external_id = items.external_id, status = items.status,
            error_message = items.error_message, details = items.details, completed_at = items.completed_at, updated_at = items.updated_at
          FROM ${rows(described, values)} items
          WHERE integration_sync_histories.organization_id = items.organization_id AND integration_sync_histories.id = items.id
            AND integration_sync_histories.status = 'started'`
      }, storage("closeHistory")),

      closeForgotten: Effect.fnUntraced(function* (before, { details, error }, now) {
        const forgotten = rows(FORGOTTEN, [[before, error, details, now]])
        yield* sql`UPDATE integration_sync_histories SET status = 'failed', error_message = items.error_message, details = items.details,
            completed_at = items.completed_at, updated_at = items.completed_at
          FROM ${forgotten} items WHERE integration_sync_histories.status = 'started' AND integration_sync_histories.started_at < items.before
            AND NOT EXISTS (SELECT 1 FROM integration_syncs s WHERE s.organization_id = integration_sync_histories.organization_id
              AND s.integration_id = integration_sync_histories.integration_id AND s.history_id = integration_sync_histories.id)`
      }, storage("closeForgotten"))
    })
  })
)
