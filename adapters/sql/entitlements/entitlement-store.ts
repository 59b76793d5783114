/** Entitlements in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Entitlement, EntitlementExists, EntitlementStore, type FeatureEntitlement } from "../../../src/entitlements/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { repeatedly } from "../together.js"
import { bySubject, factsOf, grantFacts } from "./facts.js"
import { entitlementsTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

const CHANGING = ["value", "limit_type", "updated_at"]

const entitlementOf = decodeRow<Entitlement>(entitlementsTable)

type Named = Pick<FeatureEntitlement, "feature_code" | "feature_name" | "feature_type">
const withFeature = (raw: Raw): FeatureEntitlement => {
  const { feature_code, feature_name, feature_type } = raw as unknown as Named
  return { ...entitlementOf(raw), feature_code, feature_name, feature_type }
}

export const entitlementStoreLayer: Layer.Layer<EntitlementStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EntitlementStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `entitlements.${operation}`)
    const page = readPage(sql, dialect)
    const facts = grantFacts(sql, dialect)
    const factsBy = bySubject((named) =>
      repeatedly(sql, dialect, (organization: string, value: string, feature_code: string) => ({
        parts: { facts: facts.part(organization, { ...named, value }, feature_code) }
      }))
    )

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

      facts: Effect.fnUntraced(function* ({ by, kind, value }, feature_code) {
        return factsOf((yield* factsBy[kind][by](yield* CurrentOrganization, value, feature_code)).facts)
      }, storage("facts"))
    })
  })
)
