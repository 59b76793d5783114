/** Analytics in SQL: one statement each, whose sums are exact on every engine and whose result does not grow with the rows. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import { AnalyticsStore, type Span } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { type ColumnType, writtenInstant } from "../table.js"

const SPANS: ReadonlyArray<readonly [string, ColumnType]> = [
  ["place", "integer"],
  ["since", "instant"],
  ["until", "instant"]
]

/** Twelfths of a month's price in a price of an interval. */
const TWELFTHS = `CASE p.interval WHEN 'weekly' THEN 52 WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 WHEN 'semiannual' THEN 2 ELSE 1 END`

/** Invoices that count as invoiced. */
const INVOICED = "i.status IN ('finalized', 'paid') AND i.invoice_type <> 'credit'"

export const analyticsStoreLayer: Layer.Layer<AnalyticsStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  AnalyticsStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `analytics.${operation}`)
    const sum = (expression: string, name: string) => sql.literal(`${dialect.sumMoney(expression)} AS ${name}`)
    const spansOf = (spans: ReadonlyArray<Span>) =>
      rows(
        SPANS,
        spans.map(({ from, to }, place) => [place, from, to])
      )
    /** Whole seconds from issue to payment. */
    const seconds =
      dialect.engine === "postgres"
        ? "floor(extract(epoch FROM i.paid_at - i.issued_at))"
        : "CAST(strftime('%s', i.paid_at) AS INTEGER) - CAST(strftime('%s', i.issued_at) AS INTEGER)"

    /** A subscription that runs right before an instant. */
    const runsBefore = (at: string) => sql.literal(`s.started_at < ${at} AND (s.ending_at IS NULL OR s.ending_at >= ${at})`)

    const REVENUE: Readonly<Record<"type" | "plan" | "customer" | "metric", { readonly key: string; readonly from: string }>> = {
      type: { key: "f.fee_type", from: "" },
      plan: { key: "s.plan_id", from: "LEFT JOIN subscriptions s ON s.organization_id = f.organization_id AND s.id = f.subscription_id" },
      customer: { key: "c.external_id", from: "JOIN customers c ON c.organization_id = i.organization_id AND c.id = i.customer_id" },
      metric: { key: "f.metric_code", from: "" }
    }

    const counted = (kind: string, key: string, from: Fragment, group = "") =>
      sql`SELECT ${sql.literal(`'${kind}' AS kind, ${key} AS key`)}, COUNT(*) AS subscriptions FROM subscriptions s ${from} ${sql.literal(group)}`

    return AnalyticsStore.of({
      movements: Effect.fnUntraced(function* ({ from, to }) {
        const organization = yield* CurrentOrganization
        const points = rows(
          [
            ["point", "integer"],
            ["at", "instant"]
          ],
          [
            [0, from],
            [1, to]
          ]
        )
        const found = yield* sql<Record<string, string>>`WITH lives AS (
            SELECT s.customer_id AS customer_id, p.currency AS currency, points.point AS point,
              ${sql.literal(TWELFTHS)} * v.amount_cents AS twelfths
            FROM ${points} points CROSS JOIN subscriptions s
            LEFT JOIN billed_periods b ON b.organization_id = s.organization_id AND b.subscription_id = s.id AND b.kind = 'usage'
              AND b.period_start < points.at AND b.period_end >= points.at
            JOIN plans p ON p.organization_id = s.organization_id AND p.id = COALESCE(b.plan_id, s.plan_id)
            JOIN plan_versions v ON v.organization_id = p.organization_id AND v.plan_id = p.id
              AND v.version = COALESCE(b.plan_version, s.plan_version)
            WHERE s.organization_id = ${organization} AND ${runsBefore("points.at")}
              AND (s.trial_period_days = 0 OR s.trial_ended_at < points.at)
              AND NOT EXISTS (SELECT 1 FROM subscription_pauses z WHERE z.organization_id = s.organization_id AND z.subscription_id = s.id
                AND z.paused_at < points.at AND (z.resumed_at IS NULL OR z.resumed_at >= points.at))
          ), changes AS (
            SELECT customer_id, currency, SUM(CASE WHEN point = 0 THEN twelfths ELSE 0 END) AS opening,
              SUM(CASE WHEN point = 1 THEN twelfths ELSE 0 END) AS closing
            FROM lives GROUP BY customer_id, currency
          ), told AS (
            SELECT t.*, CASE WHEN t.opening = 0 AND EXISTS (
                SELECT 1 FROM subscriptions s JOIN plans p ON p.organization_id = s.organization_id AND p.id = s.plan_id
                JOIN plan_versions v ON v.organization_id = s.organization_id AND v.plan_id = s.plan_id AND v.version = s.plan_version
                WHERE s.organization_id = ${organization} AND s.customer_id = t.customer_id AND p.currency = t.currency AND v.amount_cents > 0
                  AND s.started_at < ${writtenInstant(from)}
                  AND (s.trial_period_days = 0 OR s.trial_ended_at < ${writtenInstant(from)})) THEN 1 ELSE 0 END AS returns
            FROM changes t
          )
          SELECT currency, ${sum("opening", "opening")},
            ${sum("CASE WHEN opening = 0 AND returns = 0 THEN closing ELSE 0 END", "fresh")},
            ${sum("CASE WHEN opening = 0 AND returns = 1 THEN closing ELSE 0 END", "reactivation")},
            ${sum("CASE WHEN opening > 0 AND closing > opening THEN closing - opening ELSE 0 END", "expansion")},
            ${sum("CASE WHEN closing > 0 AND closing < opening THEN opening - closing ELSE 0 END", "contraction")},
            ${sum("CASE WHEN closing = 0 THEN opening ELSE 0 END", "churn")}
          FROM told GROUP BY currency ORDER BY currency`
        return found.map(({ churn, contraction, currency, expansion, fresh, opening, reactivation }) => ({
          currency: currency!,
          opening: BigInt(opening!),
          new: BigInt(fresh!),
          reactivation: BigInt(reactivation!),
          expansion: BigInt(expansion!),
          contraction: BigInt(contraction!),
          churn: BigInt(churn!)
        }))
      }, storage("movements")),

      sums: Effect.fnUntraced(function* (spans) {
        const organization = yield* CurrentOrganization
        const within = (column: string) => sql.literal(`${column} >= spans.since AND ${column} < spans.until`)
        const found = yield* sql<Record<string, string>>`WITH spans AS (SELECT * FROM ${spansOf(spans)} items), sums AS (
            SELECT spans.place AS place, i.currency AS currency, i.total_cents AS invoiced, 0 AS credited, 0 AS collected, 0 AS paid, 0 AS seconds
            FROM spans JOIN invoices i ON ${within("i.issued_at")}
            WHERE i.organization_id = ${organization} AND ${sql.literal(INVOICED)}
            UNION ALL SELECT spans.place, n.currency, 0, n.total_amount_cents, 0, 0, 0
            FROM spans JOIN credit_notes n ON ${within("n.issued_at")}
            JOIN invoices i ON i.organization_id = n.organization_id AND i.id = n.invoice_id AND i.invoice_type <> 'credit'
            WHERE n.organization_id = ${organization} AND n.status = 'finalized' AND n.voided_at IS NULL
            UNION ALL SELECT spans.place, p.currency, 0, 0, t.amount_cents, 0, 0
            FROM spans JOIN payments p ON ${within("p.completed_at")}
            JOIN invoice_settlements t ON t.organization_id = p.organization_id AND t.source_id = p.id
            WHERE p.organization_id = ${organization} AND t.settlement_type = 'payment' AND t.returned_at IS NULL
            UNION ALL SELECT spans.place, i.currency, 0, 0, 0, 1, ${sql.literal(seconds)}
            FROM spans JOIN invoices i ON ${within("i.paid_at")}
            WHERE i.organization_id = ${organization} AND i.status = 'paid' AND ${sql.literal(INVOICED)}
          )
          SELECT place, currency, ${sum("invoiced", "invoiced")}, ${sum("credited", "credited")}, ${sum("collected", "collected")},
            ${sum("paid", "paid")}, ${sum("seconds", "seconds")}
          FROM sums GROUP BY place, currency ORDER BY currency, place`
        return found.map((row) => ({
          place: Number(row.place),
          currency: row.currency!,
          invoiced_cents: BigInt(row.invoiced!),
          credited_cents: BigInt(row.credited!),
          collected_cents: BigInt(row.collected!),
          paid: BigInt(row.paid!),
          paid_after_seconds: BigInt(row.seconds!)
        }))
      }, storage("sums")),

      receivables: Effect.fnUntraced(function* ({ long_due_before, now }) {
        const organization = yield* CurrentOrganization
        const [before, at] = [writtenInstant(long_due_before), writtenInstant(now)]
        const recent = (column: string) => sql`CASE WHEN i.due_date > ${before} AND i.due_date <= ${at} THEN ${sql.literal(column)} END`
        const found = yield* sql<Record<string, string | null>>`WITH dues AS (
            SELECT i.currency AS currency, CASE WHEN i.due_date <= ${before} THEN 1 ELSE 0 END AS late,
              ${recent("i.timezone")} AS timezone, ${recent(dialect.millis("i.due_date"))} AS due_date,
              i.total_cents - COALESCE((SELECT SUM(t.amount_cents) FROM invoice_settlements t
                WHERE t.organization_id = i.organization_id AND t.invoice_id = i.id AND t.returned_at IS NULL), 0) AS due
            FROM invoices i WHERE i.organization_id = ${organization} AND i.status = 'finalized'
          )
          SELECT currency, late, timezone, due_date, COUNT(*) AS invoices, ${sum("due", "due")}
          FROM dues GROUP BY currency, late, timezone, due_date ORDER BY currency`
        return found.map((row) => ({
          currency: row.currency!,
          due_cents: BigInt(row.due!),
          invoices: Number(row.invoices),
          late: Number(row.late) === 1,
          recent: row.due_date == null ? null : { due_date: instant(Number(row.due_date)), timezone: row.timezone! }
        }))
      }, storage("receivables")),

      revenueBy: Effect.fnUntraced(function* (by, { from, to }, limit) {
        const organization = yield* CurrentOrganization
        const { from: joined, key } = REVENUE[by]
        // Of customers it is what they were invoiced; of the rest, what their fees come to.
        const amount = by === "customer" ? "i.total_cents" : "f.total_amount_cents"
        const fees = by === "customer" ? "" : "JOIN fees f ON f.organization_id = i.organization_id AND f.invoice_id = i.id"
        const only = by === "metric" ? "AND f.metric_code IS NOT NULL" : ""
        const found = yield* sql<{ currency: string; key: string | null; amount: string }>`
          SELECT i.currency AS currency, ${sql.literal(key)} AS key, ${sum(amount, "amount")}
          FROM invoices i ${sql.literal(`${fees} ${joined}`)}
          WHERE i.organization_id = ${organization} AND ${sql.literal(INVOICED)} AND i.issued_at >= ${writtenInstant(from)}
            AND i.issued_at < ${writtenInstant(to)} ${sql.literal(only)}
          GROUP BY i.currency, ${sql.literal(key)} ORDER BY SUM(${sql.literal(amount)}) DESC, i.currency, ${sql.literal(key)} LIMIT ${limit}`
        return found.map((row) => ({ currency: row.currency, key: row.key, amount_cents: BigInt(row.amount) }))
      }, storage("revenueBy")),

      customers: Effect.fnUntraced(function* ({ from, to }) {
        const organization = yield* CurrentOrganization
        const span = rows(
          [
            ["since", "instant"],
            ["until", "instant"]
          ],
          [[from, to]]
        )
        const some = (condition: Fragment) =>
          sql`CASE WHEN EXISTS (SELECT 1 FROM subscriptions s WHERE s.organization_id = c.organization_id AND s.customer_id = c.id AND ${condition}) THEN 1 ELSE 0 END`
        const [found] = yield* sql<Record<string, unknown>>`WITH states AS (
            SELECT CASE WHEN c.created_at >= span.since THEN 1 ELSE 0 END AS fresh, ${some(runsBefore("span.since"))} AS before,
              ${some(runsBefore("span.until"))} AS after,
              ${some(sql`s.started_at IS NOT NULL AND s.ending_at >= span.since AND s.ending_at < span.until`)} AS ended
            FROM ${span} span JOIN customers c ON c.created_at < span.until WHERE c.organization_id = ${organization}
          )
          SELECT COUNT(*) AS total, COALESCE(SUM(fresh), 0) AS fresh, COALESCE(SUM(after), 0) AS active, COALESCE(SUM(before), 0) AS before,
            COALESCE(SUM(CASE WHEN ended = 1 AND after = 0 THEN 1 ELSE 0 END), 0) AS churned FROM states`
        const row = found!
        return {
          total: Number(row.total),
          new: Number(row.fresh),
          active: Number(row.active),
          active_before: Number(row.before),
          churned: Number(row.churned)
        }
      }, storage("customers")),

      subscriptions: Effect.fnUntraced(function* ({ from, to }) {
        const organization = yield* CurrentOrganization
        const within = (column: string) =>
          sql`${sql.literal(column)} >= ${writtenInstant(from)} AND ${sql.literal(column)} < ${writtenInstant(to)}`
        const here = sql`WHERE s.organization_id = ${organization}`
        const running = sql`AND s.started_at IS NOT NULL AND s.status <> 'terminated'`
        const none = dialect.engine === "postgres" ? "NULL::text" : "NULL"
        const plan = dialect.engine === "postgres" ? "s.plan_id::text" : "s.plan_id"
        const found = yield* sql<{ kind: string; key: string | null; subscriptions: unknown }>`
          ${counted("status", "s.status", here, "GROUP BY s.status")}
          UNION ALL ${counted("plan", plan, sql`${here} ${running}`, "GROUP BY s.plan_id")}
          UNION ALL ${counted("new", none, sql`${here} AND ${within("s.started_at")}`)}
          UNION ALL ${counted("canceled", none, sql`${here} AND ${within("s.canceled_at")}`)}
          UNION ALL ${counted("trial", none, sql`${here} ${running} AND s.trial_period_days > 0 AND s.trial_ended_at IS NULL`)}
          ORDER BY 1, 3 DESC, 2`
        return found.map((row) => ({ ...row, subscriptions: Number(row.subscriptions) }))
      }, storage("subscriptions")),

      events: Effect.fnUntraced(function* ({ from, to }, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ code: string; events: unknown }>`SELECT e.code AS code, COUNT(*) AS events FROM events e
          WHERE e.organization_id = ${organization} AND e.code <> '' AND e.timestamp >= ${writtenInstant(from)}
            AND e.timestamp < ${writtenInstant(to)} GROUP BY e.code ORDER BY COUNT(*) DESC, e.code LIMIT ${limit}`
        return found.map((row) => ({ code: row.code, events: Number(row.events) }))
      }, storage("events"))
    })
  })
)
