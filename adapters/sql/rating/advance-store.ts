/** Lines of charges paid in advance in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { DateTime } from "effect"
import { Effect, Layer } from "effect"
import { CurrentOrganization, Ids, instant } from "../../../src/core/index.js"
import { fingerprint } from "../../../src/metering/index.js"
import {
  exactText,
  fromExactText,
  type Group,
  type InAdvanceTexts,
  inAdvanceFromTexts,
  inAdvanceTexts
} from "../../../src/pricing/index.js"
import { type AdvanceKey, type AdvanceState, AdvanceStore, type BilledBefore, type CarriedFee } from "../../../src/rating/index.js"
import { valuesOf } from "../catalog/terms-json.js"
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

const millisOf = (value: unknown): number => (readValue("instant", value) as DateTime.Utc).epochMillis

/** For each window that asks, a row for each key of a line's filter, or one without. */
const linesBefore = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>): ReadonlyArray<BilledBefore> => {
  const filters = new Map<unknown, Record<string, ReadonlyArray<string>>>()
  for (const row of rows) {
    if (row.filter_key === null) continue
    filters.set(row.line_id, { ...filters.get(row.line_id), [row.filter_key as string]: valuesOf(row.filter_value as string) })
  }
  return rows
    .filter((row, index) => row.line_id !== rows[index - 1]?.line_id || millisOf(row.from_at) !== millisOf(rows[index - 1]!.from_at))
    .map((row) => {
      const [from, period_start] = [millisOf(row.from_at), millisOf(row.period_start)]
      return {
        subscription_id: row.subscription_id as string,
        from,
        metric_id: row.metric_id as string,
        until: Math.min(row.period_end === null ? from : millisOf(row.period_end), from),
        line: {
          charge_id: row.charge_id as string,
          position: Number(row.position),
          plan_id: row.plan_id as string,
          period_start,
          filter: filters.get(row.line_id) ?? null,
          group: readValue("json", row.group_values) as Group,
          peak: fromExactText(row.peak as string),
          billed: fromExactText(row.billed as string),
          begun: readValue("boolean", row.begun) as boolean
        }
      }
    })
}

/** How far apart two zones' midnights can be: a period's beginning moves that much when its customer moves. */
const ZONES_APART = 2 * 24 * 60 * 60 * 1000

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

      billedBefore: Effect.fnUntraced(function* (windows) {
        if (windows.length === 0) return []
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["subscription_id", "uuid"],
            ["charge_id", "uuid"],
            ["since_at", "instant"],
            ["from_at", "instant"]
          ],
          windows.map(({ charge_id, from, full_from, subscription_id }) => [
            subscription_id,
            charge_id,
            instant(full_from.epochMillis - ZONES_APART),
            from
          ])
        )
        const at = (column: string, of: string) => sql.literal(dialect.selectColumn(column, "instant", of))
        // Windows of one period have its end in common, as long as none of them is a part of another.
        const found =
          yield* sql`SELECT items.subscription_id, ${at("from_at", "items")}, a.id AS line_id, a.charge_id, a.peak, a.billed, a.begun,
            ${sql.literal(dialect.selectColumn("group_values", "json", "a"))}, ${at("period_start", "a")}, ${at("period_end", "b")},
            c.billable_metric_id AS metric_id, c.plan_id, c.position, k.key AS filter_key, v.value AS filter_value
          FROM ${asked} items JOIN advance_lines a ON a.organization_id = ${organization} AND a.subscription_id = items.subscription_id
            AND a.period_start >= items.since_at AND a.period_start <= items.from_at
          JOIN charges c ON c.organization_id = a.organization_id AND c.id = a.charge_id
          JOIN billable_metrics m ON m.organization_id = c.organization_id AND m.id = c.billable_metric_id AND m.recurring
          JOIN plans p ON p.organization_id = c.organization_id AND p.id = c.plan_id
          JOIN charges n ON n.organization_id = a.organization_id AND n.id = items.charge_id
          JOIN plans q ON q.organization_id = n.organization_id AND q.id = n.plan_id AND q.interval = p.interval
          LEFT JOIN billed_periods b ON b.organization_id = a.organization_id AND b.subscription_id = a.subscription_id
            AND b.kind = 'usage' AND b.period_start = a.period_start
          LEFT JOIN charge_filter_values v ON v.organization_id = a.organization_id AND v.charge_filter_id = a.charge_filter_id
          LEFT JOIN billable_metric_filters k ON k.organization_id = v.organization_id AND k.id = v.billable_metric_filter_id
          WHERE (a.period_start < items.from_at OR c.plan_id <> n.plan_id) AND COALESCE(b.full_end, a.period_end) > items.from_at
          ORDER BY a.period_start, a.id, items.from_at`
        const closed = yield* sql`SELECT DISTINCT items.subscription_id, ${at("from_at", "items")}, ${at("period_end", "b")},
            c.billable_metric_id AS metric_id
          FROM ${asked} items JOIN billed_periods b ON b.organization_id = ${organization} AND b.subscription_id = items.subscription_id
            AND b.kind = 'usage' AND b.period_start >= items.since_at AND b.period_start < items.from_at AND b.full_end > items.from_at
          JOIN fees f ON f.organization_id = b.organization_id AND f.subscription_id = b.subscription_id AND f.period_start = b.period_start
            AND f.event_id IS NULL AND f.fee_type = 'charge'
          JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id AND i.invoice_type <> 'progressive_billing'
          JOIN charges c ON c.organization_id = f.organization_id AND c.id = f.charge_id AND NOT c.pay_in_advance AND NOT c.prorated
          JOIN billable_metrics m ON m.organization_id = c.organization_id AND m.id = c.billable_metric_id AND m.recurring
            AND m.aggregation_type <> 'weighted_sum'
          JOIN plans p ON p.organization_id = c.organization_id AND p.id = c.plan_id
          JOIN charges n ON n.organization_id = c.organization_id AND n.id = items.charge_id
          JOIN plans q ON q.organization_id = n.organization_id AND q.id = n.plan_id AND q.interval = p.interval`
        return [
          ...linesBefore(found),
          ...closed.map((row) => ({
            subscription_id: row.subscription_id as string,
            from: millisOf(row.from_at),
            metric_id: row.metric_id as string,
            until: millisOf(row.period_end),
            line: null
          }))
        ]
      }, storage("billedBefore")),

      lastOf: Effect.fnUntraced(function* (subscription_ids) {
        if (subscription_ids.length === 0) return new Map()
        const organization = yield* CurrentOrganization
        const asked = rows(
          [["subscription_id", "uuid"]],
          subscription_ids.map((id) => [id])
        )
        const last = sql.literal(dialect.selectColumn("last_at", "instant", "found"))
        const found = yield* sql<{ subscription_id: string; last_at: unknown }>`SELECT found.subscription_id, ${last}
          FROM (SELECT items.subscription_id, (SELECT MAX(a.period_start) FROM advance_lines a
            WHERE a.organization_id = ${organization} AND a.subscription_id = items.subscription_id) AS last_at FROM ${asked} items) found
          WHERE found.last_at IS NOT NULL`
        return new Map(found.map((row) => [row.subscription_id, readValue("instant", row.last_at) as DateTime.Utc]))
      }, storage("lastOf")),

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
