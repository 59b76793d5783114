/** Versions of plans among the selects of a statement. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import type { Plan, VersionTerms } from "../../../src/catalog/index.js"
import type { BillableMetric } from "../../../src/metering/index.js"
import type { DialectShape } from "../dialect.js"
import { metricParts, metricsOf } from "../metering/tables.js"
import { type Part, partOf } from "../together.js"
import { plansTable, planVersionsTable } from "./tables.js"
import { type TermsJson, termsOf } from "./terms-json.js"

type VersionRow = Pick<VersionTerms, "version" | "amount_cents"> & { readonly plan_id: string; readonly terms: TermsJson }

type VersionParts = ReturnType<ReturnType<typeof metricParts>> & { readonly versions: Part<VersionRow>; readonly plans: Part<Plan> }

/**
 * Versions with their plans and metrics, as parts of a statement. `before` is what stands after its WITH; `wanted` there has columns
 * plan_id and version, each pair once.
 */
export const versionParts = (sql: SqlClient, dialect: DialectShape) => {
  const versions = partOf<VersionRow>(dialect, [planVersionsTable, "v"])
  const plans = partOf<Plan>(dialect, [plansTable, "p"])
  const metrics = metricParts(sql, dialect)
  return {
    before: (organization: string, wanted: Fragment): Fragment =>
      sql`versions AS MATERIALIZED (SELECT v.* FROM ${wanted} w JOIN plan_versions v ON v.organization_id = ${organization}
          AND v.plan_id = w.plan_id AND v.version = w.version),
        used AS MATERIALIZED (${sql.literal(dialect.jsonIds("versions v", "v.terms", "charges", "billable_metric_id"))})`,
    parts: (organization: string): VersionParts => ({
      versions: versions(sql`versions v`),
      plans: plans(sql`plans p WHERE p.organization_id = ${organization} AND p.id IN (SELECT plan_id FROM versions)`),
      ...metrics(organization, sql`(SELECT id FROM used)`)
    })
  }
}

/** What was asked by `versionParts`, put together. */
export const versionsOf = (
  found: { readonly versions: ReadonlyArray<VersionRow>; readonly plans: ReadonlyArray<Plan> } & Parameters<typeof metricsOf>[0]
): ReadonlyArray<VersionTerms> => {
  const planById = new Map(found.plans.map((plan) => [plan.id as string, plan]))
  const metricById = new Map(metricsOf(found).map((metric): [string, BillableMetric] => [metric.id, metric]))
  return found.versions.map(({ amount_cents, plan_id, terms, version }) => {
    const { charges, commitment } = termsOf(terms)
    const plan = planById.get(plan_id)!
    return {
      plan,
      plan_id: plan.id,
      version,
      amount_cents,
      charges: charges.map((charge) => ({ charge, metric: metricById.get(charge.billable_metric_id)! })),
      commitment
    }
  })
}
