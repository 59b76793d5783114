/**
 * The statements of usage. Each is one text for any number of requests: ranges, and the keys of properties that filters and
 * groups read, come in as data. Filters themselves are applied to what comes out, whose distinct values are few.
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import type { AdditiveType } from "../../../../src/metering/index.js"
import type { DialectShape } from "../../dialect.js"
import { statements } from "../../statements.js"
import type { ColumnType } from "../../table.js"
import type { Keys } from "./kind.js"
import { RANGE_COLUMNS, type Range, rangeRow } from "./ranges.js"

/** A range with the keys that its request reads. */
export interface KeyedRange {
  readonly range: Range
  readonly keys: Keys
}

const list = (count: number, of: (place: number) => string): string =>
  Array.from({ length: count }, (_, place) => `, ${of(place)}`).join("")

/** A key as it is found in the engine's JSON. */
const pathOf = (dialect: DialectShape, key: string): string => (dialect.engine === "sqlite" ? `$."${key}"` : key)

/** A property as the text by which it compares; null where it is missing, empty, a list or an object. */
const textOf = (dialect: DialectShape, key: string): string =>
  dialect.engine === "sqlite"
    ? `CASE json_type(e.properties, ${key}) WHEN 'text' THEN nullif(e.properties ->> ${key}, '') WHEN 'integer' THEN e.properties -> ${key}
        WHEN 'real' THEN e.properties -> ${key} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END`
    : `CASE WHEN jsonb_typeof(e.properties -> ${key}) IN ('string', 'number', 'boolean') THEN nullif(e.properties ->> ${key}, '') END`

/** What a part of a line is made of by the engine: sums are exact on both, and refuse to overflow on SQLite. */
const FIGURES: Readonly<Record<"count" | "sum" | "max", string>> = {
  count: "''",
  sum: "COALESCE(CAST(SUM(e.value_coefficient) AS TEXT), '')",
  max: "COALESCE(CAST(MAX(e.value_coefficient) AS TEXT), '')"
}

/** Halves of a sum that cannot overflow: what is above 2^20, and the rest. */
const HALVES = "COALESCE(CAST(SUM(e.value_coefficient >> 20) AS TEXT) || '+' || CAST(SUM(e.value_coefficient & 1048575) AS TEXT), '')"

export type Figure = keyof typeof FIGURES

/** How an additive metric's parts are added up; the last value is found by another statement. */
export const figureOf = (type: AdditiveType): Figure | "last" => (type === "custom" ? "sum" : type === "latest" ? "last" : type)

