/**
 * Late usage noted as it arrives. The subscriptions of a batch are locked for share until its transaction ends: whoever
 * closes a window holds the row for update, so that an event is either counted in the window or marked here. Marks are rows
 * of their own, since two batches that share a lock could not both change the row.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, Ids, instant } from "../../../src/core/index.js"
import { type Arrival, Arrivals } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { readValue, table } from "../table.js"

const lateUsageTable = table("late_usage", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  since: "instant",
  created_at: "instant",
  updated_at: "instant"
})

interface Late {
  readonly id: string
  readonly since: unknown
}

export const arrivalsLayer: Layer.Layer<Arrivals, never, SqlClient.SqlClient | Dialect | Ids> = Layer.effect(
  Arrivals,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const ids = yield* Ids
    const { insert, rows } = statements(sql, dialect)
    const lock = sql.literal(dialect.forShare === "" ? "" : `${dialect.forShare} OF s`)

    /** Subscriptions of which an event has come after the window that it lies in was closed, and the earliest such instant. */
    const late = (organization: string, arrivals: ReadonlyArray<Arrival>, keyOf: (arrival: Arrival) => string, join: Fragment) =>
      sql<Late>`WITH held AS (
          SELECT s.id AS id, s.started_at AS started_at, items.earliest AS earliest, items.latest AS latest,
            CASE WHEN s.status = 'terminated' THEN s.ending_at ELSE s.window_start END AS closed_until
          FROM ${rows(
            [
              ["key", "text"],
              ["earliest", "instant"],
              ["latest", "instant"]
            ],
            arrivals.map((arrival) => [keyOf(arrival), instant(arrival.earliest), instant(arrival.latest)])
          )} items ${join} WHERE s.organization_id = ${organization} AND s.started_at IS NOT NULL ORDER BY s.id ${lock}
        ) SELECT id, CASE WHEN earliest < started_at THEN started_at ELSE earliest END AS since
        FROM held WHERE earliest < closed_until AND latest >= started_at`

    const note = Effect.fnUntraced(function* (arrivals: ReadonlyArray<Arrival>) {
      const organization = yield* CurrentOrganization
      const unnamed = arrivals.filter((arrival) => arrival.external_subscription_id === null)
      const named = arrivals.filter((arrival) => arrival.external_subscription_id !== null)
      const ofCustomers =
        unnamed.length === 0
          ? []
          : yield* late(
              organization,
              unnamed,
              (arrival) => arrival.external_customer_id,
              sql`JOIN customers c ON c.organization_id = ${organization} AND c.external_id = items.key
                JOIN subscriptions s ON s.customer_id = c.id`
            )
      const ofSubscriptions =
        named.length === 0
          ? []
          : yield* late(
              organization,
              named,
              (arrival) => arrival.external_subscription_id!,
              sql`JOIN subscriptions s ON s.external_id = items.key`
            )
      const found = [...ofCustomers, ...ofSubscriptions]
      if (found.length === 0) return
      const now = yield* DateTime.now
      const fresh = yield* ids.many(found.length)
      yield* insert(
        lateUsageTable,
        found.map(({ id, since }, index) => ({
          id: fresh[index]!,
          organization_id: organization,
          subscription_id: id,
          since: readValue("instant", since),
          created_at: now,
          updated_at: now
        }))
      )
    })

    return Arrivals.of({
      note: (arrivals) => note(arrivals).pipe(asStorage(dialect, "arrivals.note")),
      // Nothing here watches usage.
      check: () => Effect.succeed([])
    })
  })
)
