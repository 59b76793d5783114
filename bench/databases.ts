/** Databases for the benchmarks of whole runs, reached as a host reaches them, and filled with copies of rows that the services made. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { postgres, layer as postgresLayer } from "../adapters/postgres/index.js"
import { sqlite, layer as sqliteLayer } from "../adapters/sqlite/index.js"
import type { Database } from "../src/client/index.js"
import { freshDatabase } from "../test/support/postgres.js"

export interface Engine {
  readonly name: string
  readonly database: Database<never>
  /** Runs a statement of the engine's own. */
  readonly execute: (statement: string) => Promise<void>
  /** Rows 1 to `count` as `n`. */
  readonly numbers: (count: number) => string
  readonly id: (kind: string) => string
  readonly text: (prefix: string) => string
  readonly drop: () => Promise<void>
}

export const sqliteEngine = async (directory = mkdtempSync(join(tmpdir(), "billwright-bench-"))): Promise<Engine> => {
  const filename = join(directory, "billing.db")
  const options = { filename, durability: "normal" } as const
  return {
    name: "SQLite",
    database: sqlite(filename, { durability: "normal" }) as Database<never>,
    execute: (statement) =>
      Effect.runPromise(
        Effect.asVoid(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement))).pipe(Effect.provide(sqliteLayer(options)))
      ),
    numbers: (count) => `(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT n FROM s)`,
    id: (kind) => `printf('0190a000-00${kind}-7000-8000-%012x', s.n)`,
    text: (prefix) => `'${prefix}' || s.n`,
    drop: async () => rmSync(directory, { recursive: true, force: true })
  }
}

export const postgresEngine = async (server: string): Promise<Engine> => {
  const database = await freshDatabase({ server })
  return {
    name: "Postgres",
    database: postgres(database.url) as Database<never>,
    execute: (statement) =>
      Effect.runPromise(
        Effect.asVoid(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement))).pipe(
          Effect.provide(postgresLayer({ url: database.url }))
        )
      ),
    numbers: (count) => `(SELECT generate_series(1, ${count}) AS n)`,
    id: (kind) => `('0190a000-00${kind}-7000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid`,
    text: (prefix) => `'${prefix}' || s.n`,
    drop: database.drop
  }
}

/** A database on a server, or in a file where there is none. */
export const engineAt = (server: string | undefined): Promise<Engine> => (server === undefined ? sqliteEngine() : postgresEngine(server))

/** A server at rest: what was loaded a moment ago is vacuumed and written out before anything is timed. */
export const atRest = async (engine: Engine): Promise<void> => {
  if (engine.name === "Postgres") for (const statement of ["VACUUM ANALYZE", "CHECKPOINT"]) await engine.execute(statement)
}

/** Copies of the only row of a table: every column but those that are given anew. */
export const copy = async (
  engine: Engine,
  table: string,
  columns: ReadonlyArray<string>,
  anew: Readonly<Record<string, string>>,
  count: number
) => {
  const values = columns.map((column) => anew[column] ?? `t.${column}`)
  await engine.execute(
    `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM ${table} t, ${engine.numbers(count)} s`
  )
}

export const CUSTOMER =
  "id organization_id external_id name email currency timezone billing_metadata invoice_grace_period net_payment_term apply_credit_notes_automatically billing_entity_id created_at updated_at".split(
    " "
  )
export const SUBSCRIPTION =
  "id organization_id external_id customer_id plan_id plan_version status billing_time pay_in_advance trial_period_days subscription_at anchor_date on_termination_action starts_at started_at window_start window_first_day period_first_day next_first_day next_due_at created_at updated_at".split(
    " "
  )
