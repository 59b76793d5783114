/** Migrations as data: numbered lists of statements, run once each under a lock, or printed for hosts that run their own. */
import { createHash } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { Clock, Effect } from "effect"
import { type StorageError, Transactor } from "../../src/core/index.js"
import {
  type LooseGuard,
  MigrationChanged,
  type MigrationStatus,
  RevisionMismatch,
  type RowLevelSecurityMismatch
} from "../../src/operations/index.js"
import { Dialect, type DialectShape } from "./dialect.js"
import { asStorage } from "./failure.js"
import { looseGuards } from "./guards.js"
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

/** What tells one text of a migration from another, however it is broken into lines. */
const checksum = (migration: Migration, dialect: DialectShape): string =>
  createHash("sha256").update(render(migration, dialect).join(";").replace(/\s+/g, " ")).digest("hex")

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

const REVISIONS = `CREATE TABLE IF NOT EXISTS billwright_migrations (id {integer} PRIMARY KEY, name {text} NOT NULL, checksum {text} NOT NULL, applied_at {instant} NOT NULL){table}`

/** The bookkeeping of what was run. */
const bookkeeping = (dialect: DialectShape) => render({ id: 0, name: "", statements: () => [REVISIONS] }, dialect)

/** The revision that this package needs. */
export const revision: number = Math.max(0, ...migrations.map((migration) => migration.id))

interface Applied {
  readonly id: number
  readonly checksum: string
}

const appliedMigrations: Effect.Effect<ReadonlyArray<Applied>, SqlError, SqlClient.SqlClient | Dialect> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const exists =
    dialect.engine === "sqlite"
      ? yield* sql`SELECT name FROM sqlite_master WHERE name = 'billwright_migrations'`
      : yield* sql`SELECT to_regclass('billwright_migrations')::text AS name`
  if (exists.length === 0 || (exists[0] as { name: string | null }).name === null) return []
  const rows = yield* sql<Applied>`SELECT id, checksum FROM billwright_migrations ORDER BY id`
  return rows.map(({ checksum, id }) => ({ id: Number(id), checksum }))
})

const latestOf = (applied: ReadonlyArray<Applied>): number => Math.max(0, ...applied.map(({ id }) => id))

/** The migrations that were applied with another text than they have now. */
const changedOf = (applied: ReadonlyArray<Applied>, dialect: DialectShape): ReadonlyArray<MigrationChanged> => {
  const then = new Map(applied.map(({ checksum, id }) => [id, checksum]))
  return migrations.flatMap((migration) => {
    const database = then.get(migration.id)
    const library = checksum(migration, dialect)
    const { id, name } = migration
    return database === undefined || database === library ? [] : [new MigrationChanged({ id, migration: name, database, library })]
  })
}

/** Fails where the database was made by other texts than this package's: what is built on them would not fit. */
const requireUnchanged = (applied: ReadonlyArray<Applied>, dialect: DialectShape): Effect.Effect<void, MigrationChanged> => {
  const [first] = changedOf(applied, dialect)
  return first === undefined ? Effect.void : Effect.fail(first)
}

/**
 * Brings the database to this package's revision: every migration that is missing, in order, in one transaction under a
 * lock, so that several hosts may start at once. Answers the names of what was run.
 *
 * Fails with `StorageError`, with `RevisionMismatch` where the database is newer than the package, or with `MigrationChanged` where one that was
 * run had another text.
 */
