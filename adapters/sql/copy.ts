/** All rows of an organization, table by table, with a statement for each: read from one database, written to another one. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization, type StorageError, Transactor } from "../../src/core/index.js"
import { Dialect } from "./dialect.js"
import { asStorage } from "./failure.js"
import { tablesOf } from "./migrate.js"
import { auditTables } from "./operations/audit-triggers.js"
import { readValue, type Table, writeValue } from "./table.js"

/** Rows of a table, each column as the JSON parameter of a bulk statement has it. */
export interface TableRows {
  readonly table: Table
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

const quoted = (name: string): string => `"${name}"`

/** What leaves the house is not of the copy: nobody listens there. Nor what was said of changes. */
const OUTGOING = new Set([
  "webhook_endpoints",
  "webhooks",
  "webhook_delivery_attempts",
  "integrations",
  "integration_customers",
  "integration_mappings",
  "integration_syncs",
  "integration_sync_histories",
  ...auditTables
])

/** The organization's rows as one state of the database has them, tables before those that refer to them. */
export const readOrganization: Effect.Effect<
  ReadonlyArray<TableRows>,
  StorageError,
  SqlClient.SqlClient | Dialect | Transactor | CurrentOrganization
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const { snapshot } = yield* Transactor
  const organization = yield* CurrentOrganization
  const read = Effect.fnUntraced(function* (table: Table) {
    const columns = Object.entries(table.columns)
    const selected = columns.map(([name, type]) => dialect.selectColumn(quoted(name), type, "t")).join(", ")
    const key = "organization_id" in table.columns ? "organization_id" : "id"
    const found =
      yield* sql`SELECT ${sql.literal(selected)} FROM ${sql.literal(table.name)} t WHERE t.${sql.literal(key)} = ${organization}`
    const rows = found.map((row) =>
      columns.map(([name, type]) => writeValue(type, readValue(type, (row as Readonly<Record<string, unknown>>)[name])))
    )
    return { table, rows }
  })
  return yield* snapshot(
    Effect.forEach(
      tablesOf(dialect).filter(({ name }) => !OUTGOING.has(name)),
      read
    )
  ).pipe(asStorage(dialect, "copy: read"))
})

/** Rows in one JSON parameter. */
const CHUNK = 5000

/** Writes what was read into a migrated database that has nothing yet. */
export const writeTables = (tables: ReadonlyArray<TableRows>): Effect.Effect<void, StorageError, SqlClient.SqlClient | Dialect> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const write = Effect.fnUntraced(function* ({ rows, table }: TableRows) {
      const columns = Object.entries(table.columns).map(([name, type]) => [quoted(name), type] as const)
      const names = columns.map(([name]) => name).join(", ")
      const [before, after] = dialect.jsonRows(columns)
      for (let from = 0; from < rows.length; from += CHUNK) {
        const chunk = JSON.stringify(rows.slice(from, from + CHUNK))
        yield* sql`${sql.literal(`INSERT INTO ${table.name} (${names}) SELECT ${names} FROM ${before}`)}${chunk}${sql.literal(`${after} items`)}`
      }
    })
    yield* Effect.forEach(tables, write, { discard: true }).pipe(asStorage(dialect, "copy: write"))
  })
