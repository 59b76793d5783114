/** Subscriptions, pauses and billed periods in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { type DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, ExternalIdTaken } from "../../../src/core/index.js"
import { type BilledPeriod, type Pause, type Subscription, SubscriptionStore } from "../../../src/subscriptions/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table, writeValue } from "../table.js"

export const subscriptionsTable = table("subscriptions", {
  id: "uuid",
  organization_id: "uuid",
  external_id: "text",
  customer_id: "uuid",
  plan_id: "uuid",
  plan_version: "integer",
  status: "text",
  billing_time: "text",
  pay_in_advance: "boolean",
  trial_period_days: "integer",
  trial_ended_at: "instant",
  subscription_at: "instant",
  anchor_date: "date",
  previous_plan_id: "uuid",
  downgraded_at: "instant",
  billing_entity_id: "uuid",
  on_termination_action: "text",
  starts_at: "instant",
  started_at: "instant",
  ending_at: "instant",
  canceled_at: "instant",
  paused_at: "instant",
  resumed_at: "instant",
  window_start: "instant",
  window_first_day: "date",
  period_first_day: "date",
  next_first_day: "date",
  next_due_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const pausesTable = table("subscription_pauses", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  paused_at: "instant",
  resumed_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const billedTable = table("billed_periods", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  kind: "text",
  period_start: "instant",
  period_end: "instant",
  full_start: "instant",
  full_end: "instant",
  plan_id: "uuid",
  plan_version: "integer",
  timezone: "text",
  superseded: "boolean",
  skipped: "boolean",
  invoice_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})

/** Columns that change after a subscription was made. */
const CHANGING = [
  "plan_id",
  "plan_version",
  "status",
  "trial_ended_at",
  "previous_plan_id",
  "downgraded_at",
  "billing_entity_id",
  "on_termination_action",
  "started_at",
  "ending_at",
  "canceled_at",
  "paused_at",
  "resumed_at",
  "window_start",
  "window_first_day",
  "period_first_day",
  "next_first_day",
  "next_due_at",
  "updated_at"
]

const subscriptionOf = decodeRow<Subscription>(subscriptionsTable)
const pauseOf = decodeRow<Pause>(pausesTable)
const billedOf = decodeRow<BilledPeriod>(billedTable)

export const subscriptionStoreLayer: Layer.Layer<SubscriptionStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SubscriptionStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `subscriptions.${operation}`)
    const instantOf = (at: DateTime.Utc) => writeValue("instant", at) as string
    const page = readPage(sql, dialect)
    const selected = columns(subscriptionsTable, "s")
    const billedColumns = columns(billedTable, "b")

    const read = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, lock: string) {
      const organization = yield* CurrentOrganization
      const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization}
        AND s.id IN ${list("uuid", ids)} ORDER BY s.id${sql.literal(lock)}`
      return rows.map((row) => subscriptionOf(row as Record<string, unknown>))
    })

    return SubscriptionStore.of({
      insert: (subscription) =>
        insert(subscriptionsTable, [subscription]).pipe(
          storage("insert"),
          Effect.mapError((error) =>
            isTaken(error, "subscriptions", "external_id")
              ? new ExternalIdTaken({ entity: "subscription", external_id: subscription.external_id })
              : error
          )
        ),

      save: (subscriptions) => update(subscriptionsTable, CHANGING, subscriptions).pipe(storage("save")),

      find: Effect.fnUntraced(function* (by) {
        const organization = yield* CurrentOrganization
        const condition = "id" in by ? sql`s.id = ${by.id}` : sql`s.external_id = ${by.external_id}`
        const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization} AND ${condition}`
        return rows[0] === undefined ? undefined : subscriptionOf(rows[0] as Record<string, unknown>)
      }, storage("find")),

      load: (ids) => read(ids, "").pipe(storage("load")),

      lock: (ids) => read(ids, dialect.forUpdate).pipe(storage("lock")),

      claimDue: Effect.fnUntraced(function* (now, limit, except) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization}
          AND s.next_due_at <= ${instantOf(now)} AND s.id NOT IN ${list("uuid", except)}
          ORDER BY s.next_due_at, s.id LIMIT ${limit}${sql.literal(dialect.skipLocked)}`
        return rows.map((row) => subscriptionOf(row as Record<string, unknown>))
      }, storage("claimDue")),

      pauses: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${columns(pausesTable, "p")} FROM subscription_pauses p
          WHERE p.organization_id = ${organization} AND p.subscription_id IN ${list("uuid", ids)} ORDER BY p.paused_at, p.id`
        return rows.map((row) => pauseOf(row as Record<string, unknown>))
      }, storage("pauses")),

      ofCustomers: Effect.fnUntraced(function* (customer_ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization}
          AND s.customer_id IN ${list("uuid", customer_ids)} ORDER BY s.id`
        return rows.map((row) => subscriptionOf(row as Record<string, unknown>))
      }, storage("ofCustomers")),

      recordBilled: (periods) => insert(billedTable, periods).pipe(storage("recordBilled")),

      billed: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${billedColumns} FROM billed_periods b WHERE b.organization_id = ${organization}
          AND b.subscription_id IN ${list("uuid", ids)} ORDER BY b.period_start, b.id`
        return rows.map((row) => billedOf(row as Record<string, unknown>))
      }, storage("billed")),

      billedOnInvoices: Effect.fnUntraced(function* (invoice_ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${billedColumns} FROM billed_periods b WHERE b.organization_id = ${organization}
          AND b.invoice_id IN ${list("uuid", invoice_ids)} ORDER BY b.period_start, b.id`
        return rows.map((row) => billedOf(row as Record<string, unknown>))
      }, storage("billedOnInvoices")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, filter, ["customer_id", "plan_id", "status"])]
        return yield* page(subscriptionsTable, subscriptionOf, conditions, request)
      }, storage("page"))
    })
  })
)
