/** Lines of charges paid in advance in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { DateTime } from "effect"
import { Effect, Layer } from "effect"
import { CurrentOrganization, Ids } from "../../../src/core/index.js"
import { fingerprint } from "../../../src/metering/index.js"
import {
  exactText,
  fromExactText,
  type Group,
  type InAdvanceTexts,
  inAdvanceFromTexts,
  inAdvanceTexts
} from "../../../src/pricing/index.js"
import { type AdvanceKey, type AdvanceState, AdvanceStore, type CarriedFee, type PaidBefore } from "../../../src/rating/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, readValue, table } from "../table.js"

const advanceLinesTable = table("advance_lines", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  charge_id: "uuid",
  charge_filter_id: "uuid",
  bucket: "text",
  group_key: "text",
  group_values: "json",
  period_start: "instant",
  period_end: "instant",
  level: "text",
  peak: "text",
  billed: "text",
  begun: "boolean",
  free_events: "text",
  free_units: "text",
  apart: "text",
  pending: "boolean",
  carried: "json",
  events_count: "integer",
  amount_cents: "money",
  amount: "text",
  created_at: "instant",
  updated_at: "instant"
})

interface Row extends InAdvanceTexts, Omit<AdvanceKey, "group"> {
  readonly group_values: Group
  readonly period_end: DateTime.Utc
  readonly apart: string
  readonly pending: boolean
  readonly carried: (Omit<CarriedFee, "amount_cents"> & { readonly amount_cents: string }) | null
  readonly events_count: number
  readonly amount_cents: bigint
  readonly amount: string
}

const rowOf = decodeRow<Row>(advanceLinesTable)

const stateOf = (row: Row): AdvanceState => ({
  subscription_id: row.subscription_id,
  charge_id: row.charge_id,
  charge_filter_id: row.charge_filter_id,
  group: row.group_values,
  period_start: row.period_start,
  period_end: row.period_end,
  state: inAdvanceFromTexts(row),
  apart: fromExactText(row.apart),
  pending: row.pending,
  carried: row.carried === null ? null : { ...row.carried, amount_cents: BigInt(row.carried.amount_cents) },
  events_count: row.events_count,
  amount_cents: row.amount_cents,
  amount: fromExactText(row.amount)
})

const paidOf = (row: Readonly<Record<string, unknown>>): PaidBefore => ({
  subscription_id: row.subscription_id as string,
  from: (readValue("instant", row.from_at) as DateTime.Utc).epochMillis,
  metric_id: row.metric_id as string,
  charge_filter_id: row.charge_filter_id as string | null,
  group: readValue("json", row.group_values) as Group,
  peak: fromExactText(row.peak as string)
})

/** Longer ones would not fit into an index. */
const LONGEST_KEY = 200

/** A group as a short text; key order does not matter. */
const groupKey = (group: Group): string => {
  const values = Object.entries(group)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat()
  const text = JSON.stringify(values)
  return text.length <= LONGEST_KEY ? text : `#${fingerprint(values)}`
}

const bucketOf = (key: AdvanceKey): string => key.charge_filter_id ?? ""

/** What changes with each event. */
const CHANGING = [
  "period_end",
  "level",
  "peak",
  "billed",
  "begun",
  "free_events",
  "free_units",
  "apart",
  "pending",
  "carried",
  "events_count",
  "amount_cents",
  "amount",
  "updated_at"
]

const UPSERT = `ON CONFLICT (organization_id, subscription_id, period_start, charge_id, bucket, group_key)
  DO UPDATE SET ${CHANGING.map((column) => `${column} = excluded.${column}`).join(", ")}`

