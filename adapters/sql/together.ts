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

/** What several parts share. */
export interface Question<P extends Parts> {
  /** What stands after WITH, and before all parts. */
  readonly before?: Fragment
  readonly parts: P
}

const put = (sql: SqlClient, { before, parts }: Question<Parts>): Fragment => {
  const selects = Object.values(parts).map(
    ({ cells, from }, place) => sql`SELECT ${sql.literal(`${place} AS part, ${cells} AS cells`)} FROM ${from}`
  )
  const all = sql.join(" UNION ALL ", false)(selects)
  return before === undefined ? all : sql`WITH ${before} ${all}`
}

const answered = <P extends Parts>(parts: P, rows: ReadonlyArray<Row>): Answers<P> => {
  const named = Object.entries(parts)
  const answers = named.map((): Array<unknown> => [])
  for (const { cells, part } of rows) answers[part]!.push(named[part]![1].rowOf(readValue("json", cells) as ReadonlyArray<unknown>))
  return Object.fromEntries(named.map(([name], place) => [name, answers[place]!])) as unknown as Answers<P>
}

/** Asks several parts with one statement, which stays prepared where it is asked often. */
export const together =
  (sql: SqlClient, dialect: DialectShape) =>
  <const P extends Parts>(question: Question<P>, { often }: { readonly often: boolean }): Effect.Effect<Answers<P>, SqlError> =>
    Effect.map(sql<Row>`${sql.literal(often ? dialect.kept : "")}${put(sql, question)}`, (rows) => answered(question.parts, rows))

/** Stands for the value of a place while a text is written. */
const standIn = (place: number): string => `\u0000${place}`

/**
 * Asks the same again and again, of other values: the statement stays prepared, and its text is written once, with the first. What `write`
 * says may depend on nothing but that there are such values.
 */
export const repeatedly = <P extends Parts, V extends ReadonlyArray<string>>(
  sql: SqlClient,
  dialect: DialectShape,
  write: (...values: V) => Question<P>
): ((...values: V) => Effect.Effect<Answers<P>, SqlError>) => {
  const once = () => {
    const question = write(...(Array.from({ length: write.length }, (_, place) => standIn(place)) as unknown as V))
    const [text, parameters] = sql<Row>`${sql.literal(dialect.kept)}${put(sql, question)}`.compile()
    const standIns = new Map(Array.from({ length: write.length }, (_, place) => [standIn(place), place]))
    return { text, parts: question.parts, places: parameters.map((parameter) => standIns.get(parameter as string)!) }
  }
  let written: ReturnType<typeof once> | undefined
  return (...values) => {
    written ??= once()
    const { parts, places, text } = written
    return Effect.map(
      sql.unsafe<Row>(
        text,
        places.map((place) => values[place]!)
      ),
      (rows) => answered(parts, rows)
    )
  }
}
