/** Plans in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { type FullPlan, type Plan, type PlanCount, PlanStore } from "../../../src/catalog/index.js"
import { CodeTaken, CurrentOrganization, Ids, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { together } from "../together.js"
import { planParts } from "./plan-parts.js"
import { plansTable, planVersionsTable } from "./tables.js"
import { termsJson } from "./terms-json.js"
import { versionParts, versionsOf } from "./version-parts.js"

type Raw = Readonly<Record<string, unknown>>

const FIXED = ["id", "organization_id", "interval", "created_at"]
const CHANGING = Object.keys(plansTable.columns).filter((column) => !FIXED.includes(column))

const planOf = decodeRow<Plan>(plansTable)

const versionRow = (plan: FullPlan) => ({
  organization_id: plan.organization_id,
  plan_id: plan.id,
  version: plan.version,
  amount_cents: plan.amount_cents,
  terms: termsJson(plan),
  created_at: plan.updated_at,
  updated_at: plan.updated_at
})

const taken = (code: string) => (error: StorageError) => (isTaken(error, "plans", "code") ? new CodeTaken({ entity: "plan", code }) : error)

export const planStoreLayer: Layer.Layer<PlanStore, never, SqlClient.SqlClient | Dialect | Ids> = Layer.effect(
  PlanStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `plans.${operation}`)
    const parts = planParts(sql, dialect, yield* Ids)
    const page = readPage(sql, dialect)
    const ask = together(sql, dialect)
    const version = versionParts(sql, dialect)
    const selected = columns(plansTable, "p")

    const one = (lock: string) => (name: { readonly id: string } | { readonly code: string }) =>
      Effect.flatMap(CurrentOrganization, (organization) => {
        const condition: Fragment = "id" in name ? sql`p.id = ${name.id}` : sql`p.code = ${name.code}`
        return sql`SELECT ${selected} FROM plans p WHERE p.organization_id = ${organization} AND ${condition}${sql.literal(lock)}`
      }).pipe(Effect.map((found) => (found[0] === undefined ? undefined : planOf(found[0] as Raw))))

    /** The subscriptions that have a plan, or had it when they were billed. */
    const users = (organization: string, plan_id: string): Fragment =>
      sql`SELECT id AS used FROM subscriptions WHERE organization_id = ${organization} AND plan_id = ${plan_id}
        UNION ALL SELECT subscription_id FROM billed_periods
          WHERE organization_id = ${organization} AND (plan_id = ${plan_id} OR next_plan_id = ${plan_id})`

    const waiting = (organization: string, plan_id: string): Fragment =>
      sql`SELECT id FROM subscriptions WHERE organization_id = ${organization} AND previous_plan_id = ${plan_id}`

    return PlanStore.of({
      insert: (plan) =>
        insert(plansTable, [plan]).pipe(
          Effect.zipRight(insert(planVersionsTable, [versionRow(plan)])),
          Effect.zipRight(parts.write(plan)),
          storage("insert"),
          Effect.mapError(taken(plan.code))
        ),

      save: ({ after, at, before, in_use }) =>
        Effect.gen(function* () {
          yield* update(plansTable, CHANGING, [after])
          if (after.version === before.version) return
          yield* insert(planVersionsTable, [versionRow(after)])
          yield* parts.write(after)
          yield* parts.leave(before, after, in_use ? at : null)
        }).pipe(storage("save"), Effect.mapError(taken(after.code))),

      find: (name) => one("")(name).pipe(storage("find")),
      lock: (name) => one(dialect.forUpdate)(name).pipe(storage("lock")),
      lockShared: (name) => one(dialect.forShare)(name).pipe(storage("lockShared")),

      complete: (plans) => parts.read(plans).pipe(storage("complete")),

      isSubscribed: (plan_id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql`${users(organization, plan_id)} UNION ALL ${waiting(organization, plan_id)} LIMIT 1`
        ).pipe(
          Effect.map((found) => found.length > 0),
          storage("isSubscribed")
        ),

      subscribers: (plan_id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) => sql<{ n: unknown }>`SELECT count(DISTINCT used) AS n FROM (${users(organization, plan_id)}) users`
        ).pipe(
          Effect.map((found) => Number(found[0]!.n)),
          storage("subscribers")
        ),

      subscriptionCounts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<PlanCount>`
          SELECT p.id AS plan_id, p.code AS code, count(s.id) AS subscriptions,
            count(CASE WHEN s.started_at IS NOT NULL AND s.status <> 'terminated' THEN 1 END) AS running FROM plans p
          LEFT JOIN subscriptions s ON s.organization_id = p.organization_id AND s.plan_id = p.id
          WHERE p.organization_id = ${organization} GROUP BY p.id, p.code ORDER BY p.id`
      ).pipe(
        Effect.map((found) =>
          found.map((row): PlanCount => ({ ...row, subscriptions: Number(row.subscriptions), running: Number(row.running) }))
        ),
        storage("subscriptionCounts")
      ),

      remove: (plan) => parts.remove(plan).pipe(storage("remove")),

      versions: Effect.fnUntraced(function* (refs) {
        const organization = yield* CurrentOrganization
        const wanted = rows(
          [
            ["plan_id", "uuid"],
            ["version", "integer"]
          ],
          refs.map((ref) => [ref.plan_id, ref.version])
        )
        const found = yield* ask({ parts: version.parts(organization), before: version.before(organization, wanted) }, { often: true })
        return versionsOf(found)
      }, storage("versions")),

      page: ({ metric_code }, request) =>
        Effect.flatMap(CurrentOrganization, (organization) => {
          const priced =
            metric_code === undefined
              ? []
              : [
                  sql`t.id IN (SELECT c.plan_id FROM charges c
                    JOIN billable_metrics m ON m.organization_id = c.organization_id AND m.id = c.billable_metric_id
                    WHERE c.organization_id = ${organization} AND m.code = ${metric_code} AND c.retired_at IS NULL)`
                ]
          return page(plansTable, planOf, [sql`t.organization_id = ${organization}`, ...priced], request)
        }).pipe(storage("page"))
    })
  })
)
