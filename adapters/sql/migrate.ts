/** Migrations as data: numbered lists of statements, run once each under a lock, or printed for hosts that run their own. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Clock, Effect } from "effect"
import { type StorageError, Transactor } from "../../src/core/index.js"
import { RevisionMismatch, type RowLevelSecurityMismatch } from "../../src/operations/index.js"
import { Dialect, type DialectShape } from "./dialect.js"
import { asStorage } from "./failure.js"
import type { Migration } from "./migration.js"
import { migrations } from "./migrations/index.js"
import { auditTriggers } from "./operations/audit-triggers.js"
import { acrossOrganizations } from "./reach.js"
import { requireSecurity, rowLevelSecurity } from "./row-level-security.js"
import type { ColumnType, Table } from "./table.js"

const COLUMN = /("?\w+"?) \{(uuid|text|secret|integer|bigint|money|decimal|instant|date|json|boolean)\}/g

/** The statements of a migration in an engine's own words. */
const render = (migration: Migration, dialect: DialectShape): ReadonlyArray<string> =>
  migration.statements(dialect).map((statement) =>
    statement
      .replaceAll(COLUMN, (_, column: string, type: string) => `${column} ${dialect.columnType(type as ColumnType, column)}`)
      .replaceAll("{table}", dialect.tableSuffix)
      .trim()
  )

/** The tables that the migrations make, in the order in which they refer to each other, with their columns. */
export const tablesOf = (dialect: DialectShape): ReadonlyArray<Table> =>
  migrations
    .flatMap((migration) => migration.statements(dialect))
    .flatMap((statement) => {
      const name = /^\s*CREATE TABLE (\w+)/.exec(statement)?.[1]
      if (name === undefined || name.startsWith("billwright_")) return []
      const columns = [...statement.matchAll(COLUMN)].map(([, column, type]) => [column!.replaceAll('"', ""), type as ColumnType])
      // The one column whose type the engines spell themselves.
      const sequence = /^\s*sequence /m.test(statement) ? [["sequence", "bigint"]] : []
      return [{ name, columns: Object.fromEntries([...columns, ...sequence]) as Table["columns"] }]
    })

const REVISIONS = `CREATE TABLE IF NOT EXISTS billwright_migrations (id {integer} PRIMARY KEY, name {text} NOT NULL, applied_at {instant} NOT NULL){table}`

/** The bookkeeping of what was run. */
const bookkeeping = (dialect: DialectShape) => render({ id: 0, name: "", statements: () => [REVISIONS] }, dialect)

/** The revision that this package needs. */
export const revision: number = Math.max(0, ...migrations.map((migration) => migration.id))

const appliedIds = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const exists =
    dialect.engine === "sqlite"
      ? yield* sql`SELECT name FROM sqlite_master WHERE name = 'billwright_migrations'`
      : yield* sql`SELECT to_regclass('billwright_migrations')::text AS name`
  if (exists.length === 0 || (exists[0] as { name: string | null }).name === null) return []
  const rows = yield* sql<{ id: number }>`SELECT id FROM billwright_migrations ORDER BY id`
  return rows.map((row) => Number(row.id))
})

/**
 * Brings the database to this package's revision: every migration that is missing, in order, in one transaction under a
 * lock, so that several hosts may start at once. Answers the names of what was run.
 *
 * Fails with `StorageError`, or `RevisionMismatch` where the database is newer than the package.
 */
export const migrate: Effect.Effect<
  ReadonlyArray<string>,
  StorageError | RevisionMismatch,
  SqlClient.SqlClient | Dialect | Transactor
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const transactor = yield* Transactor
  return yield* transactor.transaction(
    Effect.gen(function* () {
      yield* Effect.forEach(dialect.lockMigrations, (statement) => sql.unsafe(statement), { discard: true })
      const applied = yield* appliedIds
      const latest = Math.max(0, ...applied)
      if (latest > revision) return yield* new RevisionMismatch({ database: latest, library: revision })
      const missing = migrations.filter((migration) => !applied.includes(migration.id))
      if (missing.length === 0) return []
      for (const statement of bookkeeping(dialect)) yield* sql.unsafe(statement)
      const now = new Date(yield* Clock.currentTimeMillis).toISOString()
      for (const migration of missing) {
        for (const statement of render(migration, dialect)) yield* sql.unsafe(statement)
        yield* sql`INSERT INTO billwright_migrations (id, name, applied_at) VALUES (${migration.id}, ${migration.name}, ${now})`
      }
      for (const statement of auditTriggers(dialect, tablesOf(dialect))) yield* sql.unsafe(statement)
      for (const statement of rowLevelSecurity(dialect, tablesOf(dialect))) yield* sql.unsafe(statement)
      for (const statement of dialect.planning(tablesOf(dialect).map(({ name }) => name))) yield* sql.unsafe(statement)
      return missing.map((migration) => migration.name)
    }).pipe(acrossOrganizations, asStorage(dialect, "migrate"))
  )
})

/** Refuses to start on a database of another revision, naming both, and on one whose row-level security is not what the host says. */
export const requireRevision: Effect.Effect<
  void,
  StorageError | RevisionMismatch | RowLevelSecurityMismatch,
  SqlClient.SqlClient | Dialect
> = Effect.gen(function* () {
  const dialect = yield* Dialect
  const applied = yield* appliedIds.pipe(asStorage(dialect, "revision"))
  const database = Math.max(0, ...applied)
  if (database !== revision) return yield* new RevisionMismatch({ database, library: revision })
  yield* requireSecurity(tablesOf(dialect))
})

/** Which migrations the database has and which it lacks. */
export const migrationStatus: Effect.Effect<
  ReadonlyArray<{ readonly id: number; readonly name: string; readonly applied: boolean }>,
  StorageError,
  SqlClient.SqlClient | Dialect
> = Effect.gen(function* () {
  const dialect = yield* Dialect
  const applied = yield* appliedIds.pipe(asStorage(dialect, "migration status"))
  return migrations.map(({ id, name }) => ({ id, name, applied: applied.includes(id) }))
})

/** An instant as both engines write it. */
const NOW = { sqlite: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", postgres: "now()" } as const

/** The whole schema as SQL text, for a host that runs its own migrations: what `migrate` leaves behind, its bookkeeping included. */
export const printSql = (dialect: DialectShape): string =>
  [
    ...bookkeeping(dialect),
    ...migrations.flatMap((migration) => [
      `-- ${migration.id} ${migration.name}`,
      ...render(migration, dialect),
      `INSERT INTO billwright_migrations (id, name, applied_at) VALUES (${migration.id}, '${migration.name}', ${NOW[dialect.engine]})`
    ]),
    "-- what is audited",
    ...auditTriggers(dialect, tablesOf(dialect)),
    ...rowLevelSecurity(dialect, tablesOf(dialect)),
    "-- how indexes narrow, before there are rows to measure",
    ...dialect.planning(tablesOf(dialect).map(({ name }) => name))
  ]
    .map((line) => (line.startsWith("-- ") ? line : `${line};`))
    .join("\n")
