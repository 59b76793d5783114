/** Events in SQL: appended once, found again, never changed. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import { canonicalJson, type Event, EventStore, type KnownEvent } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

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

const written = {
  ...eventsTable.columns,
  counted: "boolean",
  value_coefficient: "bigint",
  value_scale: "integer",
  value_text: "text",
  fingerprint: "bigint"
} as const

const COLUMNS = Object.entries(written)
const NAMES = COLUMNS.map(([name]) => name)

export const eventStoreLayer: Layer.Layer<EventStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EventStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `events.${operation}`)
    const page = readPage(sql, dialect)
    const names = sql.literal(NAMES.join(", "))

    return EventStore.of({
      append: Effect.fnUntraced(function* (events, now) {
        const organization = yield* CurrentOrganization
        const at = instant(now)
        const described = COLUMNS.map(([name, type]) => [name, type === "json" ? "json" : type] as const)
        const values = events.map((event) => [
          event.id,
          organization,
          event.transaction_id,
          event.external_customer_id,
          event.external_subscription_id,
          event.code,
          instant(event.at),
          event.properties,
          event.precise_total_amount_cents,
          at,
          at,
          event.value !== null,
          event.value?.coefficient == null ? null : BigInt(event.value.coefficient),
          event.value?.scale ?? null,
          event.value?.text ?? null,
          BigInt(event.fingerprint)
        ])
        const stored = yield* sql<{
          transaction_id: string
        }>`INSERT INTO events (${names}) SELECT ${names} FROM ${rows(described, values)} items
          WHERE true ON CONFLICT (organization_id, transaction_id) DO NOTHING RETURNING transaction_id`
        if (stored.length === events.length) return []
        const fresh = new Set(stored.map((row) => row.transaction_id))
        return events.flatMap((event, place) => (fresh.has(event.transaction_id) ? [] : [place]))
      }, storage("append")),

      known: Effect.fnUntraced(function* (transaction_ids) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{
          fingerprint: string
          json: string
        }>`SELECT ${columns(eventsTable, "e")}, CAST(e.fingerprint AS TEXT) AS fingerprint
          FROM events e WHERE e.organization_id = ${organization} AND e.transaction_id IN ${list("text", transaction_ids)}`
        return found.map((row): KnownEvent => {
          const event = eventOf(row as unknown as Record<string, unknown>)
          return {
            ...event,
            at: event.timestamp.epochMillis,
            json: canonicalJson(event.properties, "properties"),
            fingerprint: Number(row.fingerprint)
          }
        })
      }, storage("known")),

      find: Effect.fnUntraced(function* (by) {
        const organization = yield* CurrentOrganization
        const condition = "id" in by ? sql`e.id = ${by.id}` : sql`e.transaction_id = ${by.transaction_id}`
        const found =
          yield* sql`SELECT ${columns(eventsTable, "e")} FROM events e WHERE e.organization_id = ${organization} AND ${condition}`
        return found[0] === undefined ? undefined : eventOf(found[0] as Record<string, unknown>)
      }, storage("find")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, filter, ["external_customer_id", "code"]),
          ...(filter.from === undefined ? [] : [sql`t.timestamp >= ${filter.from}`]),
          ...(filter.to === undefined ? [] : [sql`t.timestamp < ${filter.to}`])
        ]
        return yield* page(eventsTable, eventOf, conditions, request)
      }, storage("page"))
    })
  })
)
