/** Events in SQL: appended once, found again, never changed. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import { canonicalJson, type Event, EventStore, type HourlyVolume, type KnownEvent, type NewEvent } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { appendRows, appendStatement, changedRows } from "./append.js"
import { addRows, addStatement } from "./slots/add.js"
import { incrementsOf } from "./slots/increments.js"

export const eventsTable = table("events", {
  id: "uuid",
  organization_id: "uuid",
  transaction_id: "text",
  external_customer_id: "text",
  external_subscription_id: "text",
  code: "text",
  timestamp: "instant",
  properties: "json",
  precise_total_amount_cents: "decimal",
  created_at: "instant",
  updated_at: "instant"
})

const eventOf = decodeRow<Event>(eventsTable)

const knownOf = (event: Event): KnownEvent => ({
  ...event,
  at: event.timestamp.epochMillis,
  json: canonicalJson(event.properties, "properties")
})

/** Rows of one statement: more would only make its parameter longer. */
const CHUNK = 5000

export const eventStoreLayer: Layer.Layer<EventStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EventStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `events.${operation}`)
    const statement = appendStatement(dialect)
    const addition = addStatement(dialect)

    const select = Effect.fnUntraced(function* (condition: Fragment) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(eventsTable, "e")} FROM events e WHERE e.organization_id = ${organization} AND ${condition}`
      return found.map((row) => eventOf(row as Record<string, unknown>))
    })

    /** Those of the events that were stored under their own ids. */
    const stored = Effect.fnUntraced(function* (organization: string, events: ReadonlyArray<NewEvent>) {
      const ids = list(
        "uuid",
        events.map(({ id }) => id)
      )
      const found = yield* sql<{ id: string }>`SELECT e.id FROM events e WHERE e.organization_id = ${organization} AND e.id IN ${ids}`
      const own = new Set(found.map(({ id }) => id))
      return events.filter(({ id }) => own.has(id))
    })

    return EventStore.of({
      append: Effect.fnUntraced(function* (events, now) {
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(instant(now))
        let added = 0
        for (let from = 0; from < events.length; from += CHUNK) {
          const chunk = events.slice(from, from + CHUNK)
          const answer = yield* sql.unsafe(statement, [organization, at, at, appendRows(chunk)]).raw
          added += changedRows(answer) ?? 0
        }
        // After all events: whoever waits for another one's event holds no slot that the other waits for.
        const increments = incrementsOf(added === events.length ? events : added === 0 ? [] : yield* stored(organization, events))
        for (let from = 0; from < increments.length; from += CHUNK) {
          yield* sql.unsafe(addition, [organization, at, at, addRows(increments.slice(from, from + CHUNK))]).raw
        }
        return added
      }, storage("append")),

      known: (transaction_ids) =>
        select(sql`e.transaction_id IN ${list("text", transaction_ids)}`).pipe(
          Effect.map((events) => events.map(knownOf)),
          storage("known")
        ),

      find: (by) =>
        select("id" in by ? sql`e.id = ${by.id}` : sql`e.transaction_id = ${by.transaction_id}`).pipe(
          Effect.map((events) => events[0]),
          storage("find")
        ),

      // By `created_at` means in order of ids: they are given in that order, and their index holds it.
      page: Effect.fnUntraced(function* ({ from, to, ...filter }, { after, limit, order, total }) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization} AND t.code <> ''`,
          ...equalTo(sql, eventsTable, filter, ["external_customer_id", "external_subscription_id", "code"]),
          ...(from === undefined ? [] : [sql`t.timestamp >= ${DateTime.formatIso(instant(from))}`]),
          ...(to === undefined ? [] : [sql`t.timestamp < ${DateTime.formatIso(instant(to))}`])
        ]
        const source = sql`FROM events t WHERE ${sql.and(conditions)}`
        const direction = sql.literal(order.direction)
        const beyond = sql.literal(order.direction === "asc" ? ">" : "<")
        const byTime = order.field === "timestamp"
        const rest =
          after === null
            ? sql.literal("")
            : byTime
              ? sql`AND (t.timestamp, t.id) ${beyond} (${after.value}, ${after.id})`
              : sql`AND t.id ${beyond} ${after.id}`
        const sorted = byTime ? sql`t.timestamp ${direction}, t.id ${direction}` : sql`t.id ${direction}`
        const rows = yield* sql`SELECT ${columns(eventsTable, "t")} ${source} ${rest} ORDER BY ${sorted} LIMIT ${limit + 1}`
        const counted = total ? yield* sql<{ total: unknown }>`SELECT count(*) AS total ${source}` : undefined
        return {
          rows: rows.map((row) => eventOf(row as Record<string, unknown>)),
          total: counted === undefined ? null : Number(counted[0]!.total)
        }
      }, storage("page")),

      volume: Effect.fnUntraced(function* (from, to, code) {
        const organization = yield* CurrentOrganization
        const hour = sql.literal(
          dialect.engine === "sqlite"
            ? "CAST(strftime('%s', e.timestamp) AS INTEGER) / 3600"
            : "CAST(floor(extract(epoch FROM e.timestamp) / 3600) AS integer)"
        )
        // Through the metrics, so that each code is one stretch of its index: every event has one. To the last millisecond: the year after 9999 has no text.
        const rows = yield* sql<{ hour: unknown; n: unknown }>`SELECT ${hour} AS hour, count(*) AS n FROM billable_metrics m
          JOIN events e ON e.organization_id = m.organization_id AND e.code = m.code AND e.code <> ''
            AND e.timestamp >= ${DateTime.formatIso(instant(from))} AND e.timestamp <= ${DateTime.formatIso(instant(to - 1))}
          WHERE m.organization_id = ${organization} ${code === undefined ? sql.literal("") : sql`AND m.code = ${code}`}
          GROUP BY 1 ORDER BY 1`
        return rows.map((row): HourlyVolume => ({ at: Number(row.hour) * 3_600_000, events_count: Number(row.n) }))
      }, storage("volume"))
    })
  })
)
