/** What stands around subscriptions in SQL: one statement for any number of them. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer, Order } from "effect"
import type { BillingEntity, Customer, Organization } from "../../../src/accounts/index.js"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Surroundings, SurroundingsStore } from "../../../src/invoicing/index.js"
import type { BilledPeriod, ClosedWindow, LateUsage, PauseRow, Subscription } from "../../../src/subscriptions/index.js"
import { billingEntitiesTable, customersTable, organizationsTable } from "../accounts/tables.js"
import { versionParts, versionsOf } from "../catalog/version-parts.js"
import { Dialect } from "../dialect.js"
import { bySubject, factsOf, grantFacts } from "../entitlements/facts.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { billedTable, lateUsageTable, pausesTable, subscriptionsTable } from "../subscriptions/tables.js"
import { table } from "../table.js"
import { partOf, repeatedly, together } from "../together.js"

const invoiceStatus = table("invoices", { status: "text" })
const crossedTable = table("applied_usage_thresholds", { subscription_id: "uuid" })

type Stretch = Pick<BilledPeriod, "period_start" | "id">
type Crossing = { readonly subscription_id: string }
type ReopenedRow = BilledPeriod & { readonly status: ClosedWindow["invoice_status"] }

const byId = Order.mapInput(Order.string, ({ id }: { readonly id: string }) => id)
const byStart = Order.combine(
  Order.mapInput(DateTime.Order, ({ period_start }: Stretch) => period_start),
  byId
)
const byPause = Order.combine(
  Order.mapInput(DateTime.Order, ({ paused_at }: PauseRow) => paused_at),
  byId
)

interface Found {
  readonly organizations: ReadonlyArray<Organization>
  readonly entities: ReadonlyArray<BillingEntity>
  readonly customers: ReadonlyArray<Customer>
  readonly family: ReadonlyArray<Subscription>
  readonly closed: ReadonlyArray<BilledPeriod>
  readonly late: ReadonlyArray<LateUsage>
  readonly reopened: ReadonlyArray<ReopenedRow>
  readonly pauses: ReadonlyArray<PauseRow>
  readonly crossings: ReadonlyArray<Crossing>
}

/** Undefined where there is no such organization. */
const surroundingsOf = (found: Found): Surroundings | undefined => {
  const [organization] = found.organizations
  if (organization === undefined) return undefined
  return {
    issuers: { organization, billing_entities: found.entities.toSorted(byId) },
    customers: found.customers,
    family: found.family.toSorted(byId),
    closed: found.closed.toSorted(byStart),
    late: found.late,
    reopened: found.reopened.toSorted(byStart).map(({ status, ...window }): ClosedWindow => ({ ...window, invoice_status: status })),
    pauses: found.pauses.toSorted(byPause),
    crossed: new Set(found.crossings.map(({ subscription_id }) => subscription_id))
  }
}