export const migrate: Effect.Effect<
  ReadonlyArray<string>,
  StorageError | RevisionMismatch | MigrationChanged,
  SqlClient.SqlClient | Dialect | Transactor
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const transactor = yield* Transactor
  return yield* transactor.transaction(
    Effect.gen(function* () {
      yield* Effect.forEach(dialect.lockMigrations, (statement) => sql.unsafe(statement), { discard: true })
      const applied = yield* appliedMigrations
      const latest = latestOf(applied)
      if (latest > revision) return yield* new RevisionMismatch({ database: latest, library: revision })
      yield* requireUnchanged(applied, dialect)
      const missing = migrations.filter((migration) => !applied.some(({ id }) => id === migration.id))
      if (missing.length === 0) return []
      for (const statement of bookkeeping(dialect)) yield* sql.unsafe(statement)
      const now = new Date(yield* Clock.currentTimeMillis).toISOString()
      for (const migration of missing) {
        for (const statement of render(migration, dialect)) yield* sql.unsafe(statement)
        yield* sql`INSERT INTO billwright_migrations (id, name, checksum, applied_at)
          VALUES (${migration.id}, ${migration.name}, ${checksum(migration, dialect)}, ${now})`
      }
      for (const statement of auditTriggers(dialect, tablesOf(dialect))) yield* sql.unsafe(statement)
      for (const statement of rowLevelSecurity(dialect, tablesOf(dialect))) yield* sql.unsafe(statement)
      for (const statement of dialect.planning(tablesOf(dialect).map(({ name }) => name))) yield* sql.unsafe(statement)
      return missing.map((migration) => migration.name)
    }).pipe(acrossOrganizations, asStorage(dialect, "migrate"))
  )
})

/**
 * Refuses to start on a database of another revision, naming both, on one that was made by other texts, naming the migration, and on one whose
 * row-level security is not what the host says.
 */
export const requireRevision: Effect.Effect<
  void,
  StorageError | RevisionMismatch | MigrationChanged | RowLevelSecurityMismatch,
  SqlClient.SqlClient | Dialect
> = Effect.gen(function* () {
  const dialect = yield* Dialect
  const applied = yield* appliedMigrations.pipe(asStorage(dialect, "revision"))
  const database = latestOf(applied)
  if (database !== revision) return yield* new RevisionMismatch({ database, library: revision })
  yield* requireUnchanged(applied, dialect)
  yield* requireSecurity(tablesOf(dialect))
})

/** Which migrations the database has and which it lacks, and which had another text when they were run. */
export const migrationStatus: Effect.Effect<ReadonlyArray<MigrationStatus>, StorageError, SqlClient.SqlClient | Dialect> = Effect.gen(
  function* () {
    const dialect = yield* Dialect
    const applied = yield* appliedMigrations.pipe(asStorage(dialect, "migration status"))
    const ids = new Set(applied.map(({ id }) => id))
    const changed = new Set(changedOf(applied, dialect).map(({ id }) => id))
    return migrations.map(({ id, name }) => ({ id, name, applied: ids.has(id), changed: changed.has(id) }))
  }
)

/** Triggers that are not as the migrations leave them. */
export const guards: Effect.Effect<ReadonlyArray<LooseGuard>, StorageError, SqlClient.SqlClient | Dialect> = Effect.flatMap(
  Dialect,
  (dialect) => looseGuards([...migrations.flatMap((migration) => render(migration, dialect)), ...auditTriggers(dialect, tablesOf(dialect))])
)

/** An instant as both engines write it. */
const NOW = { sqlite: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", postgres: "now()" } as const

/** The whole schema as SQL text, for a host that runs its own migrations: what `migrate` leaves behind, its bookkeeping included. */
export const printSql = (dialect: DialectShape): string =>
  [
    ...bookkeeping(dialect),
    ...migrations.flatMap((migration) => [
      `-- ${migration.id} ${migration.name}`,
      ...render(migration, dialect),
      `INSERT INTO billwright_migrations (id, name, checksum, applied_at) VALUES (${migration.id}, '${migration.name}', '${checksum(migration, dialect)}', ${NOW[dialect.engine]})`
    ]),
    "-- what is audited",
    ...auditTriggers(dialect, tablesOf(dialect)),
    ...rowLevelSecurity(dialect, tablesOf(dialect)),
    "-- how indexes narrow, before there are rows to measure",
    ...dialect.planning(tablesOf(dialect).map(({ name }) => name))
  ]
    .map((line) => (line.startsWith("-- ") ? line : `${line};`))
    .join("\n")
