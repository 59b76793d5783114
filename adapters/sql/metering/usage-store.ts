/** Usage in SQL: the events of many requests in one statement, folded as metering folds them. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import { recount, type UsageEvent, type UsageRequest, UsageStore } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { readValue } from "../table.js"

interface Row {
  readonly request: number
  readonly external_subscription_id: string | null
  readonly timestamp: string | Date
  readonly properties: unknown
  readonly precise_total_amount_cents: string | null
}

const isOwned = ({ subject }: UsageRequest, at: number, named: boolean): boolean =>
  named || subject.owned.some(({ from, to }) => from <= at && at < to)

export const usageStoreLayer: Layer.Layer<UsageStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  UsageStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { rows } = statements(sql, dialect)

    return UsageStore.of({
      aggregate: Effect.fn("UsageStore.aggregate")(
        function* (requests) {
          if (requests.length === 0) return []
          const organization = yield* CurrentOrganization
          const asked = rows(
            [
              ["request", "integer"],
              ["customer", "text"],
              ["subscription", "text"],
              ["code", "text"],
              ["since", "instant"],
              ["until", "instant"]
            ],
            requests.map(({ metric, period, subject }, index) => [
              index,
              subject.external_customer_id,
              subject.external_subscription_id,
              metric.code,
              instant(metric.recurring ? Math.max(0, subject.since) : Math.max(subject.since, period.from.epochMillis)),
              period.to
            ])
          )
          const found = yield* sql<Row>`SELECT asked.request, e.external_subscription_id, e.timestamp, e.properties,
            CAST(e.precise_total_amount_cents AS TEXT) AS precise_total_amount_cents
          FROM ${asked} asked JOIN events e ON e.organization_id = ${organization} AND e.external_customer_id = asked.customer
            AND e.code = asked.code AND e.timestamp >= asked.since AND e.timestamp < asked.until
          WHERE e.external_subscription_id IS NULL OR e.external_subscription_id = asked.subscription
          ORDER BY asked.request, e.timestamp, e.sequence`
          const events = requests.map((): Array<UsageEvent> => [])
          for (const row of found) {
            const at = row.timestamp instanceof Date ? row.timestamp.getTime() : Date.parse(row.timestamp)
            const request = requests[row.request]!
            if (!isOwned(request, at, row.external_subscription_id !== null)) continue
            events[row.request]!.push({
              at,
              properties: readValue("json", row.properties) as UsageEvent["properties"],
              precise_total_amount_cents: row.precise_total_amount_cents
            })
          }
          return requests.map((request, index) => recount(request.metric, request.period, request.buckets, events[index]!, request.needs))
        },
        asStorage(dialect, "usage.aggregate")
      )
    })
  })
)
