/** Events of providers' webhooks in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type KeptEvent, ProviderEventStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { providerEventsTable } from "./tables.js"

const eventOf = decodeRow<KeptEvent>(providerEventsTable)

export const providerEventStoreLayer: Layer.Layer<ProviderEventStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  ProviderEventStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `provider_events.${operation}`)

    return ProviderEventStore.of({
      claim: Effect.fnUntraced(function* (provider, events) {
        const organization = yield* CurrentOrganization
        // Ascending, so that two webhooks with events in common wait for each other in one direction only.
        const sorted = events.toSorted((a, b) => (a.provider_event_id < b.provider_event_id ? -1 : 1))
        yield* insert(providerEventsTable, sorted, "ON CONFLICT (organization_id, provider, provider_event_id) DO NOTHING")
        const found = yield* sql`SELECT ${columns(providerEventsTable, "e")} FROM provider_events e
          WHERE e.organization_id = ${organization} AND e.provider = ${provider} AND e.provider_event_id IN ${list(
            "text",
            sorted.map((event) => event.provider_event_id)
          )} ORDER BY e.provider_event_id${sql.literal(dialect.forUpdate)}`
        return found.map((row) => eventOf(row as Record<string, unknown>))
      }, storage("claim")),

      save: (events) => update(providerEventsTable, ["result", "updated_at"], events).pipe(storage("save"))
    })
  })
)
