/** The tables of metrics, and metrics among the selects of a statement. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Array as Arr } from "effect"
import type { BillableMetric } from "../../../src/metering/index.js"
import type { DialectShape } from "../dialect.js"
import { table } from "../table.js"
import { partOf } from "../together.js"

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

type Filter = BillableMetric["filters"][number]

interface FilterRow extends Pick<Filter, "id" | "key"> {
  readonly billable_metric_id: string
  readonly allowed: Filter["values"]
  readonly position: number
}

const filtersTable = table("billable_metric_filters", {
  id: "uuid",
  billable_metric_id: "uuid",
  key: "text",
  allowed: "json",
  position: "integer"
})

/** Metrics and their filters by a list of ids, as parts of a statement. */
export const metricParts = (sql: SqlClient, dialect: DialectShape) => {
  const metrics = partOf<Omit<BillableMetric, "filters">>(dialect, [metricsTable, "m"])
  const filters = partOf<FilterRow>(dialect, [filtersTable, "f"])
  return (organization: string, ids: Fragment) => ({
    metrics: metrics(sql`billable_metrics m WHERE m.organization_id = ${organization} AND m.id IN ${ids}`),
    filters: filters(
      sql`(SELECT id, billable_metric_id, key, "values" AS allowed, position FROM billable_metric_filters
        WHERE organization_id = ${organization} AND billable_metric_id IN ${ids}) f`
    )
  })
}

const inOrder = (a: FilterRow, b: FilterRow): number => a.position - b.position || (a.id < b.id ? -1 : 1)

/** Metrics with their filters, from the rows of `metricParts`. */
export const metricsOf = ({
  filters,
  metrics
}: {
  readonly metrics: ReadonlyArray<Omit<BillableMetric, "filters">>
  readonly filters: ReadonlyArray<FilterRow>
}): ReadonlyArray<BillableMetric> => {
  const own = Arr.groupBy(filters, (filter) => filter.billable_metric_id)
  return metrics.map((metric) => ({
    filters: (own[metric.id] ?? []).toSorted(inOrder).map(({ allowed, id, key }) => ({ id, key, values: allowed })),
    ...metric
  }))
}
