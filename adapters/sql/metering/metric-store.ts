/** Billable metrics with their filters in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization } from "../../../src/core/index.js"
import { type BillableMetric, MetricStore } from "../../../src/metering/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue, table } from "../table.js"

export const metricsTable = table("billable_metrics", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  aggregation_type: "text",
  field_name: "text",
  recurring: "boolean",
  expression: "text",
  value_mode: "text",
  rounding_function: "text",
  rounding_precision: "integer",
  created_at: "instant",
  updated_at: "instant"
})

type Row = Omit<BillableMetric, "filters">
const rowOf = decodeRow<Row>(metricsTable)

interface FilterRow {
  readonly id: string
  readonly billable_metric_id: string
  readonly key: string
  readonly values: unknown
}

export const metricStoreLayer: Layer.Layer<MetricStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  MetricStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `metrics.${operation}`)
    const page = readPage(sql, dialect)

    const withFilters = Effect.fnUntraced(function* (metrics: ReadonlyArray<Row>) {
      if (metrics.length === 0) return []
      const organization = yield* CurrentOrganization
      const ids = metrics.map((metric) => metric.id)
      const found = yield* sql<FilterRow>`SELECT f.id, f.billable_metric_id, f.key, f."values" FROM billable_metric_filters f
        WHERE f.organization_id = ${organization} AND f.billable_metric_id IN ${list("uuid", ids)} ORDER BY f.billable_metric_id, f.position`
      return metrics.map(
        (metric): BillableMetric => ({
          ...metric,
          filters: found
            .filter((row) => row.billable_metric_id === metric.id)
            .map((row) => ({ id: row.id, key: row.key, values: readValue("json", row.values) }) as BillableMetric["filters"][number])
        })
      )
    })

    return MetricStore.of({
      insert: Effect.fnUntraced(
        function* ({ filters, ...metric }: BillableMetric) {
          yield* insert(metricsTable, [metric])
          if (filters.length === 0) return
          yield* sql`INSERT INTO billable_metric_filters (id, organization_id, billable_metric_id, key, "values", position, created_at, updated_at)
            SELECT id, organization_id, billable_metric_id, key, allowed, position, created_at, updated_at FROM ${rows(
              [
                ["id", "uuid"],
                ["organization_id", "uuid"],
                ["billable_metric_id", "uuid"],
                ["key", "text"],
                ["allowed", "json"],
                ["position", "integer"],
                ["created_at", "instant"],
                ["updated_at", "instant"]
              ],
              filters.map(({ id, key, values }, position) => [
                id,
                metric.organization_id,
                metric.id,
                key,
                values,
                position,
                metric.created_at,
                metric.updated_at
              ])
            )} items`
        },
        (self, { code }) =>
          self.pipe(
            storage("insert"),
            Effect.mapError((error) => (isTaken(error, "billable_metrics", "code") ? new CodeTaken({ entity: "metric", code }) : error))
          )
      ),

      load: Effect.fnUntraced(function* ({ codes, ids }) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(metricsTable, "m")} FROM billable_metrics m WHERE m.organization_id = ${organization}
          AND (m.id IN ${list("uuid", ids)} OR m.code IN ${list("text", codes)})`
        return yield* withFilters(found.map((row) => rowOf(row as Record<string, unknown>)))
      }, storage("load")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, filter, ["aggregation_type"])]
        const found = yield* page(metricsTable, rowOf, conditions, request)
        return { rows: yield* withFilters(found.rows), total: found.total }
      }, storage("page"))
    })
  })
)
