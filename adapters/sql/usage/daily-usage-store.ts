/** Usage by local days in SQL, and the marks of days that events have come to. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type DailyUsage, DailyUsageStore, type MarkedDay } from "../../../src/usage/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow, table } from "../table.js"

const dailyUsagesTable = table("daily_usages", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  billable_metric_id: "uuid",
  external_customer_id: "text",
  usage_date: "date",
  timezone: "text",
  usage_value: "decimal",
  events_count: "integer",
  created_at: "instant",
  updated_at: "instant"
})

const REPLACED = ["external_customer_id", "timezone", "usage_value", "events_count", "updated_at"]
const IN_PLACE = `ON CONFLICT (organization_id, subscription_id, billable_metric_id, usage_date) DO UPDATE SET ${REPLACED.map(
  (name) => `${name} = excluded.${name}`
).join(", ")}`

const MARK = [
  ["code", "text"],
  ["subject", "text"],
  ["hour", "integer"],
  ["split", "text"],
  ["scale", "integer"]
] as const satisfies ReadonlyArray<readonly [string, ColumnType]>
const MARK_KEY = MARK.map(([name]) => `s.${name}`).join(", ")

const rowOf = decodeRow<DailyUsage>(dailyUsagesTable)

export const dailyUsageStoreLayer: Layer.Layer<DailyUsageStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  DailyUsageStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `daily_usages.${operation}`)
    const selected = columns(dailyUsagesTable, "d")
    const key = sql.literal(MARK_KEY)
    const read = (found: ReadonlyArray<object>) => found.map((row) => rowOf(row as Record<string, unknown>))
    /** The day of a row as hours from 1970. */
    const hour = sql.literal(
      dialect.engine === "sqlite"
        ? "CAST(strftime('%s', d.usage_date) AS INTEGER) / 3600"
        : "CAST(extract(epoch FROM d.usage_date) / 3600 AS integer)"
    )

    const running = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const found = yield* sql<{ id: string }>`SELECT s.id FROM subscriptions s WHERE s.organization_id = ${organization}
        AND s.status IN ('active', 'paused', 'canceled') AND s.started_at IS NOT NULL
        ${after === null ? sql.literal("") : sql`AND s.id > ${after}`} ORDER BY s.id LIMIT ${limit}`
      return found.map(({ id }) => id)
    })

    const load = Effect.fnUntraced(function* (subscription_ids: ReadonlyArray<string>, days: ReadonlyArray<string>) {
      const organization = yield* CurrentOrganization
      return read(
        yield* sql`SELECT ${selected} FROM daily_usages d WHERE d.organization_id = ${organization}
          AND d.subscription_id IN ${list("uuid", subscription_ids)} AND d.usage_date IN ${list("date", days)}`
      )
    })

    const renew = Effect.fnUntraced(function* (
      subscriptions: ReadonlyArray<{ readonly subscription_id: string; readonly timezone: string }>
    ) {
      const organization = yield* CurrentOrganization
      const items = rows(
        [
          ["subscription_id", "uuid"],
          ["timezone", "text"]
        ],
        subscriptions.map(({ subscription_id, timezone }) => [subscription_id, timezone])
      )
      const without = yield* sql<{ id: string }>`SELECT i.subscription_id AS id FROM ${items} i WHERE NOT EXISTS (
        SELECT 1 FROM daily_usages d WHERE d.organization_id = ${organization} AND d.subscription_id = i.subscription_id
          AND d.timezone = i.timezone)`
      if (without.length === 0) return
      const ids = list(
        "uuid",
        without.map(({ id }) => id)
      )
      yield* sql`DELETE FROM daily_usages WHERE organization_id = ${organization} AND subscription_id IN ${ids}`
      yield* sql`UPDATE usage_slots SET pending = ${sql.literal(dialect.engine === "sqlite" ? "1" : "true")}
        WHERE organization_id = ${organization} AND width = 24 AND NOT pending
          AND code IN (SELECT m.code FROM billable_metrics m WHERE m.organization_id = ${organization})
          AND subject IN (
            SELECT 's:' || s.external_id FROM subscriptions s WHERE s.organization_id = ${organization} AND s.id IN ${ids}
            UNION ALL
            SELECT 'c:' || c.external_id FROM subscriptions s
              JOIN customers c ON c.organization_id = s.organization_id AND c.id = s.customer_id
              WHERE s.organization_id = ${organization} AND s.id IN ${ids})`
    })

    const claim = Effect.fnUntraced(function* (before: number, limit: number, after: MarkedDay | null) {
      const organization = yield* CurrentOrganization
      const beyond =
        after === null
          ? sql.literal("")
          : sql`AND (${key}) > (${after.code}, ${after.subject}, ${after.hour}, ${after.split}, ${after.scale})`
      const found = yield* sql<MarkedDay>`SELECT ${key} FROM usage_slots s WHERE s.organization_id = ${organization} AND s.pending
        AND s.hour < ${before} ${beyond} ORDER BY ${key} LIMIT ${limit}${sql.literal(dialect.skipLocked)}`
      return found.map((mark): MarkedDay => ({ ...mark, hour: Number(mark.hour), scale: Number(mark.scale) }))
    })

    const settle = Effect.fnUntraced(function* (days: ReadonlyArray<MarkedDay>) {
      if (days.length === 0) return
      const organization = yield* CurrentOrganization
      const names = sql.literal(MARK.map(([name]) => name).join(", "))
      const items = rows(
        MARK,
        days.map(({ code, hour: first, scale, split, subject }) => [code, subject, first, split, scale])
      )
      yield* sql`UPDATE usage_slots SET pending = ${sql.literal(dialect.engine === "sqlite" ? "0" : "false")}
        WHERE organization_id = ${organization} AND width = 24 AND (${names}) IN (SELECT ${names} FROM ${items} items)`
    })

    const subscriptionsOf = Effect.fnUntraced(function* (subjects: ReadonlyArray<string>) {
      const organization = yield* CurrentOrganization
      const named = (prefix: string) =>
        rows(
          [["name", "text"]],
          subjects.filter((subject) => subject.startsWith(prefix)).map((subject) => [subject.slice(prefix.length)])
        )
      return yield* sql<{ subject: string; subscription_id: string }>`
        SELECT 's:' || i.name AS subject, s.id AS subscription_id FROM ${named("s:")} i
          JOIN subscriptions s ON s.organization_id = ${organization} AND s.external_id = i.name
        UNION ALL
        SELECT 'c:' || i.name AS subject, s.id AS subscription_id FROM ${named("c:")} i
          JOIN customers c ON c.organization_id = ${organization} AND c.external_id = i.name
          JOIN subscriptions s ON s.organization_id = ${organization} AND s.customer_id = c.id`
    })

    const settled = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      return read(
        yield* sql`SELECT ${selected} FROM daily_usages d
          JOIN subscriptions s ON s.organization_id = d.organization_id AND s.id = d.subscription_id
          JOIN customers c ON c.organization_id = s.organization_id AND c.id = s.customer_id AND c.timezone = d.timezone
          JOIN billable_metrics m ON m.organization_id = d.organization_id AND m.id = d.billable_metric_id
          WHERE d.organization_id = ${organization} ${after === null ? sql.literal("") : sql`AND d.id > ${after}`}
            AND NOT EXISTS (SELECT 1 FROM usage_slots p WHERE p.organization_id = ${organization} AND p.pending AND p.code = m.code
              AND p.hour > ${hour} - 48 AND p.hour < ${hour} + 48)
          ORDER BY d.id LIMIT ${limit}`
      )
    })

    return DailyUsageStore.of({
      running: (after, limit) => running(after, limit).pipe(storage("running")),
      load: (ids, days) => load(ids, days).pipe(storage("load")),
      renew: (subscriptions) => renew(subscriptions).pipe(storage("renew")),
      claim: (before, limit, after) => claim(before, limit, after).pipe(storage("claim")),
      settle: (days) => settle(days).pipe(storage("settle")),
      subscriptionsOf: (subjects) => subscriptionsOf(subjects).pipe(storage("subscriptionsOf")),
      save: (all) => insert(dailyUsagesTable, all, IN_PLACE).pipe(storage("save")),
      settled: (after, limit) => settled(after, limit).pipe(storage("settled"))
    })
  })
)
