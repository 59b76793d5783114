/** The few statement shapes that all stores share, written over a table's description. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import { Effect } from "effect"
import type { DialectShape } from "./dialect.js"
import { type ColumnType, type Table, writeValue } from "./table.js"

/** Rows in one JSON parameter; keeps a statement's parameter well under the engines' limits. */
const CHUNK = 5000

export interface Statements {
  /** The select list of a table, each column cast so that it decodes exactly. */
  readonly columns: (of: Table, alias?: string) => Fragment
  /** A derived table `(SELECT … ) ` over `values`, typed by `columns`. */
  readonly rows: (columns: ReadonlyArray<readonly [string, ColumnType]>, values: ReadonlyArray<ReadonlyArray<unknown>>) => Fragment
  /** `(SELECT …)` over a list of ids or texts, for IN. */
  readonly list: (type: ColumnType, values: ReadonlyArray<unknown>) => Fragment
  /** Inserts any number of rows with one statement text; `suffix` is for ON CONFLICT. Absent fields take the column's default if named so by no row. */
  readonly insert: (of: Table, rows: ReadonlyArray<object>, suffix?: string) => Effect.Effect<void, SqlError>
  /** Sets `columns` of many rows at once, found by organization and id. */
  readonly update: (of: Table, columns: ReadonlyArray<string>, rows: ReadonlyArray<object>) => Effect.Effect<void, SqlError>
}

export const statements = (sql: SqlClient, dialect: DialectShape): Statements => {
  const lists = new Map<string, Fragment>()
  const columns = (of: Table, alias = of.name): Fragment => {
    const key = `${of.name} ${alias}`
    const known = lists.get(key)
    if (known !== undefined) return known
    const list = sql.literal(
      Object.entries(of.columns)
        .map(([name, type]) => dialect.selectColumn(name, type, alias))
        .join(", ")
    )
    lists.set(key, list)
    return list
  }

  const rows: Statements["rows"] = (described, values) => {
    const [before, after] = dialect.jsonRows(described)
    const written = values.map((row) => described.map(([, type], index) => writeValue(type, row[index])))
    return sql`${sql.literal(before)}${JSON.stringify(written)}${sql.literal(after)}`
  }

  const list: Statements["list"] = (type, values) =>
    sql`(SELECT item FROM ${rows(
      [["item", type]],
      values.map((value) => [value])
    )} items)`

  const values = (names: ReadonlyArray<string>, all: ReadonlyArray<object>) =>
    all.map((row) => names.map((name) => (row as Readonly<Record<string, unknown>>)[name]))

  const described = (of: Table, names: ReadonlyArray<string>) => names.map((name) => [name, of.columns[name]!] as const)

  const insert: Statements["insert"] = (of, all, suffix = "") => {
    if (all.length === 0) return Effect.void
    const names = Object.keys(of.columns).filter((name) => name in all[0]!)
    const target = sql.literal(`INSERT INTO ${of.name} (${names.join(", ")}) SELECT ${names.join(", ")} FROM `)
    // On SQLite a WHERE keeps ON CONFLICT from being read as a join condition.
    const end = sql.literal(` items WHERE true ${suffix}`)
    const chunks: Array<ReadonlyArray<object>> = []
    for (let from = 0; from < all.length; from += CHUNK) chunks.push(all.slice(from, from + CHUNK))
    return Effect.forEach(chunks, (chunk) => sql`${target}${rows(described(of, names), values(names, chunk))}${end}`, { discard: true })
  }

  const update: Statements["update"] = (of, names, all) => {
    if (all.length === 0) return Effect.void
    const keyed = ["organization_id", "id", ...names]
    const sets = names.map((name) => `${name} = items.${name}`).join(", ")
    return Effect.asVoid(
      sql`UPDATE ${sql.literal(of.name)} SET ${sql.literal(sets)} FROM ${rows(
        described(of, keyed),
        values(keyed, all)
      )} items WHERE ${sql.literal(of.name)}.organization_id = items.organization_id AND ${sql.literal(of.name)}.id = items.id`
    )
  }

  return { columns, rows, list, insert, update }
}
