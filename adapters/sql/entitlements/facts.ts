/** What a check reads of a subject and a feature, among the selects of a statement. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import type { Feature, GrantFacts, GrantRow, GrantSubject } from "../../../src/entitlements/index.js"
import type { DialectShape } from "../dialect.js"
import { table } from "../table.js"
import { type Part, partOf } from "../together.js"
import { featuresTable } from "./tables.js"

/** A row for each subscription, or one without; the feature and the metric of its code are those of all. */
const factsTable = table("facts", {
  ...featuresTable.columns,
  metric_id: "uuid",
  subject: "text",
  subscription_id: "uuid",
  external_subscription_id: "text",
  status: "text",
  started_at: "instant",
  ending_at: "instant",
  plan_code: "text",
  value: "text",
  limit_type: "text",
  next_plan_code: "text",
  next_value: "text"
})

/** The feature's columns are null where there is none, the subscription's likewise. */
interface FactRow extends Omit<Feature, "id">, Omit<GrantRow, "subscription_id"> {
  readonly id: Feature["id"] | null
  readonly metric_id: string | null
  readonly subject: string | null
  readonly subscription_id: string | null
}

const grantRow = (row: FactRow, subscription_id: string): GrantRow => ({
  subscription_id,
  external_subscription_id: row.external_subscription_id,
  status: row.status,
  started_at: row.started_at,
  ending_at: row.ending_at,
  plan_code: row.plan_code,
  value: row.value,
  limit_type: row.limit_type,
  next_plan_code: row.next_plan_code,
  next_value: row.next_value
})

/** Of rows that are never none. */
export const factsOf = (rows: ReadonlyArray<FactRow>): GrantFacts => {
  const { code, created_at, description, feature_type, id, metric_id, name, organization_id, subject, updated_at } = rows[0]!
  return {
    feature: id === null ? null : { id, organization_id, code, name, description, feature_type, created_at, updated_at },
    metric_id,
    subject,
    rows: rows
      .flatMap((row) => (row.subscription_id === null ? [] : [grantRow(row, row.subscription_id)]))
      .sort((a, b) => (a.subscription_id < b.subscription_id ? -1 : 1))
  }
}

type Naming = Pick<GrantSubject, "kind" | "by">

/** One for each way to name a subject. */
export const bySubject = <A>(make: (naming: Naming) => A) => {
  const of = (kind: Naming["kind"]) => ({ id: make({ kind, by: "id" }), external_id: make({ kind, by: "external_id" }) })
  return { customer: of("customer"), subscription: of("subscription") }
}

export const grantFacts = (sql: SqlClient, dialect: DialectShape) => {
  const facts = partOf<FactRow>(dialect, [factsTable, "k"])

  const named = (organization: string, alias: string, { by, value }: GrantSubject) =>
    sql`${sql.literal(`${alias}.organization_id`)} = ${organization} AND ${sql.literal(`${alias}.${by}`)} = ${value}`

  /** The subscriptions of a subject, as `s`, and whose they are. */
  const subscriptionsOf = (organization: string, subject: GrantSubject): readonly [subject: Fragment, joined: Fragment] =>
    subject.kind === "subscription"
      ? [sql`s.external_id`, sql`LEFT JOIN subscriptions s ON ${named(organization, "s", subject)}`]
      : [
          sql`c.external_id`,
          sql`LEFT JOIN customers c ON ${named(organization, "c", subject)}
            LEFT JOIN subscriptions s ON s.organization_id = ${organization} AND s.customer_id = c.id AND s.status <> 'terminated'`
        ]

  return {
    part: (organization: string, subject: GrantSubject, feature_code: string): Part<FactRow> => {
      const [whose, subscriptions] = subscriptionsOf(organization, subject)
      return facts(sql`(SELECT f.id, f.organization_id, f.code, f.name, f.description, f.feature_type, f.created_at, f.updated_at,
          m.id AS metric_id, ${whose} AS subject, s.id AS subscription_id, s.external_id AS external_subscription_id, s.status, s.started_at,
          s.ending_at, p.code AS plan_code, e.value, e.limit_type, w.code AS next_plan_code, n.value AS next_value
        FROM (SELECT 1 AS here) asking
        LEFT JOIN features f ON f.organization_id = ${organization} AND f.code = ${feature_code}
        LEFT JOIN billable_metrics m ON m.organization_id = ${organization} AND m.code = ${feature_code}
        ${subscriptions}
        LEFT JOIN plans p ON p.organization_id = ${organization} AND p.id = s.plan_id
        LEFT JOIN entitlements e ON e.organization_id = ${organization} AND e.plan_id = s.plan_id AND e.feature_id = f.id
        LEFT JOIN plans w ON w.organization_id = ${organization} AND w.id = s.previous_plan_id
        LEFT JOIN entitlements n ON n.organization_id = ${organization} AND n.plan_id = s.previous_plan_id AND n.feature_id = f.id) k`)
    },

    /** The ids of the subject's subscriptions, with those of their customers. */
    subscriptions: (organization: string, subject: GrantSubject): Fragment =>
      subject.kind === "subscription"
        ? sql`(SELECT s.id, s.customer_id FROM subscriptions s WHERE ${named(organization, "s", subject)})`
        : sql`(SELECT s.id, s.customer_id FROM customers c
            JOIN subscriptions s ON s.organization_id = ${organization} AND s.customer_id = c.id AND s.status <> 'terminated'
            WHERE ${named(organization, "c", subject)})`
  }
}
