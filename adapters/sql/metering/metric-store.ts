/** Billable metrics with their filters in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization } from "../../../src/core/index.js"
import { type BillableMetric, type MetricPlanCount, MetricStore, type MetricTypeCount } from "../../../src/metering/index.js"
import type { TermsJson } from "../catalog/terms-json.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue } from "../table.js"
import { metricsTable } from "./tables.js"

type Row = Omit<BillableMetric, "filters">
const rowOf = decodeRow<Row>(metricsTable)

/** Columns that change after a metric was made. */
const CHANGING = Object.keys(metricsTable.columns).filter((column) => !["id", "organization_id", "code", "created_at"].includes(column))

/** Events are counted up to here: a metric that has any cannot go. */
const MOST_EVENTS = 1000

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
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `metrics.${operation}`)
    const page = readPage(sql, dialect)

    const withFilters = Effect.fnUntraced(function* <R extends Row>(metrics: ReadonlyArray<R>) {
      if (metrics.length === 0) return []
      const organization = yield* CurrentOrganization
      const ids = metrics.map((metric) => metric.id)
      const found = yield* sql<FilterRow>`SELECT f.id, f.billable_metric_id, f.key, f."values" FROM billable_metric_filters f
        WHERE f.organization_id = ${organization} AND f.billable_metric_id IN ${list("uuid", ids)} ORDER BY f.billable_metric_id, f.position, f.id`
      return metrics.map((metric): R & BillableMetric => ({
        ...metric,
        filters: found
          .filter((row) => row.billable_metric_id === metric.id)
          .map((row) => ({ id: row.id, key: row.key, values: readValue("json", row.values) }) as BillableMetric["filters"][number])
      }))
    })

    /** Filters of a metric in order, the first at `position`. */
    const insertFilters = (metric: Omit<BillableMetric, "filters">, filters: BillableMetric["filters"], first: number) =>
      sql`INSERT INTO billable_metric_filters (id, organization_id, billable_metric_id, key, "values", position, created_at, updated_at)
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
              filters.map(({ id, key, values }, index) => [
                id,
                metric.organization_id,
                metric.id,
                key,
                values,
                first + index,
                metric.updated_at,
                metric.updated_at
              ])
            )} items`

    return MetricStore.of({
      insert: Effect.fnUntraced(
        function* ({ filters, ...metric }: BillableMetric) {
          yield* insert(metricsTable, [metric])
          if (filters.length > 0) yield* insertFilters(metric, filters, 0)
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

      share: Effect.fnUntraced(function* (codes) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ paid_in_advance: unknown }>`SELECT ${columns(metricsTable, "m")}, m.paid_in_advance AS paid_in_advance
          FROM billable_metrics m WHERE m.organization_id = ${organization} AND m.code IN ${list("text", codes)}${sql.literal(dialect.forShare)}`
        return yield* withFilters(
          found.map((row) => ({
            ...rowOf(row as Record<string, unknown>),
            paid_in_advance: readValue("boolean", row.paid_in_advance) as boolean
          }))
        )
      }, storage("share")),

      exclude: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0 || dialect.forUpdate === "") return
        const organization = yield* CurrentOrganization
        yield* sql`SELECT m.id FROM billable_metrics m WHERE m.organization_id = ${organization} AND m.id IN ${list("uuid", ids)}
          ORDER BY m.id${sql.literal(dialect.forUpdate)}`
      }, storage("exclude")),

      lock: Effect.fnUntraced(function* (by) {
        const organization = yield* CurrentOrganization
        const condition = "id" in by ? sql`m.id = ${by.id}` : sql`m.code = ${by.code}`
        const found = yield* sql`SELECT ${columns(metricsTable, "m")} FROM billable_metrics m WHERE m.organization_id = ${organization}
          AND ${condition}${sql.literal(dialect.forUpdate)}`
        return (yield* withFilters(found.map((row) => rowOf(row as Record<string, unknown>))))[0]
      }, storage("lock")),

      save: ({ filters: _, ...metric }) => update(metricsTable, CHANGING, [metric]).pipe(storage("save")),

      remove: Effect.fnUntraced(function* ({ id, organization_id }) {
        yield* sql`DELETE FROM billable_metric_filters WHERE organization_id = ${organization_id} AND billable_metric_id = ${id}`
        yield* sql`DELETE FROM billable_metrics WHERE organization_id = ${organization_id} AND id = ${id}`
      }, storage("remove")),

      uses: Effect.fnUntraced(function* ({ code, id, organization_id }) {
        const [found] = yield* sql<{ charges: unknown; alerts: unknown; daily_usages: unknown; events: unknown }>`SELECT
          (SELECT count(*) FROM charges c WHERE c.organization_id = ${organization_id} AND c.billable_metric_id = ${id}) AS charges,
          (SELECT count(*) FROM usage_alerts a WHERE a.organization_id = ${organization_id} AND a.billable_metric_id = ${id}) AS alerts,
          (SELECT count(*) FROM daily_usages d WHERE d.organization_id = ${organization_id} AND d.billable_metric_id = ${id}) AS daily_usages,
          (SELECT count(*) FROM (SELECT 1 FROM events e WHERE e.organization_id = ${organization_id} AND e.code = ${code} AND e.code <> ''
            LIMIT ${MOST_EVENTS}) counted) AS events`
        return {
          charges: Number(found!.charges),
          alerts: Number(found!.alerts),
          daily_usages: Number(found!.daily_usages),
          events: Number(found!.events)
        }
      }, storage("uses")),

      insertFilter: (metric, filter) =>
        Effect.asVoid(insertFilters(metric, [filter], metric.filters.length - 1)).pipe(storage("insertFilter")),

      saveFilter: ({ organization_id, updated_at }, { id, values }) =>
        Effect.asVoid(
          sql`UPDATE billable_metric_filters SET "values" = items.allowed, updated_at = items.at
            FROM ${rows(
              [
                ["allowed", "json"],
                ["at", "instant"]
              ],
              [[values, updated_at]]
            )} items
            WHERE organization_id = ${organization_id} AND id = ${id}`
        ).pipe(storage("saveFilter")),

      removeFilter: Effect.fnUntraced(function* ({ organization_id }, { id }) {
        yield* sql`DELETE FROM charge_filter_values WHERE organization_id = ${organization_id} AND billable_metric_filter_id = ${id}`
        yield* sql`DELETE FROM billable_metric_filters WHERE organization_id = ${organization_id} AND id = ${id}`
      }, storage("removeFilter")),

      valuesUsed: Effect.fnUntraced(function* (metric_id, key) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ terms: unknown }>`SELECT v.terms FROM plan_versions v
          JOIN plans p ON p.organization_id = v.organization_id AND p.id = v.plan_id
          WHERE v.organization_id = ${organization}
            AND v.plan_id IN (SELECT c.plan_id FROM charges c WHERE c.organization_id = ${organization} AND c.billable_metric_id = ${metric_id})
            AND (v.version = p.version
              OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.organization_id = ${organization} AND s.plan_id = v.plan_id
                AND v.version IN (s.plan_version, s.migrates_to_version))
              OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.organization_id = ${organization} AND s.previous_plan_id = v.plan_id
                AND s.previous_plan_version = v.version)
              OR EXISTS (SELECT 1 FROM billed_periods b WHERE b.organization_id = ${organization} AND b.plan_id = v.plan_id
                AND b.plan_version = v.version))`
        return found
          .flatMap(({ terms }) => (readValue("json", terms) as TermsJson).charges)
          .filter((charge) => charge.billable_metric_id === metric_id)
          .flatMap((charge) => charge.filters.flatMap(({ values }) => (values[key] === undefined ? [] : [values[key]])))
      }, storage("valuesUsed")),

      typeCounts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<
          MetricTypeCount & { readonly counted: unknown }
        >`SELECT m.aggregation_type AS aggregation_type, count(*) AS counted
          FROM billable_metrics m WHERE m.organization_id = ${organization} GROUP BY m.aggregation_type`
      ).pipe(
        Effect.map((found) => found.map(({ aggregation_type, counted }) => ({ aggregation_type, metrics: Number(counted) }))),
        storage("typeCounts")
      ),

      planCounts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<MetricPlanCount>`
          SELECT m.id AS billable_metric_id, m.code AS code, count(DISTINCT c.plan_id) AS plans FROM billable_metrics m
          LEFT JOIN charges c ON c.organization_id = m.organization_id AND c.billable_metric_id = m.id AND c.retired_at IS NULL
          WHERE m.organization_id = ${organization} GROUP BY m.id, m.code ORDER BY m.id`
      ).pipe(
        Effect.map((found) => found.map((row): MetricPlanCount => ({ ...row, plans: Number(row.plans) }))),
        storage("planCounts")
      ),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, metricsTable, filter, ["aggregation_type"])]
        const found = yield* page(metricsTable, rowOf, conditions, request)
        return { rows: yield* withFilters(found.rows), total: found.total }
      }, storage("page"))
    })
  })
)