export const surroundingsStoreLayer: Layer.Layer<SurroundingsStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SurroundingsStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { rows } = statements(sql, dialect)
    const ask = together(sql, dialect)
    const organizations = partOf<Organization>(dialect, [organizationsTable, "o"])
    const entities = partOf<BillingEntity>(dialect, [billingEntitiesTable, "e"])
    const customers = partOf<Customer>(dialect, [customersTable, "c"])
    const subscriptions = partOf<Subscription>(dialect, [subscriptionsTable, "s"])
    const closed = partOf<BilledPeriod>(dialect, [billedTable, "b"])
    const late = partOf<LateUsage>(dialect, [lateUsageTable, "l"])
    const reopened = partOf<ReopenedRow>(dialect, [billedTable, "b"], [invoiceStatus, "i"])
    const pauses = partOf<PauseRow>(dialect, [pausesTable, "p"])
    const crossings = partOf<Crossing>(dialect, [crossedTable, "a"])
    const version = versionParts(sql, dialect)
    const facts = grantFacts(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `surroundings.${operation}`)

    /** Around the rows of `asked`: their ids, and the ids of their customers. */
    const around = (organization: string, asked: Fragment) => ({
      parts: {
        organizations: organizations(sql`organizations o WHERE o.id = ${organization}`),
        entities: entities(sql`billing_entities e WHERE e.organization_id = ${organization}`),
        customers: customers(sql`customers c WHERE c.organization_id = ${organization} AND c.id IN (SELECT customer_id FROM asked)`),
        family: subscriptions(sql`family s`),
        closed: closed(
          sql`billed_periods b WHERE b.organization_id = ${organization} AND b.kind = 'usage' AND b.subscription_id IN (SELECT id FROM shared)`
        ),
        late: late(sql`late l`),
        reopened: reopened(
          sql`late l CROSS JOIN billed_periods b LEFT JOIN invoices i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
              WHERE b.organization_id = ${organization} AND b.subscription_id = l.subscription_id AND b.kind = 'usage' AND b.period_end > l.since`
        ),
        pauses: pauses(
          sql`subscription_pauses p WHERE p.organization_id = ${organization} AND p.subscription_id IN (SELECT id FROM asked)`
        ),
        crossings: crossings(
          sql`applied_usage_thresholds a WHERE a.organization_id = ${organization} AND a.subscription_id IN (SELECT id FROM asked)`
        )
      },
      before: sql`asked AS MATERIALIZED ${asked}, family AS MATERIALIZED (SELECT s.* FROM subscriptions s
          WHERE s.organization_id = ${organization} AND s.customer_id IN (SELECT customer_id FROM asked)),
        shared AS MATERIALIZED (SELECT id FROM family
          WHERE customer_id IN (SELECT customer_id FROM family GROUP BY customer_id HAVING COUNT(*) > 1)),
        late AS MATERIALIZED (SELECT u.subscription_id, MIN(u.since) AS since FROM late_usage u WHERE u.organization_id = ${organization}
          AND u.subscription_id IN (SELECT id FROM asked) GROUP BY u.subscription_id)`
    })

    /** Around the rows of `asked`, with what their customers' plans say now. */
    const withVersions = (organization: string, asked: Fragment) => {
      const { before, parts } = around(organization, asked)
      const present = sql`(SELECT DISTINCT plan_id, plan_version AS version FROM family)`
      return {
        parts: { ...parts, ...version.parts(organization) },
        before: sql`${before}, ${version.before(organization, present)}`
      }
    }

    const find = bySubject((named) =>
      repeatedly(sql, dialect, (organization: string, value: string) =>
        withVersions(organization, facts.subscriptions(organization, { ...named, value }))
      )
    ).subscription

    const granted = bySubject((named) =>
      repeatedly(sql, dialect, (organization: string, value: string, feature_code: string) => {
        const { before, parts } = withVersions(organization, facts.subscriptions(organization, { ...named, value }))
        return { before, parts: { ...parts, facts: facts.part(organization, { ...named, value }, feature_code) } }
      })
    )

    return SurroundingsStore.of({
      load: Effect.fnUntraced(function* (of) {
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["id", "uuid"],
            ["customer_id", "uuid"]
          ],
          of.map(({ customer_id, id }) => [id, customer_id])
        )
        const found = yield* ask(around(organization, asked), { often: false })
        return surroundingsOf(found) ?? (yield* Effect.dieMessage("subscriptions without their organization"))
      }, storage("load")),

      find: Effect.fnUntraced(function* (ref) {
        const [by, value] = "id" in ref ? (["id", ref.id] as const) : (["external_id", ref.external_id] as const)
        const found = yield* find[by](yield* CurrentOrganization, value)
        const surroundings = surroundingsOf(found)
        const row = surroundings?.family.find((one) => one[by] === value)
        return surroundings && row && { rows: [row], surroundings, versions: versionsOf(found) }
      }, storage("find")),

      granted: Effect.fnUntraced(function* ({ by, kind, value }, feature_code) {
        const found = yield* granted[kind][by](yield* CurrentOrganization, value, feature_code)
        const surroundings = surroundingsOf(found)
        return {
          facts: factsOf(found.facts),
          found: surroundings && { rows: surroundings.family, surroundings, versions: versionsOf(found) }
        }
      }, storage("granted"))
    })
  })
)
