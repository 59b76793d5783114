/** Several selects answered by one statement: each row of it is the number of its select, and its columns as one JSON list. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import { Effect } from "effect"
import type { DialectShape } from "./dialect.js"
import { type ColumnType, readValue, type Table } from "./table.js"

/** A select of rows `A`, in no order. */
export interface Part<A> {
  readonly cells: string
  readonly from: Fragment
  readonly rowOf: (cells: ReadonlyArray<unknown>) => A
}

type Parts = Readonly<Record<string, Part<unknown>>>

type Answers<P extends Parts> = { readonly [K in keyof P]: P[K] extends Part<infer A> ? ReadonlyArray<A> : never }

interface Row {
  readonly part: number
  readonly cells: unknown
}

/** The columns of tables by their aliases, to be asked of what stands after FROM. */
export const partOf = <A>(dialect: DialectShape, ...of: ReadonlyArray<readonly [table: Table, alias: string]>) => {
  const columns = of.flatMap(([table, alias]) =>
    Object.entries(table.columns).map(([name, type]): readonly [string, ColumnType, string] => [name, type, alias])
  )
  const cells = dialect.jsonList(columns.map(([name, type, alias]) => dialect.readColumn(name, type, alias)))
  const rowOf = (values: ReadonlyArray<unknown>): A => {
    const row: Record<string, unknown> = {}
    for (let place = 0; place < columns.length; place++) row[columns[place]![0]] = readValue(columns[place]![1], values[place])
    return row as A
  }
  return (from: Fragment): Part<A> => ({ cells, from, rowOf })
}

interface TogetherOptions {
  /** What stands after WITH, and before all parts: what they share. */
  readonly before: Fragment
  /** Keeps the statement prepared. */
  readonly often: boolean
}

/** Asks several parts with one statement. */
export const together =
  (sql: SqlClient, dialect: DialectShape) =>
  <const P extends Parts>(parts: P, { before, often }: TogetherOptions): Effect.Effect<Answers<P>, SqlError> => {
    const named = Object.entries(parts)
    const selects = named.map(
      ([, { cells, from }], place) => sql`SELECT ${sql.literal(`${place} AS part, ${cells} AS cells`)} FROM ${from}`
    )
    const statement = sql<Row>`${sql.literal(often ? dialect.kept : "")}WITH ${before} ${sql.join(" UNION ALL ", false)(selects)}`
    return Effect.map(statement, (rows) => {
      const answers = named.map((): Array<unknown> => [])
      for (const { cells, part } of rows) answers[part]!.push(named[part]![1].rowOf(readValue("json", cells) as ReadonlyArray<unknown>))
      return Object.fromEntries(named.map(([name], place) => [name, answers[place]!])) as unknown as Answers<P>
    })
  }
