/** Slots in SQL, as they are kept and as the events give them. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../../src/core/index.js"
import {
  type BillableMetric,
  dayOf,
  hourOf,
  type Slot,
  type SlotDays,
  SlotStore,
  splitReader,
  sumOf
} from "../../../../src/metering/index.js"
import { Dialect } from "../../dialect.js"
import { asStorage } from "../../failure.js"
import { statements } from "../../statements.js"
import { readValue } from "../../table.js"
import { MOST_KEYS, PATH_SAFE } from "../usage/kind.js"
import { propertiesOf } from "../usage/read.js"
import { pathOf } from "../usage/statements.js"
import { addRows, addStatement } from "./add.js"

/** Events of a piece of days, but for those of its last day. */
const PIECE = 20_000
/** Slots of one statement. */
const CHUNK = 5000

const HOUR = 3_600_000

interface KeptRow {
  readonly subject: string
  readonly width: 1 | 24
  readonly hour: number
  readonly split: string
  readonly scale: number
  readonly events_count: string
  readonly high: string
  readonly low: string
  readonly greatest: string | null
}

/** An hour of one subject and scale, by the values of the keys or by whole properties. */
interface HourRow {
  readonly [text: `t${number}`]: string | null
  readonly subject: string
  /** SQLite: its beginning, `2026-01-31T05`; Postgres: counted from 1970. */
  readonly hour: string | number
  readonly scale: number
  readonly properties: unknown
  readonly events_count: string
  readonly high: string
  readonly low: string
  readonly greatest: string | null
}

/** Instants are whole milliseconds; the last one is of the year 9999. */
const iso = (millis: number): string => DateTime.formatIso(instant(millis))

const figuresOf = ({ events_count, greatest, high, low }: Pick<KeptRow, "events_count" | "high" | "low" | "greatest">) => ({
  events_count: BigInt(events_count),
  high: BigInt(high),
  low: BigInt(low),
  greatest: greatest === null ? null : BigInt(greatest)
})

const hourOfRow = (hour: string | number): number => (typeof hour === "number" ? hour : hourOf(Date.parse(`${hour}:00:00.000Z`)))

/** Hours of events as slots of hours and days, each once. */
const slotsOf = (code: string, hours: ReadonlyArray<Omit<Slot, "code" | "width">>): ReadonlyArray<Slot> => {
  const found = new Map<string, Slot>()
  const add = (slot: Slot) => {
    const { hour, scale, split, subject, width } = slot
    const key = `${width} ${hour} ${scale} ${subject.length} ${subject}${split}`
    const known = found.get(key)
    found.set(key, known === undefined ? slot : sumOf(known, slot))
  }
  for (const hour of hours) {
    add({ ...hour, code, width: 1 })
    add({ ...hour, code, width: 24, hour: dayOf(hour.hour) })
  }
  return [...found.values()]
}

