/**
 * The statements of usage. Each is one text for any number of requests: ranges, and the keys of properties that filters and
 * groups read, come in as data. Filters themselves are applied to what comes out, whose distinct values are few.
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { instant } from "../../../../src/core/index.js"
import { type AdditiveType, hourOf, slotParts } from "../../../../src/metering/index.js"
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
export const pathOf = (dialect: DialectShape, key: string): string => (dialect.engine === "sqlite" ? `$."${key}"` : key)

/** A property as JSON: one look into the properties, and equal values are equal text, but for a number and its text. */
const jsonOf = (dialect: DialectShape, key: string): string =>
  dialect.engine === "sqlite" ? `e.properties -> ${key}` : `(e.properties -> ${key})::text`

/** A property as the text by which it compares, where the engine itself must tell groups apart; null for lists and objects. */
const textOf = (dialect: DialectShape, key: string): string =>
  dialect.engine === "sqlite"
    ? `CASE json_type(e.properties, ${key}) WHEN 'text' THEN nullif(e.properties ->> ${key}, '') WHEN 'integer' THEN e.properties -> ${key}
        WHEN 'real' THEN e.properties -> ${key} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END`
    : `CASE WHEN jsonb_typeof(e.properties -> ${key}) IN ('string', 'number', 'boolean') THEN nullif(e.properties ->> ${key}, '') END`

/** What a part of a line is made of by the engine, exactly; SQLite refuses a sum that it cannot hold. */
const FIGURES = {
  count: "''",
  sum: "COALESCE(CAST(SUM(e.value_coefficient) AS TEXT), '')",
  max: "COALESCE(CAST(MAX(e.value_coefficient) AS TEXT), '')",
  /** A sum in halves that it can hold: what is above 2^20, and the rest. */
  wide: "COALESCE(CAST(SUM(e.value_coefficient >> 20) AS TEXT) || '+' || CAST(SUM(e.value_coefficient & 1048575) AS TEXT), '')"
} as const

export type Figure = "count" | "sum" | "max"

/** The same of slots. */
const SLOT_FIGURES = {
  count: "''",
  sum: "CAST(SUM(s.high) AS TEXT) || '+' || CAST(SUM(s.low) AS TEXT)",
  max: "COALESCE(CAST(MAX(s.greatest) AS TEXT), '')"
} as const

/** The width of a part that asks for the last event of its range, and for no slot. */
const LAST = -1

const PART_COLUMNS = [
  ["place", "integer"],
  ["width", "integer"],
  ["subject", "text"],
  ["code", "text"],
  ["from_hour", "integer"],
  ["to_hour", "integer"],
  ["from_at", "instant"],
  ["to_at", "instant"]
] as const satisfies ReadonlyArray<readonly [string, ColumnType]>

/** Parts of ranges; `place` is that of the range. */
const partsOf = (ranges: ReadonlyArray<KeyedRange>, last: boolean) =>
  ranges.flatMap(({ range: { from, to } }, place) => [
    ...slotParts(from, to).map((part) => ({ place, ...part })),
    ...(last ? [{ place, width: LAST, from, to }] : [])
  ])

/** How an additive metric's parts are added up; the last value is found by another statement. */
export const figureOf = (type: AdditiveType): Figure | "last" => (type === "custom" ? "sum" : type === "latest" ? "last" : type)

const inHalves = (figure: Figure, wide: boolean): string => FIGURES[wide && figure === "sum" ? "wide" : figure]