export const usageStatements = (sql: SqlClient, dialect: DialectShape) => {
  const { rows } = statements(sql, dialect)

  const asked = (ranges: ReadonlyArray<KeyedRange>, places: number): Fragment => {
    const columns: ReadonlyArray<readonly [string, ColumnType]> = [
      ...RANGE_COLUMNS,
      ...Array.from({ length: places }, (_, place) => [`k${place}`, "text"] as const)
    ]
    return rows(
      columns,
      ranges.map(({ keys, range }) => [
        ...rangeRow(range),
        ...Array.from({ length: places }, (_, place) => (keys[place] === undefined ? null : pathOf(dialect, keys[place])))
      ])
    )
  }

  /** The events of the ranges that count; on SQLite a CROSS JOIN keeps the ranges outside. */
  const events = (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number): Fragment =>
    sql`FROM ${asked(ranges, places)} r CROSS JOIN events e WHERE e.organization_id = ${organization} AND e.subject = r.subject
      AND e.code = r.code AND e.timestamp >= r.from_at AND e.timestamp < r.to_at AND e.tally IS NOT NULL`

  const texts = (places: number): string => list(places, (place) => `${textOf(dialect, `r.k${place}`)} AS t${place}`)
  const names = (places: number, alias = ""): string => list(places, (place) => `${alias}t${place}`)

  return {
    /** One row for each range: the sum of its tallies and its figure, found in the index alone. */
    totals: (organization: string, ranges: ReadonlyArray<KeyedRange>, figure: Figure, wide: boolean) => {
      const text = wide && figure === "sum" ? HALVES : FIGURES[figure]
      return sql<{ request: number; within: unknown; figures: string }>`SELECT r.request, r.within,
        (SELECT COALESCE(CAST(SUM(e.tally) AS TEXT), '0') || '|' || ${sql.literal(text)} FROM events e
          WHERE e.organization_id = ${organization} AND e.subject = r.subject AND e.code = r.code
            AND e.timestamp >= r.from_at AND e.timestamp < r.to_at) AS figures
        FROM ${asked(ranges, 0)} r`
    },

    /** One row for each range, scale and combination of the keys' values. */
    split: (organization: string, ranges: ReadonlyArray<KeyedRange>, figure: Figure, places: number) => {
      const text = figure === "sum" ? HALVES : FIGURES[figure]
      const by = Array.from({ length: places + 3 }, (_, place) => place + 1).join(", ")
      return sql<SplitRow>`SELECT r.request, r.within, e.value_scale AS scale${sql.literal(texts(places))}, COUNT(*) AS n, ${sql.literal(text)} AS figure
        ${events(organization, ranges, places)} GROUP BY ${sql.literal(by)}`
    },

    /** The last event of each range and combination of the keys' values, and how many there are. */
    last: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number) => {
      const groups = `request, within${names(places)}`
      return sql<LastRow>`SELECT ${sql.literal(groups)}, n, CAST(coefficient AS TEXT) AS coefficient, scale, value_text, at, CAST(sequence AS TEXT) AS sequence
        FROM (SELECT ${sql.literal(groups)}, coefficient, scale, value_text, at, sequence,
            COUNT(*) OVER (PARTITION BY ${sql.literal(groups)}) AS n,
            ROW_NUMBER() OVER (PARTITION BY ${sql.literal(groups)} ORDER BY at DESC, sequence DESC) AS place
          FROM (SELECT r.request, r.within${sql.literal(texts(places))}, e.value_coefficient AS coefficient, e.value_scale AS scale, e.value_text,
              e.timestamp AS at, e.sequence ${events(organization, ranges, places)}) read) placed
        WHERE place = 1`
    },

    /** How many items are active at the end in each combination of the keys' values, by the last switch of each. */
    unique: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number) => {
      const groups = `request${names(places)}`
      const by = Array.from({ length: places + 1 }, (_, place) => place + 1).join(", ")
      return sql<UniqueRow>`SELECT ${sql.literal(groups)}, SUM(CASE WHEN place = 1 AND coefficient > 0 THEN 1 ELSE 0 END) AS active,
          SUM(CASE WHEN ${sql.literal(dialect.engine === "sqlite" ? "within = 1" : "within")} THEN 1 ELSE 0 END) AS n
        FROM (SELECT ${sql.literal(groups)}, within, coefficient,
            ROW_NUMBER() OVER (PARTITION BY ${sql.literal(groups)}, value_text ORDER BY at DESC, sequence DESC) AS place
          FROM (SELECT r.request, r.within${sql.literal(texts(places))}, e.value_coefficient AS coefficient, e.value_text, e.timestamp AS at, e.sequence
            ${events(organization, ranges, places)}) read) placed
        GROUP BY ${sql.literal(by)}`
    },

    /** The events themselves, in order; `value_text` and scale only where the index does not say all. */
    rows: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number, prices: boolean, items: boolean) => {
      const text = items ? "e.value_text" : "CASE WHEN e.tally = 1 THEN NULL ELSE e.value_text END"
      const price = prices ? "CAST(e.precise_total_amount_cents AS TEXT)" : "NULL"
      return sql<EventRow>`SELECT r.request, e.timestamp AS at, CAST(e.value_coefficient AS TEXT) AS coefficient,
          CASE WHEN e.tally = 1 THEN NULL ELSE e.value_scale END AS scale, ${sql.literal(text)} AS value_text,
          ${sql.literal(price)} AS price${sql.literal(texts(places))}
        ${events(organization, ranges, places)} ORDER BY r.request, e.timestamp, e.sequence`
    },

    /** The events themselves with all their properties, by timestamp or in order of acceptance. */
    whole: (organization: string, ranges: ReadonlyArray<KeyedRange>, by: "timestamp" | "acceptance" = "timestamp") =>
      sql<WholeRow>`SELECT r.request, e.timestamp AS at, e.properties, CAST(e.precise_total_amount_cents AS TEXT) AS price
        ${events(organization, ranges, 0)} ORDER BY r.request, ${sql.literal(by === "timestamp" ? "e.timestamp, " : "")}e.sequence`
  }
}

/** The values of the keys, `t0`, `t1`, …: texts or null. */
interface Keyed {
  readonly request: number
  readonly [text: `t${number}`]: string | null
}

export interface SplitRow extends Keyed {
  readonly within: unknown
  readonly scale: number
  readonly n: unknown
  readonly figure: string
}

export interface LastRow extends Keyed {
  readonly within: unknown
  readonly n: unknown
  readonly coefficient: string | null
  readonly scale: number
  readonly value_text: string | null
  readonly at: string | Date
  readonly sequence: string
}

export interface UniqueRow extends Keyed {
  readonly active: unknown
  readonly n: unknown
}

export interface EventRow extends Keyed {
  readonly at: string | Date
  readonly coefficient: string | null
  readonly scale: number | null
  readonly value_text: string | null
  readonly price: string | null
}

export interface WholeRow {
  readonly request: number
  readonly at: string | Date
  readonly properties: unknown
  readonly price: string | null
}
