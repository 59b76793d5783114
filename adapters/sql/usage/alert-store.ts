/** Usage alerts and their firings in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type UsageAlert, UsageAlertStore, type UsageAlertTrigger } from "../../../src/usage/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const alertsTable = table("usage_alerts", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  billable_metric_id: "uuid",
  name: "text",
  threshold_value: "decimal",
  recurring: "boolean",
  times_triggered: "integer",
  triggered_at: "instant",
  counted_from: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const triggersTable = table("usage_alert_triggers", {
  id: "uuid",
  organization_id: "uuid",
  usage_alert_id: "uuid",
  current_usage: "decimal",
  threshold_value: "decimal",
  metric_code: "text",
  firings: "integer",
  triggered_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const CHANGING = ["name", "threshold_value", "recurring", "times_triggered", "triggered_at", "counted_from", "updated_at"]

type Raw = Record<string, unknown>
const alertOf = decodeRow<UsageAlert>(alertsTable)
const triggerOf = decodeRow<UsageAlertTrigger>(triggersTable)

export const alertStoreLayer: Layer.Layer<UsageAlertStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  UsageAlertStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `usage_alerts.${operation}`)
    const page = readPage(sql, dialect)

    const select = Effect.fnUntraced(function* (condition: (organization: string) => Fragment, lock: string) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(alertsTable, "a")} FROM usage_alerts a WHERE a.organization_id = ${organization}
        AND ${condition(organization)} ORDER BY a.id${sql.literal(lock)}`
      return found.map((row) => alertOf(row as Raw))
    })

    const one = (id: string, lock: string) =>
      Effect.map(
        select(() => sql`a.id = ${id}`, lock),
        ([alert]) => alert
      )

    return UsageAlertStore.of({
      insert: (alert) => insert(alertsTable, [alert]).pipe(storage("insert")),
      save: (alerts) => update(alertsTable, CHANGING, alerts).pipe(storage("save")),
      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const gone = yield* sql`DELETE FROM usage_alerts WHERE organization_id = ${organization} AND id = ${id} RETURNING id`
        return gone.length > 0
      }, storage("remove")),

      // Metrics that are watched at all come first: where there is no alert, nothing else is read.
      lockConcerned: (arrived) =>
        select((organization) => {
          const codes = list("text", [...new Set(arrived.map(({ code }) => code))])
          const items = rows(
            [
              ["code", "text"],
              ["customer", "text"],
              ["subscription", "text"]
            ],
            arrived.map(({ code, external_customer_id, external_subscription_id }) => [
              code,
              external_subscription_id === null ? external_customer_id : null,
              external_subscription_id
            ])
          )
          return sql`a.billable_metric_id IN (SELECT m.id FROM billable_metrics m
              WHERE m.organization_id = ${organization} AND m.code IN ${codes})
            AND (a.subscription_id, a.billable_metric_id) IN (
              SELECT s.id, m.id FROM ${items} i
                JOIN billable_metrics m ON m.organization_id = ${organization} AND m.code = i.code
                JOIN subscriptions s ON s.organization_id = ${organization} AND s.external_id = i.subscription
              UNION ALL
              SELECT s.id, m.id FROM ${items} i
                JOIN billable_metrics m ON m.organization_id = ${organization} AND m.code = i.code
                JOIN customers c ON c.organization_id = ${organization} AND c.external_id = i.customer
                JOIN subscriptions s ON s.organization_id = ${organization} AND s.customer_id = c.id)`
        }, dialect.forUpdate).pipe(storage("lockConcerned")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, alertsTable, filter, ["subscription_id", "billable_metric_id"])
        ]
        return yield* page(alertsTable, alertOf, conditions, request)
      }, storage("page")),

      insertTriggers: (triggers) => insert(triggersTable, triggers).pipe(storage("insertTriggers")),

      pageTriggers: Effect.fnUntraced(function* (alert_id, request) {
        const organization = yield* CurrentOrganization
        return yield* page(
          triggersTable,
          triggerOf,
          [sql`t.organization_id = ${organization}`, sql`t.usage_alert_id = ${alert_id}`],
          request
        )
      }, storage("pageTriggers"))
    })
  })
)
