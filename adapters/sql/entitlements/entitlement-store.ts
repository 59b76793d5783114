/** Entitlements in SQL, and the one statement that a check reads. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type Entitlement,
  EntitlementExists,
  EntitlementStore,
  type Feature,
  type FeatureEntitlement,
  type GrantRow,
  type GrantSubject
} from "../../../src/entitlements/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { entitlementsTable, featuresTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

const CHANGING = ["value", "limit_type", "updated_at"]

const entitlementOf = decodeRow<Entitlement>(entitlementsTable)
const featureOf = decodeRow<Feature>(featuresTable)

/** What a check reads of a subscription as it stands. */
const lifeTable = table("subscriptions", { started_at: "instant", ending_at: "instant" })
const lifeOf = decodeRow<Pick<GrantRow, "started_at" | "ending_at">>(lifeTable)

type Named = Pick<FeatureEntitlement, "feature_code" | "feature_name" | "feature_type">
const withFeature = (raw: Raw): FeatureEntitlement => {
  const { feature_code, feature_name, feature_type } = raw as unknown as Named
  return { ...entitlementOf(raw), feature_code, feature_name, feature_type }
}

/** A row of the statement; the subscription's columns are null where there is none. */
interface FactRow extends Raw, Omit<GrantRow, "started_at" | "ending_at" | "subscription_id"> {
  readonly id: string | null
  readonly metric_id: string | null
  readonly subject: string | null
  readonly subscription_id: string | null
}

const grantRow = (raw: FactRow, subscription_id: string): GrantRow => ({
  subscription_id,
  ...lifeOf(raw),
  external_subscription_id: raw.external_subscription_id,
  status: raw.status,
  plan_code: raw.plan_code,
  value: raw.value,
  limit_type: raw.limit_type,
  next_plan_code: raw.next_plan_code,
  next_value: raw.next_value
})

export const entitlementStoreLayer: Layer.Layer<EntitlementStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EntitlementStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `entitlements.${operation}`)
    const page = readPage(sql, dialect)

    const selected = sql`SELECT ${columns(entitlementsTable, "e")}, f.code AS feature_code, f.name AS feature_name, f.feature_type
      FROM entitlements e JOIN features f ON f.organization_id = e.organization_id AND f.id = e.feature_id`

    const one = (lock: string) => (id: string) =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`${selected} WHERE e.organization_id = ${organization} AND e.id = ${id}${sql.literal(lock)}`
      ).pipe(Effect.map(([found]) => (found === undefined ? undefined : withFeature(found as Raw))))

    const ofPlan = (organization: string, plan_id: string) =>
      Effect.map(sql`${selected} WHERE e.organization_id = ${organization} AND e.plan_id = ${plan_id}`, (found) =>
        found.map((row) => withFeature(row as Raw)).sort((a, b) => (a.feature_code < b.feature_code ? -1 : 1))
      )

    /** The subscriptions of a subject, as `s`, and whose they are. */
    const subscriptionsOf = (organization: string, { by, kind, value }: GrantSubject): readonly [subject: Fragment, joined: Fragment] => {
      const named = (alias: string) =>
        sql`${sql.literal(`${alias}.organization_id`)} = ${organization} AND ${sql.literal(`${alias}.${by}`)} = ${value}`
      return kind === "subscription"
        ? [sql`s.external_id`, sql`LEFT JOIN subscriptions s ON ${named("s")}`]
        : [
            sql`c.external_id`,
            sql`LEFT JOIN customers c ON ${named("c")}
              LEFT JOIN subscriptions s ON s.organization_id = ${organization} AND s.customer_id = c.id AND s.status <> 'terminated'`
          ]
    }

    return EntitlementStore.of({
      insert: (entitlement) =>
        insert(entitlementsTable, [entitlement]).pipe(
          storage("insert"),
          Effect.mapError((error) => (error.reason === "unique" ? new EntitlementExists(entitlement) : error))
        ),
      insertAll: (entitlements) => insert(entitlementsTable, entitlements).pipe(storage("insertAll")),
      save: (entitlement) => update(entitlementsTable, CHANGING, [entitlement]).pipe(storage("save")),
      find: (id) => one("")(id).pipe(storage("find")),
      // The feature is read beside it and not locked.
      lock: (id) => one(dialect.forUpdate && `${dialect.forUpdate} OF e`)(id).pipe(storage("lock")),

      remove: (id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`DELETE FROM entitlements WHERE organization_id = ${organization} AND id = ${id} RETURNING id`
        ).pipe(
          Effect.map((removed) => removed.length > 0),
          storage("remove")
        ),

      page: (filter, request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(
            entitlementsTable,
            entitlementOf,
            [sql`t.organization_id = ${organization}`, ...equalTo(sql, entitlementsTable, filter, ["plan_id", "feature_id"])],
            request
          )
        ).pipe(storage("page")),

      ofPlan: (plan_id) => Effect.flatMap(CurrentOrganization, (organization) => ofPlan(organization, plan_id)).pipe(storage("ofPlan")),

      ofSubscription: Effect.fnUntraced(function* (ref) {
        const organization = yield* CurrentOrganization
        const condition = "id" in ref ? sql`id = ${ref.id}` : sql`external_id = ${ref.external_id}`
        const [found] = yield* sql<{
          plan_id: string
        }>`SELECT plan_id FROM subscriptions WHERE organization_id = ${organization} AND ${condition}`
        return found === undefined ? undefined : yield* ofPlan(organization, found.plan_id)
      }, storage("ofSubscription")),

      facts: Effect.fnUntraced(function* (subject, feature_code) {
        const organization = yield* CurrentOrganization
        const [whose, subscriptions] = subscriptionsOf(organization, subject)
        const found =
          yield* sql`${sql.literal(dialect.kept)}SELECT ${columns(featuresTable, "f")}, m.id AS metric_id, ${whose} AS subject, s.id AS subscription_id,
            s.external_id AS external_subscription_id, s.status, ${columns(lifeTable, "s")}, p.code AS plan_code, e.value, e.limit_type,
            w.code AS next_plan_code, n.value AS next_value
          FROM (SELECT 1 AS here) asked
          LEFT JOIN features f ON f.organization_id = ${organization} AND f.code = ${feature_code}
          LEFT JOIN billable_metrics m ON m.organization_id = ${organization} AND m.code = ${feature_code}
          ${subscriptions}
          LEFT JOIN plans p ON p.organization_id = ${organization} AND p.id = s.plan_id
          LEFT JOIN entitlements e ON e.organization_id = ${organization} AND e.plan_id = s.plan_id AND e.feature_id = f.id
          LEFT JOIN plans w ON w.organization_id = ${organization} AND w.id = s.previous_plan_id
          LEFT JOIN entitlements n ON n.organization_id = ${organization} AND n.plan_id = s.previous_plan_id AND n.feature_id = f.id`
        const rows = found as ReadonlyArray<FactRow>
        const first = rows[0]!
        return {
          feature: first.id === null ? null : featureOf(first),
          metric_id: first.metric_id,
          subject: first.subject,
          rows: rows
            .flatMap((row) => (row.subscription_id === null ? [] : [grantRow(row, row.subscription_id)]))
            .sort((a, b) => (a.subscription_id < b.subscription_id ? -1 : 1))
        }
      }, storage("facts"))
    })
  })
)