export const usageStatements = (sql: SqlClient, dialect: DialectShape) => {
  const { rows } = statements(sql, dialect)
  /** For those that look into an index once for each range. */
  const kept = sql.literal(dialect.kept)

  const asked = (ranges: ReadonlyArray<KeyedRange>, places: number): Fragment => {
    const columns: ReadonlyArray<readonly [string, ColumnType]> = [
      ["place", "integer"],
      ...RANGE_COLUMNS,
      ...Array.from({ length: places }, (_, place) => [`k${place}`, "text"] as const)
    ]
    return rows(
      columns,
      ranges.map(({ keys, range }, place) => [
        place,
        ...rangeRow(range),
        ...Array.from({ length: places }, (_, place) => (keys[place] === undefined ? null : pathOf(dialect, keys[place])))
      ])
    )
  }

  /** The events of one range, inside a statement over ranges. */
  const eventsOfRange = (organization: string): Fragment =>
    sql`FROM events e WHERE e.organization_id = ${organization} AND e.subject = r.subject AND e.code = r.code
      AND e.timestamp >= r.from_at AND e.timestamp < r.to_at`

  /** The ranges, read once: SQLite would look into the parameter again for each event. */
  const withRanges = (ranges: ReadonlyArray<KeyedRange>, places: number): Fragment => sql`WITH r AS MATERIALIZED ${asked(ranges, places)}`

  /** The events of the ranges that count; on SQLite a CROSS JOIN keeps the ranges outside. */
  const events = (organization: string): Fragment =>
    sql`FROM r CROSS JOIN events e WHERE e.organization_id = ${organization} AND e.subject = r.subject
      AND e.code = r.code AND e.timestamp >= r.from_at AND e.timestamp < r.to_at AND e.tally IS NOT NULL`

  const values = (places: number): string => list(places, (place) => `${jsonOf(dialect, `r.k${place}`)} AS t${place}`)
  const texts = (places: number): string => list(places, (place) => `${textOf(dialect, `r.k${place}`)} AS t${place}`)
  const ordered = (places: number): string => Array.from({ length: places }, (_, place) => place + 1).join(", ")
  /** An instant inside a text of figures. */
  const at = dialect.engine === "sqlite" ? "e.timestamp" : "CAST(CAST(extract(epoch FROM e.timestamp) * 1000 AS bigint) AS text)"
  const names = (places: number, alias = ""): string => list(places, (place) => `${alias}t${place}`)

  /** From the parts of a statement: rows of `select`, grouped, of a table that each part narrows; on Postgres part by part, so that it hashes. */
  const ofParts = (select: string, by: string, from: Fragment): Fragment =>
    dialect.engine === "sqlite"
      ? sql`SELECT r.place, ${sql.literal(select)} FROM r CROSS JOIN ${from} GROUP BY r.place, ${sql.literal(by)}`
      : sql`SELECT r.place, line.* FROM r CROSS JOIN LATERAL (SELECT ${sql.literal(select)} FROM ${from} GROUP BY ${sql.literal(by)}) line`

  return {
    /**
     * Ranges from their slots, and from the events themselves what of a range lies within an hour: rows of how many events count
     * and their figure by what they share, a split or the keys' values, and by scale; for `last` one more row for each range, of
     * its last event: instant, order, scale, whole number, text.
     */
    slots: (organization: string, ranges: ReadonlyArray<KeyedRange>, figure: Figure | "last", places: number) => {
      const parts = partsOf(ranges, figure === "last")
      const asked = rows(
        [...PART_COLUMNS, ...Array.from({ length: places }, (_, place) => [`k${place}`, "text"] as const)],
        parts.map(({ from, place, to, width }) => {
          const { keys, range } = ranges[place]!
          const paths = Array.from({ length: places }, (_, key) => (keys[key] === undefined ? null : pathOf(dialect, keys[key])))
          return [place, width, range.subject, range.code, hourOf(from), hourOf(to), instant(from), instant(to), ...paths]
        })
      )
      const added = figure === "last" ? "count" : figure
      const fromSlots = ofParts(
        `'slot' AS source, s.split, s.scale, CAST(SUM(s.events_count) AS TEXT) AS n, ${SLOT_FIGURES[added]} AS figure${list(places, (place) => `NULL AS t${place}`)}`,
        "s.split, s.scale",
        sql`usage_slots s WHERE s.organization_id = ${organization} AND s.code = r.code AND s.subject = r.subject
          AND s.width = r.width AND s.hour >= r.from_hour AND s.hour < r.to_hour`
      )
      const fromEvents = ofParts(
        `'event' AS source, NULL AS split, e.value_scale AS scale, CAST(COUNT(*) AS TEXT) AS n, ${inHalves(added, true)} AS figure${values(places)}`,
        `e.value_scale${list(places, (place) => String(place + (dialect.engine === "sqlite" ? 7 : 6)))}`,
        sql`events e WHERE r.width = 0 AND e.organization_id = ${organization} AND e.subject = r.subject AND e.code = r.code
          AND e.timestamp >= r.from_at AND e.timestamp < r.to_at AND e.tally IS NOT NULL`
      )
      const lasts = sql`SELECT r.place, 'last' AS source, NULL AS split, NULL AS scale, '0' AS n,
        (SELECT ${sql.literal(at)} || '|' || e.sequence || '|' || e.value_scale || '|' || COALESCE(e.value_coefficient, 0) || '|' || COALESCE(e.value_text, '')
          ${eventsOfRange(organization)} AND e.tally IS NOT NULL ORDER BY e.timestamp DESC, e.sequence DESC LIMIT 1) AS figure FROM r WHERE r.width = ${sql.literal(String(LAST))}`
      const branches = [fromSlots, ...(parts.some(({ width }) => width === 0) ? [fromEvents] : []), ...(figure === "last" ? [lasts] : [])]
      return sql<SlotRow>`${kept}WITH r AS MATERIALIZED ${asked} ${sql.join(" UNION ALL ", false)(branches)}`
    },

    /** One row for each range of a unique count: its different items, the least of its switches, how many count, how many of them since `period_from`. */
    items: (organization: string, ranges: ReadonlyArray<KeyedRange>) =>
      sql<FiguresRow>`${withRanges(ranges, 0)} SELECT r.request, r.within, (SELECT COUNT(DISTINCT e.value_text) || '|' || COALESCE(MIN(e.value_coefficient), 0) || '|' || COUNT(e.tally) || '|' ||
          COALESCE(SUM(CASE WHEN e.timestamp >= r.period_from THEN 1 ELSE 0 END), 0) ${eventsOfRange(organization)} AND e.tally IS NOT NULL) AS figures
        FROM r`,

    /**
     * One row for each range and combination of the keys' values, with the sum of its tallies; with `scales` one for each
     * scale of its values, and how many there are.
     */
    split: (organization: string, ranges: ReadonlyArray<KeyedRange>, figure: Figure, places: number, { scales, wide }: SplitOptions) => {
      const by = `${scales ? ", e.value_scale AS scale" : ""}${values(places)}`
      const of = `${scales ? "COUNT(*)" : "SUM(e.tally)"} AS n, ${inHalves(figure, wide)} AS figure`
      // By the range alone on SQLite, since a sort carries every column; on Postgres range by range, so that it hashes.
      return dialect.engine === "sqlite"
        ? sql<SplitRow>`${withRanges(ranges, places)} SELECT r.place${sql.literal(by)}, ${sql.literal(of)} ${events(organization)}
            GROUP BY ${sql.literal(ordered(1 + places + (scales ? 1 : 0)))}`
        : sql<SplitRow>`${kept}${withRanges(ranges, places)} SELECT r.place, line.* FROM r CROSS JOIN LATERAL (SELECT ${sql.literal(by === "" ? of : `${by.slice(2)}, ${of}`)}
            ${eventsOfRange(organization)} AND e.tally IS NOT NULL
            ${sql.literal(by === "" ? "HAVING COUNT(*) > 0" : `GROUP BY ${ordered(places + (scales ? 1 : 0))}`)}) line`
    },

    /** The last event of each range and combination of the keys' values, and how many there are. */
    last: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number) => {
      const groups = `request, within${names(places)}`
      return sql<LastRow>`${withRanges(ranges, places)} SELECT ${sql.literal(groups)}, n, CAST(coefficient AS TEXT) AS coefficient, scale, value_text, at, CAST(sequence AS TEXT) AS sequence
        FROM (SELECT ${sql.literal(groups)}, coefficient, scale, value_text, at, sequence,
            COUNT(*) OVER (PARTITION BY ${sql.literal(groups)}) AS n,
            ROW_NUMBER() OVER (PARTITION BY ${sql.literal(groups)} ORDER BY at DESC, sequence DESC) AS place
          FROM (SELECT r.request, r.within${sql.literal(values(places))}, e.value_coefficient AS coefficient, e.value_scale AS scale, e.value_text,
              e.timestamp AS at, e.sequence ${events(organization)}) read) placed
        WHERE place = 1`
    },

    /** How many items are active at the end in each combination of the keys' values, by the last switch of each. */
    unique: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number) => {
      const groups = `request${names(places)}`
      return sql<UniqueRow>`${withRanges(ranges, places)} SELECT ${sql.literal(groups)}, SUM(CASE WHEN place = 1 AND coefficient > 0 THEN 1 ELSE 0 END) AS active,
          SUM(CASE WHEN ${sql.literal(dialect.engine === "sqlite" ? "within = 1" : "within")} THEN 1 ELSE 0 END) AS n
        FROM (SELECT ${sql.literal(groups)}, within, coefficient,
            ROW_NUMBER() OVER (PARTITION BY ${sql.literal(groups)}, value_text ORDER BY at DESC, sequence DESC) AS place
          FROM (SELECT r.request, r.within${sql.literal(texts(places))}, e.value_coefficient AS coefficient, e.value_text, e.timestamp AS at, e.sequence
            ${events(organization)}) read) placed
        GROUP BY ${sql.literal(ordered(places + 1))}`
    },

    /** The events themselves, in order; `value_text` and scale only where the index does not say all. */
    rows: (organization: string, ranges: ReadonlyArray<KeyedRange>, places: number, prices: boolean, items: boolean) => {
      const text = items ? "e.value_text" : "CASE WHEN e.tally = 1 THEN NULL ELSE e.value_text END"
      const price = prices ? "CAST(e.precise_total_amount_cents AS TEXT)" : "NULL"
      return sql<EventRow>`${withRanges(ranges, places)} SELECT r.request, e.timestamp AS at, CAST(e.value_coefficient AS TEXT) AS coefficient,
          CASE WHEN e.tally = 1 THEN NULL ELSE e.value_scale END AS scale, ${sql.literal(text)} AS value_text,
          ${sql.literal(price)} AS price${sql.literal(values(places))}
        ${events(organization)} ORDER BY r.request, e.timestamp, e.sequence`
    },

    /** The events themselves with all their properties, by timestamp or in order of acceptance. */
    whole: (organization: string, ranges: ReadonlyArray<KeyedRange>, by: "timestamp" | "acceptance" = "timestamp") =>
      sql<WholeRow>`${withRanges(ranges, 0)} SELECT r.request, e.id, e.timestamp AS at, e.properties, CAST(e.precise_total_amount_cents AS TEXT) AS price
        ${events(organization)} ORDER BY r.request, ${sql.literal(by === "timestamp" ? "e.timestamp, " : "")}e.sequence`,

    /** The same of some items alone, each found by an index of its own, in order of acceptance. */
    ofItems: (organization: string, ranges: ReadonlyArray<{ readonly range: Range; readonly item: string }>) => {
      const columns: ReadonlyArray<readonly [string, ColumnType]> = [...RANGE_COLUMNS, ["item", "text"]]
      const asked = rows(
        columns,
        ranges.map(({ item, range }) => [...rangeRow(range), item])
      )
      return sql<WholeRow>`WITH r AS MATERIALIZED ${asked}
        SELECT r.request, e.id, e.timestamp AS at, e.properties, CAST(e.precise_total_amount_cents AS TEXT) AS price
        FROM r CROSS JOIN events e WHERE e.organization_id = ${organization} AND e.subject = r.subject AND e.code = r.code
          AND substr(e.value_text, 1, 100) = substr(r.item, 1, 100) AND e.value_text = r.item
          AND e.timestamp >= r.from_at AND e.timestamp < r.to_at AND e.tally IS NOT NULL
        ORDER BY r.request, e.sequence`
    }
  }
}

interface SplitOptions {
  readonly scales: boolean
  readonly wide: boolean
}

/** A range's figures in one text. */
export interface FiguresRow {
  readonly request: number
  readonly within: unknown
  readonly figures: string | null
}

/** The values of the keys, `t0`, `t1`, …: as JSON, or as texts where groups are told apart. */
interface Keyed {
  readonly request: number
  readonly [text: `t${number}`]: string | null
}

/** What slots, or events, of a range share; or its last event. */
export interface SlotRow {
  readonly [text: `t${number}`]: string | null
  readonly source: "slot" | "event" | "last"
  /** Of the range among those that were asked for. */
  readonly place: number
  readonly split: string | null
  readonly scale: number | null
  readonly n: string
  readonly figure: string | null
}

export interface SplitRow {
  readonly [text: `t${number}`]: string | null
  /** Of the range among those that were asked for. */
  readonly place: number
  readonly scale?: number
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
  readonly id: string
  readonly at: string | Date
  readonly properties: unknown
  readonly price: string | null
}
