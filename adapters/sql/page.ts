/** One page of a table: keyset by the sort column and the id, one statement, a second one for the total. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import { Effect } from "effect"
import { isStorable, isUuid, type PageRequest, type PageRows } from "../../src/core/index.js"
import type { DialectShape } from "./dialect.js"
import { statements } from "./statements.js"
import type { ColumnType, Table } from "./table.js"

/**
 * Reads a page of `of` where all `conditions` hold (over the alias `t`). The field was checked against the list's sortable
 * fields, none of which is nullable. Texts sort by code point on every engine.
 */
export const readPage = (sql: SqlClient, dialect: DialectShape) => {
  const { columns } = statements(sql, dialect)
  return <A>(
    of: Table,
    decode: (raw: Readonly<Record<string, unknown>>) => A,
    conditions: ReadonlyArray<Fragment>,
    request: PageRequest
  ): Effect.Effect<PageRows<A>, SqlError> =>
    Effect.gen(function* () {
      const { field, direction } = request.order
      const collation = dialect.engine === "postgres" && of.columns[field] === "text" ? ` COLLATE "C"` : ""
      const sorted = sql.literal(`t.${field}${collation}`)
      const from = sql`FROM ${sql.literal(of.name)} t WHERE ${sql.and(conditions)}`
      const beyond =
        request.after === null
          ? sql.literal("")
          : sql`AND (${sorted}, t.id) ${sql.literal(direction === "asc" ? ">" : "<")} (${request.after.value}, ${request.after.id})`
      const order = sql`ORDER BY ${sorted} ${sql.literal(direction)}, t.id ${sql.literal(direction)} LIMIT ${request.limit + 1}`
      const rows = yield* sql`SELECT ${columns(of, "t")} ${from} ${beyond} ${order}`
      const count = request.total ? yield* sql`SELECT count(*) AS total ${from}` : undefined
      return {
        rows: rows.map((row) => decode(row as Record<string, unknown>)),
        total: count === undefined ? null : Number((count[0] as { total: unknown }).total)
      }
    })
}

/** Whether a column can hold a value: what is no id, or cannot be stored, Postgres refuses to compare. */
const canHold = (type: ColumnType | undefined, value: unknown): boolean =>
  typeof value !== "string" || (type === "uuid" ? isUuid(value) : isStorable(value))

/** Conditions over the alias `t`: each of `fields` that the filter names. What no row can have matches none. */
export const equalTo = <F extends object, K extends keyof F & string>(
  sql: SqlClient,
  of: Table,
  filter: F,
  fields: ReadonlyArray<K>
): ReadonlyArray<Fragment> =>
  fields.flatMap((field) => {
    const value: unknown = filter[field]
    if (value === undefined) return []
    return [canHold(of.columns[field], value) ? sql`${sql.literal(`t.${field}`)} = ${value as string}` : sql`1 = 0`]
  })
