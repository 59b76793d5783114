/** Usage thresholds and their crossings in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type AppliedUsageThreshold, type UsageThreshold, UsageThresholdStore } from "../../../src/invoicing/index.js"
import type { Arrival } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { appliedUsageThresholdsTable, usageThresholdsTable } from "./tables.js"

type Raw = Record<string, unknown>
const thresholdOf = decodeRow<UsageThreshold>(usageThresholdsTable)
const crossingOf = decodeRow<AppliedUsageThreshold>(appliedUsageThresholdsTable)

const subjectOf = ({ external_customer_id, external_subscription_id }: Arrival) => [
  external_subscription_id === null ? external_customer_id : null,
  external_subscription_id
]

export const thresholdStoreLayer: Layer.Layer<UsageThresholdStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  UsageThresholdStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `usage_thresholds.${operation}`)
    const page = readPage(sql, dialect)
    const thresholdColumns = columns(usageThresholdsTable, "t")

    return UsageThresholdStore.of({
      insert: (threshold) => insert(usageThresholdsTable, [threshold]).pipe(storage("insert")),

      find: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const found =
          yield* sql`SELECT ${thresholdColumns} FROM usage_thresholds t WHERE t.organization_id = ${organization} AND t.id = ${id}`
        return found[0] === undefined ? undefined : thresholdOf(found[0] as Raw)
      }, storage("find")),

      // The lock waits for whoever records a crossing of it, so that a crossed one is not deleted.
      remove: Effect.fnUntraced(function* (id, now) {
        const organization = yield* CurrentOrganization
        const [held] = yield* sql`SELECT t.id FROM usage_thresholds t WHERE t.organization_id = ${organization} AND t.id = ${id}
          AND t.retired_at IS NULL${sql.literal(dialect.forUpdate)}`
        if (held === undefined) return false
        const gone = yield* sql`DELETE FROM usage_thresholds WHERE organization_id = ${organization} AND id = ${id} AND NOT EXISTS
          (SELECT 1 FROM applied_usage_thresholds a WHERE a.organization_id = ${organization} AND a.usage_threshold_id = ${id}) RETURNING id`
        if (gone.length > 0) return true
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE usage_thresholds SET retired_at = ${at}, updated_at = ${at} WHERE organization_id = ${organization} AND id = ${id}`
        return true
      }, storage("remove")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, usageThresholdsTable, filter, ["plan_id", "subscription_id"])
        ]
        return yield* page(usageThresholdsTable, thresholdOf, conditions, request)
      }, storage("page")),

      pageCrossings: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, appliedUsageThresholdsTable, filter, ["subscription_id", "usage_threshold_id"])
        ]
        return yield* page(appliedUsageThresholdsTable, crossingOf, conditions, request)
      }, storage("pageCrossings")),

      // Where the organization has no threshold in force, nothing else is read.
      concerned: Effect.fnUntraced(function* (arrivals) {
        if (arrivals.length === 0) return []
        const organization = yield* CurrentOrganization
        const items = rows(
          [
            ["customer", "text"],
            ["subscription", "text"]
          ],
          arrivals.map(subjectOf)
        )
        const found = yield* sql<{ id: string }>`SELECT s.id AS id FROM subscriptions s WHERE s.organization_id = ${organization}
          AND EXISTS (SELECT 1 FROM usage_thresholds o WHERE o.organization_id = ${organization} AND o.retired_at IS NULL)
          AND s.id IN (
            SELECT s1.id FROM ${items} i JOIN subscriptions s1 ON s1.organization_id = ${organization} AND s1.external_id = i.subscription
            UNION ALL
            SELECT s2.id FROM ${items} i JOIN customers c ON c.organization_id = ${organization} AND c.external_id = i.customer
              JOIN subscriptions s2 ON s2.organization_id = ${organization} AND s2.customer_id = c.id)
          AND s.started_at IS NOT NULL AND s.status <> 'terminated'
          AND EXISTS (SELECT 1 FROM usage_thresholds t WHERE t.organization_id = ${organization} AND t.retired_at IS NULL
            AND (t.subscription_id = s.id OR t.plan_id = s.plan_id OR t.plan_id = s.previous_plan_id)
            AND (t.recurring OR NOT EXISTS (SELECT 1 FROM applied_usage_thresholds a
              WHERE a.organization_id = ${organization} AND a.subscription_id = s.id AND a.usage_threshold_id = t.id)))
          ORDER BY s.id`
        return found.map(({ id }) => id)
      }, storage("concerned")),

      inForce: Effect.fnUntraced(function* (owners) {
        if (owners.length === 0) return { thresholds: [], crossed: [] }
        const organization = yield* CurrentOrganization
        const subscription_ids = list(
          "uuid",
          owners.map(({ subscription_id }) => subscription_id)
        )
        const plan_ids = list("uuid", [...new Set(owners.flatMap((owner) => owner.plan_ids))])
        const thresholds =
          yield* sql`SELECT ${thresholdColumns} FROM usage_thresholds t WHERE t.organization_id = ${organization} AND t.retired_at IS NULL
            AND (t.subscription_id IN ${subscription_ids} OR t.plan_id IN ${plan_ids}) ORDER BY t.amount_cents, t.id${sql.literal(dialect.forShare)}`
        if (thresholds.length === 0) return { thresholds: [], crossed: [] }
        const crossed = yield* sql`SELECT ${columns(appliedUsageThresholdsTable, "a")} FROM applied_usage_thresholds a
          WHERE a.organization_id = ${organization} AND a.subscription_id IN ${subscription_ids}`
        return { thresholds: thresholds.map((row) => thresholdOf(row as Raw)), crossed: crossed.map((row) => crossingOf(row as Raw)) }
      }, storage("inForce")),

      invoicedUsage: Effect.fnUntraced(function* (before) {
        if (before.length === 0) return new Map<string, bigint>()
        const organization = yield* CurrentOrganization
        const given = rows(
          [
            ["subscription_id", "uuid"],
            ["before_at", "instant"]
          ],
          before.map((one) => [one.subscription_id, one.before])
        )
        const found = yield* sql<{ subscription_id: string; amount: string }>`
          SELECT stands.subscription_id AS subscription_id, ${sql.literal(dialect.sumMoney("stands.amount_cents"))} AS amount FROM (
            SELECT f.subscription_id AS subscription_id, f.amount_cents - f.progressive_billing_credit_amount_cents - COALESCE((
              SELECT SUM(n.amount_cents) FROM credit_note_items n
                JOIN credit_notes d ON d.organization_id = n.organization_id AND d.id = n.credit_note_id
              WHERE n.organization_id = f.organization_id AND n.fee_id = f.id AND n.cause IN ('surplus', 'late_usage')
                AND (d.credit_status IS NULL OR d.credit_status <> 'voided')), 0) AS amount_cents
            FROM ${given} items
            JOIN fees f ON f.organization_id = ${organization} AND f.subscription_id = items.subscription_id AND f.period_start < items.before_at
            JOIN invoices i ON i.organization_id = ${organization} AND i.id = f.invoice_id
            JOIN charges c ON c.organization_id = ${organization} AND c.id = f.charge_id
            WHERE f.fee_type = 'charge' AND i.status <> 'voided' AND NOT c.pay_in_advance
              AND COALESCE(f.properties ->> 'reason', '') <> 'minimum') stands
          GROUP BY stands.subscription_id`
        return new Map(found.map(({ amount, subscription_id }) => [subscription_id, BigInt(amount)]))
      }, storage("invoicedUsage")),

      recordCrossings: (crossings) => insert(appliedUsageThresholdsTable, crossings).pipe(storage("recordCrossings"))
    })
  })
)
