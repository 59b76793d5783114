/** Twins in outside systems in SQL: links of customers, mappings, the history of syncs. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, type PageRequest, type StorageError } from "../../../src/core/index.js"
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
import { type ColumnType, decodeRow, type Table } from "../table.js"
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

    /** Pages of the organization's rows that the fields of a filter narrow down. */
    const pageOf = <A, K extends string>(of: Table, decode: (raw: Raw) => A, fields: ReadonlyArray<K>, operation: string) =>
      Effect.fnUntraced(function* (filter: { readonly [field in K]?: unknown }, request: PageRequest) {
        const organization = yield* CurrentOrganization
        return yield* page(of, decode, [sql`t.organization_id = ${organization}`, ...equalTo(sql, of, filter, fields)], request)
      }, storage(operation))

    /** Rows of an integration that a column's values name, ascending by id. */
    const namedBy = <A>(of: Table, decode: (raw: Raw) => A, column: string, operation: string) =>
      Effect.fnUntraced(function* (integration_id: string, values: ReadonlyArray<string>) {
        if (values.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(of, "t")} FROM ${sql.literal(of.name)} t WHERE t.organization_id = ${organization}
          AND t.integration_id = ${integration_id} AND ${sql.literal(`t.${column}`)} IN ${list(of.columns[column]!, values)} ORDER BY t.id`
        return found.map((row) => decode(row as Raw))
      }, storage(operation))

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

      pageLinks: pageOf(linksTable, linkOf, ["integration_id", "customer_id"], "pageLinks"),
      linksOf: namedBy(linksTable, linkOf, "customer_id", "linksOf"),
      pageMappings: pageOf(mappingsTable, mappingOf, ["integration_id", "mappable_type", "mappable_id", "external_id"], "pageMappings"),
      mappingsOf: namedBy(mappingsTable, mappingOf, "external_id", "mappingsOf"),
      pageHistory: pageOf(historyTable, historyOf, ["integration_id", "status", "action", "resource_type", "resource_id"], "pageHistory"),

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
