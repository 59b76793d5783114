/** How the doctor reads: page behind page by id, figures as text, so that nothing is decoded before it was judged. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import type { DateTime } from "effect"
import { readValue } from "../table.js"

/** The condition of a page: ids above `after`. */
export const beyond = (sql: SqlClient, alias: string, after: string | null): Fragment =>
  after === null ? sql.literal("") : sql`AND ${sql.literal(alias)}.id > ${after}`

/** Columns of a select list as texts. */
export const asTexts = (alias: string, columns: ReadonlyArray<string>): string =>
  columns.map((column) => `CAST(${alias}.${column} AS TEXT) AS ${column}`).join(", ")

/** An instant that was read, in milliseconds since 1970. */
export const millis = (value: unknown): number | null => (readValue("instant", value) as DateTime.Utc | null)?.epochMillis ?? null
