/** What the doctor reads to count usage again, in SQL: what fees count, and the events themselves. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Array as Arr, type DateTime, Effect } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import type { EventFees, EventQuery, FeeCounts } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import { statements } from "../statements.js"
import { readValue } from "../table.js"

interface FeeCountRow {
  readonly invoice_id: string
  readonly status: string
  readonly charge_id: string | null
  readonly last_fee_id: string
  readonly events: string
}

/** No event has a lesser one. */
const FIRST_ID = "00000000-0000-0000-0000-000000000000"

export const readUsage = (sql: SqlClient, dialect: DialectShape) => {
  const { list, rows } = statements(sql, dialect)
  const feeCounts = Effect.fnUntraced(function* (invoice_ids: ReadonlyArray<string>) {
    if (invoice_ids.length === 0) return []
    const organization = yield* CurrentOrganization
    const found = yield* sql<FeeCountRow>`
      SELECT f.invoice_id, i.status, f.charge_id, MAX(CAST(f.id AS TEXT)) AS last_fee_id, CAST(SUM(f.events_count) AS TEXT) AS events
      FROM fees f JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id
      WHERE f.organization_id = ${organization} AND f.invoice_id IN ${list("uuid", invoice_ids)}
        AND (f.charge_id IS NULL OR f.period_start = i.billing_period_start)
      GROUP BY f.invoice_id, i.status, f.charge_id`
    return Object.entries(Arr.groupBy(found, (row) => row.invoice_id)).map(
      ([invoice_id, rows]): FeeCounts => ({
        invoice_id,
        is_final: rows[0].status !== "draft",
        last_fee_id: rows.reduce((last, row) => (row.last_fee_id > last ? row.last_fee_id : last), rows[0].last_fee_id),
        by_charge: new Map(rows.flatMap(({ charge_id, events }) => (charge_id === null ? [] : [[charge_id, BigInt(events)]])))
      })
    )
  })

  const eventFees = Effect.fnUntraced(function* (subscription_ids: ReadonlyArray<string>) {
    if (subscription_ids.length === 0) return []
    const organization = yield* CurrentOrganization
    const found = yield* sql<Omit<EventFees, "period_start" | "amount_cents"> & { period_start: unknown; cents: string }>`
      SELECT f.subscription_id, f.charge_id, f.charge_filter_id, f.period_start, ${sql.literal(dialect.sumMoney("f.amount_cents"))} AS cents
      FROM fees f WHERE f.organization_id = ${organization} AND f.subscription_id IN ${list("uuid", subscription_ids)}
        AND f.event_id IS NOT NULL GROUP BY f.subscription_id, f.charge_id, f.charge_filter_id, f.period_start`
    return found.map(
      ({ cents, period_start, ...fee }): EventFees => ({
        ...fee,
        period_start: readValue("instant", period_start) as DateTime.Utc,
        amount_cents: BigInt(cents)
      })
    )
  })

  const countEvents = Effect.fnUntraced(function* (queries: ReadonlyArray<EventQuery>) {
    if (queries.length === 0) return []
    const organization = yield* CurrentOrganization
    const stretches = queries.flatMap((query, place) => {
      const { after_id, before_id, code, external_customer_id, external_subscription_id, named, owned } = query
      const of = (subject: string, { from, to }: EventQuery["named"]) => {
        return [place, subject, code, instant(from), instant(to), after_id ?? FIRST_ID, before_id]
      }
      return [of(`s:${external_subscription_id}`, named), ...owned.map((stretch) => of(`c:${external_customer_id}`, stretch))]
    })
    const asked = rows(
      [
        ["place", "integer"],
        ["subject", "text"],
        ["code", "text"],
        ["since", "instant"],
        ["until", "instant"],
        ["after_id", "uuid"],
        ["before_id", "uuid"]
      ],
      stretches
    )
    const found = yield* sql<{ place: number; events: string }>`
      SELECT asked.place, CAST(COUNT(*) AS TEXT) AS events FROM ${asked} asked
      JOIN events e ON e.organization_id = ${organization} AND e.subject = asked.subject AND e.code = asked.code
        AND e.timestamp >= asked.since AND e.timestamp < asked.until AND e.id > asked.after_id AND e.id < asked.before_id
        AND e.value_scale IS NOT NULL
      GROUP BY asked.place`
    const counts = new Map(found.map(({ events, place }) => [place, BigInt(events)]))
    return queries.map((_, place) => counts.get(place) ?? 0n)
  })

  return { feeCounts, eventFees, countEvents }
}