export const slotStoreLayer: Layer.Layer<SlotStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SlotStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `slots.${operation}`)
    const addition = addStatement(dialect)
    const hour = sql.literal(
      dialect.engine === "sqlite" ? "substr(e.timestamp, 1, 13)" : "CAST(floor(extract(epoch FROM e.timestamp) / 3600) AS integer)"
    )

    /** A property as JSON. */
    const propertyOf = (key: string) =>
      dialect.engine === "sqlite" ? sql`e.properties -> ${pathOf(dialect, key)}` : sql`(e.properties -> ${key}::text)::text`

    /** The events of a code on some days: the condition says that the index by code serves. */
    const eventsOf = (organization: string, code: string, { from, to }: SlotDays) =>
      sql`FROM events e WHERE e.organization_id = ${organization} AND e.code = ${code} AND e.code <> ''
        AND e.timestamp >= ${iso(from * HOUR)} AND e.timestamp <= ${iso(to * HOUR - 1)}`

    const keptOf = (organization: string, code: string, { from, to }: SlotDays) =>
      sql`FROM usage_slots s WHERE s.organization_id = ${organization} AND s.code = ${code} AND s.code <> ''
        AND s.hour >= ${from} AND s.hour < ${to}`

    const next = Effect.fnUntraced(function* (code: string, days: SlotDays) {
      const organization = yield* CurrentOrganization
      // Slots may begin before the events do, never the other way about: the piece is counted off from the first event.
      const [found] = yield* sql<{ event: unknown; slot: unknown; beyond: unknown }>`SELECT
        (SELECT MIN(e.timestamp) ${eventsOf(organization, code, days)}) AS event, (SELECT MIN(s.hour) ${keptOf(organization, code, days)}) AS slot,
        (SELECT e.timestamp ${eventsOf(organization, code, days)} ORDER BY e.timestamp LIMIT 1 OFFSET ${PIECE}) AS beyond`
      const dayOfInstant = (value: unknown) => dayOf(hourOf((readValue("instant", value) as DateTime.Utc).epochMillis))
      const { beyond, event, slot } = found!
      const starts = [...(event === null ? [] : [dayOfInstant(event)]), ...(slot === null ? [] : [dayOf(Number(slot))])]
      if (starts.length === 0) return undefined
      return { from: Math.min(...starts), to: beyond === null ? days.to : dayOfInstant(beyond) + 24 }
    })

    const kept = Effect.fnUntraced(function* (code: string, days: SlotDays) {
      const organization = yield* CurrentOrganization
      const found = yield* sql<KeptRow>`SELECT s.subject, s.width, s.hour, s.split, s.scale, CAST(s.events_count AS TEXT) AS events_count,
        CAST(s.high AS TEXT) AS high, CAST(s.low AS TEXT) AS low, CAST(s.greatest AS TEXT) AS greatest ${keptOf(organization, code, days)}`
      return found.map((row): Slot => ({ ...row, code, ...figuresOf(row) }))
    })

    const counted = Effect.fnUntraced(function* (metric: BillableMetric, days: SlotDays) {
      const organization = yield* CurrentOrganization
      const split = splitReader(metric)
      const keys = metric.filters.map(({ key }) => key)
      const byKeys = keys.length <= MOST_KEYS && keys.every((key) => PATH_SAFE.test(key))
      const columns = byKeys
        ? keys.map((key, place) => sql`, ${propertyOf(key)} AS ${sql.literal(`t${place}`)}`)
        : [sql`, e.properties AS properties`]
      const grouped = columns.map((_, place) => `, ${place + 4}`).join("")
      const found =
        yield* sql<HourRow>`SELECT e.subject, ${hour} AS hour, e.value_scale AS scale${columns.length === 0 ? sql.literal("") : sql.join("", false)(columns)},
          CAST(COUNT(*) AS TEXT) AS events_count, CAST(COALESCE(SUM(e.value_coefficient >> 20), 0) AS TEXT) AS high,
          CAST(COALESCE(SUM(e.value_coefficient & 1048575), 0) AS TEXT) AS low, CAST(MAX(e.value_coefficient) AS TEXT) AS greatest
        ${eventsOf(organization, metric.code, days)} AND e.tally IS NOT NULL GROUP BY 1, 2, 3${sql.literal(grouped)}`
      return slotsOf(
        metric.code,
        found.map((row) => ({
          subject: row.subject,
          hour: hourOfRow(row.hour),
          scale: Number(row.scale),
          split: split(byKeys ? propertiesOf(row, keys) : (readValue("json", row.properties) as Record<string, unknown>)),
          ...figuresOf(row)
        }))
      )
    })

    const replace = Effect.fnUntraced(function* (gone: ReadonlyArray<Slot>, fresh: ReadonlyArray<Slot>, now: number) {
      const organization = yield* CurrentOrganization
      for (let from = 0; from < gone.length; from += CHUNK) {
        const keys = rows(
          [
            ["code", "text"],
            ["subject", "text"],
            ["width", "integer"],
            ["hour", "integer"],
            ["split", "text"],
            ["scale", "integer"]
          ],
          gone.slice(from, from + CHUNK).map(({ code, hour: of, scale, split, subject, width }) => [code, subject, width, of, split, scale])
        )
        yield* sql`DELETE FROM usage_slots WHERE organization_id = ${organization}
          AND (code, subject, width, hour, split, scale) IN (SELECT code, subject, width, hour, split, scale FROM ${keys} items)`
      }
      const at = iso(now)
      for (let from = 0; from < fresh.length; from += CHUNK) {
        yield* sql.unsafe(addition, [organization, at, at, addRows(fresh.slice(from, from + CHUNK))]).raw
      }
    })

    return SlotStore.of({
      next: (code, days) => next(code, days).pipe(storage("next")),
      kept: (code, days) => kept(code, days).pipe(storage("kept")),
      counted: (metric, days) => counted(metric, days).pipe(storage("counted")),
      replace: (gone, fresh, now) => replace(gone, fresh, now).pipe(storage("replace"))
    })
  })
)
