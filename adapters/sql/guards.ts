/**
 * Triggers of ours that a database lacks, or that are switched off or say something else there: rows that never change could, and changes
 * would be missing in the audit log, without a trace. One statement reads what is there.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import type { StorageError } from "../../src/core/index.js"
import type { LooseGuard } from "../../src/operations/index.js"
import { Dialect } from "./dialect.js"
import { asStorage } from "./failure.js"

/** A trigger as it has to be, or as it is. */
interface Guard {
  readonly name: string
  readonly table: string
  /** What it does: SQLite keeps a trigger as one text, PostgreSQL the body of its function. */
  readonly text: string
}

const TRIGGER = /^\s*CREATE TRIGGER (\w+) [^;]*? ON (\w+)/
const FUNCTION = /^\s*CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\)[^$]*\$\$([\s\S]*)\$\$/
const CALLED = /EXECUTE FUNCTION (\w+)\(\)\s*$/

/** Equal statements in whatever way they were indented. */
const plain = (text: string): string => text.replace(/\s+/g, " ").trim()

const wantedOf = (statements: ReadonlyArray<string>): ReadonlyArray<Guard> => {
  const bodies = new Map(
    statements.flatMap((statement) => {
      const [, name, body] = FUNCTION.exec(statement) ?? []
      return name === undefined || body === undefined ? [] : [[name, body] as const]
    })
  )
  return statements.flatMap((statement) => {
    const [, name, table] = TRIGGER.exec(statement) ?? []
    if (name === undefined || table === undefined) return []
    const called = CALLED.exec(statement)?.[1]
    return [{ name, table, text: plain(called === undefined ? statement : (bodies.get(called) ?? "")) }]
  })
}

/** What is not as the statements that made the database would have it. */
export const looseGuards = (
  statements: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<LooseGuard>, StorageError, SqlClient.SqlClient | Dialect> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const there = yield* (
      dialect.engine === "sqlite"
        ? sql<
            Guard & { readonly fires: number }
          >`SELECT name, tbl_name AS "table", sql AS text, 1 AS fires FROM sqlite_schema WHERE type = 'trigger'`
        : sql<Guard & { readonly fires: number }>`SELECT t.tgname::text AS name, c.relname::text AS "table", p.prosrc AS text,
            CASE WHEN t.tgenabled IN ('O', 'A') THEN 1 ELSE 0 END AS fires
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
          WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)`
    ).pipe(asStorage(dialect, "guards"))
    const known = new Map(there.map((guard) => [`${guard.table} ${guard.name}`, guard]))
    return wantedOf(statements).flatMap(({ name, table, text }): ReadonlyArray<LooseGuard> => {
      const found = known.get(`${table} ${name}`)
      const problem = found === undefined ? "missing" : found.fires === 0 ? "off" : plain(found.text) === text ? null : "altered"
      return problem === null ? [] : [{ table, trigger: name, problem }]
    })
  })