export const advanceStoreLayer: Layer.Layer<AdvanceStore, never, SqlClient.SqlClient | Dialect | Ids> = Layer.effect(
  AdvanceStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const ids = yield* Ids
    const { columns, insert, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `advance_lines.${operation}`)
    const selected = columns(advanceLinesTable, "a")

    return AdvanceStore.of({
      find: Effect.fnUntraced(function* (keys) {
        if (keys.length === 0) return []
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["subscription_id", "uuid"],
            ["period_start", "instant"],
            ["charge_id", "uuid"],
            ["bucket", "text"],
            ["group_key", "text"]
          ],
          keys.map((key) => [key.subscription_id, key.period_start, key.charge_id, bucketOf(key), groupKey(key.group)])
        )
        const found = yield* sql`SELECT ${selected} FROM ${asked} items CROSS JOIN advance_lines a
          WHERE a.organization_id = ${organization} AND a.subscription_id = items.subscription_id AND a.period_start = items.period_start
          AND a.charge_id = items.charge_id AND a.bucket = items.bucket AND a.group_key = items.group_key`
        return found.map((row) => stateOf(rowOf(row as Record<string, unknown>)))
      }, storage("find")),

      ofWindows: Effect.fnUntraced(function* (windows) {
        if (windows.length === 0) return []
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["subscription_id", "uuid"],
            ["from_at", "instant"],
            ["to_at", "instant"]
          ],
          windows.map(({ from, subscription_id, to }) => [subscription_id, from, to])
        )
        const found =
          yield* sql`SELECT ${selected} FROM advance_lines a JOIN (SELECT DISTINCT subscription_id, from_at, to_at FROM ${asked} given) items
          ON a.subscription_id = items.subscription_id AND a.period_start >= items.from_at AND a.period_start < items.to_at
          WHERE a.organization_id = ${organization} ORDER BY a.period_start, a.id`
        return found.map((row) => stateOf(rowOf(row as Record<string, unknown>)))
      }, storage("ofWindows")),

      paidBefore: Effect.fnUntraced(function* (windows) {
        if (windows.length === 0) return []
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["subscription_id", "uuid"],
            ["charge_id", "uuid"],
            ["full_from", "instant"],
            ["from_at", "instant"]
          ],
          windows.map(({ charge_id, from, full_from, subscription_id }) => [subscription_id, charge_id, full_from, from])
        )
        const found = yield* sql`SELECT items.subscription_id, ${sql.literal(dialect.selectColumn("from_at", "instant", "items"))},
            c.billable_metric_id AS metric_id, a.charge_filter_id, ${sql.literal(dialect.selectColumn("group_values", "json", "a"))}, a.peak
          FROM ${asked} items JOIN advance_lines a ON a.organization_id = ${organization} AND a.subscription_id = items.subscription_id
            AND a.period_start >= items.full_from AND a.period_start < items.from_at
          JOIN charges c ON c.organization_id = a.organization_id AND c.id = a.charge_id
          JOIN billable_metrics m ON m.organization_id = c.organization_id AND m.id = c.billable_metric_id AND m.recurring
          JOIN plans p ON p.organization_id = c.organization_id AND p.id = c.plan_id
          JOIN charges n ON n.organization_id = a.organization_id AND n.id = items.charge_id
          JOIN plans q ON q.organization_id = n.organization_id AND q.id = n.plan_id AND q.interval = p.interval
          ORDER BY a.period_start, a.id`
        return found.map((row) => paidOf(row as Record<string, unknown>))
      }, storage("paidBefore")),

      save: Effect.fnUntraced(function* (lines, now) {
        if (lines.length === 0) return
        const organization_id = yield* CurrentOrganization
        const fresh = yield* ids.many(lines.length)
        yield* insert(
          advanceLinesTable,
          lines.map(({ amount, apart, carried, group, state, ...line }, index) => ({
            id: fresh[index]!,
            organization_id,
            ...line,
            ...inAdvanceTexts(state),
            bucket: bucketOf({ ...line, group }),
            group_key: groupKey(group),
            group_values: group,
            apart: exactText(apart),
            carried: carried === null ? null : { ...carried, amount_cents: carried.amount_cents.toString() },
            amount: exactText(amount),
            created_at: now,
            updated_at: now
          })),
          UPSERT
        )
      }, storage("save"))
    })
  })
)
