/** Subscriptions, pauses and billed periods in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { type DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, ExternalIdTaken } from "../../../src/core/index.js"
import { type BilledPeriod, type ClosedWindow, type Pause, type Subscription, SubscriptionStore } from "../../../src/subscriptions/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue, writeValue } from "../table.js"
import { billedTable, pausesTable, subscriptionsTable } from "./tables.js"

/** Columns that change after a subscription was made. */
const CHANGING = [
  "plan_id",
  "plan_version",
  "status",
  "trial_ended_at",
  "billing_time",
  "pay_in_advance",
  "trial_period_days",
  "subscription_at",
  "anchor_date",
  "starts_at",
  "previous_plan_id",
  "previous_plan_version",
  "migrates_to_version",
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
    const { columns, insert, list, rows, update } = statements(sql, dialect)
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

    const lockFor = (held: "pass" | "wait") => sql.literal(held === "wait" ? dialect.forUpdate : dialect.skipLocked)

    const sinceRows = (since: ReadonlyArray<{ readonly subscription_id: string; readonly since: DateTime.Utc }>) =>
      rows(
        [
          ["subscription_id", "uuid"],
          ["since", "instant"]
        ],
        since.map((one) => [one.subscription_id, one.since])
      )

    /** What was closed, with the status of its invoice. */
    const withStatus = (row: object): ClosedWindow => ({
      ...billedOf(row as Record<string, unknown>),
      invoice_status: (row as { readonly invoice_status: ClosedWindow["invoice_status"] }).invoice_status
    })

    /** What was billed of subscriptions, or on invoices. */
    const billedBy = Effect.fnUntraced(function* (column: "subscription_id" | "invoice_id", ids: ReadonlyArray<string>) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${billedColumns} FROM billed_periods b WHERE b.organization_id = ${organization}
        AND ${sql.literal(`b.${column}`)} IN ${list("uuid", ids)} ORDER BY b.period_start, b.id`
      return found.map((row) => billedOf(row as Record<string, unknown>))
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

      lockFree: (ids) => read(ids, dialect.skipLocked).pipe(storage("lockFree")),

      claimDue: Effect.fnUntraced(function* (now, limit, except, held) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization}
          AND s.next_due_at <= ${instantOf(now)} AND s.id NOT IN ${list("uuid", except)}
          ORDER BY s.next_due_at, s.id LIMIT ${limit}${lockFor(held)}`
        return rows.map((row) => subscriptionOf(row as Record<string, unknown>))
      }, storage("claimDue")),

      nextDueAfter: Effect.fnUntraced(function* (after) {
        const organization = yield* CurrentOrganization
        const [next] = yield* sql<{ at: unknown }>`SELECT MIN(next_due_at) AS at FROM subscriptions
          WHERE organization_id = ${organization} AND next_due_at > ${instantOf(after)}`
        return readValue("instant", next!.at) as DateTime.Utc | null
      }, storage("nextDueAfter")),

      pauses: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${columns(pausesTable, "p")} FROM subscription_pauses p
          WHERE p.organization_id = ${organization} AND p.subscription_id IN ${list("uuid", ids)} ORDER BY p.paused_at, p.id`
        return rows.map((row) => pauseOf(row as Record<string, unknown>))
      }, storage("pauses")),

      pause: (pauses) => insert(pausesTable, pauses).pipe(storage("pause")),

      resume: Effect.fnUntraced(function* (ids, resumed_at) {
        const organization = yield* CurrentOrganization
        const at = instantOf(resumed_at)
        yield* sql`UPDATE subscription_pauses SET resumed_at = ${at}, updated_at = ${at} WHERE organization_id = ${organization}
          AND subscription_id IN ${list("uuid", ids)} AND resumed_at IS NULL`
      }, storage("resume")),

      ofCustomers: Effect.fnUntraced(function* (customer_ids) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization}
          AND s.customer_id IN ${list("uuid", customer_ids)}`
        // Sorted here: an ORDER BY would lead SQLite to the primary key, and through all of the organization's rows.
        return rows.map((row) => subscriptionOf(row as Record<string, unknown>)).sort((a, b) => (a.id < b.id ? -1 : 1))
      }, storage("ofCustomers")),

      lockPaidInAdvance: Effect.fnUntraced(function* (arrivals) {
        const organization = yield* CurrentOrganization
        const named = arrivals.filter((arrival) => arrival.external_subscription_id !== null)
        const unnamed = arrivals.filter((arrival) => arrival.external_subscription_id === null)
        const codes = [...new Set(arrivals.flatMap((arrival) => [...arrival.codes]))]
        const names = (values: ReadonlyArray<string | null>) => list("text", values)
        const ids: Array<string> = []
        for (const [those, whose] of [
          [named, sql`s.external_id IN ${names(named.map((arrival) => arrival.external_subscription_id))}`],
          [
            unnamed,
            sql`s.customer_id IN (SELECT c.id FROM customers c WHERE c.organization_id = ${organization}
              AND c.external_id IN ${names(unnamed.map((arrival) => arrival.external_customer_id))})`
          ]
        ] as const) {
          if (those.length === 0) continue
          // A charge that was edited may have been paid in advance in a version that somebody keeps.
          const found = yield* sql<{ id: string }>`SELECT s.id FROM subscriptions s WHERE s.organization_id = ${organization} AND ${whose}
            AND EXISTS (SELECT 1 FROM billable_metrics m
              JOIN charges h ON h.organization_id = m.organization_id AND h.billable_metric_id = m.id
              WHERE m.organization_id = ${organization} AND m.code IN ${list("text", codes)}
                AND (h.pay_in_advance OR h.updated_at <> h.created_at)
                AND (h.plan_id = s.plan_id OR h.plan_id = s.previous_plan_id OR h.plan_id IN (SELECT b.plan_id FROM billed_periods b
                  WHERE b.organization_id = ${organization} AND b.subscription_id = s.id)))
            ORDER BY s.id${sql.literal(dialect.forUpdate)}`
          ids.push(...found.map(({ id }) => id))
        }
        return [...new Set(ids)].sort()
      }, storage("lockPaidInAdvance")),

      recordBilled: (periods) => insert(billedTable, periods).pipe(storage("recordBilled")),

      billedSince: Effect.fnUntraced(function* (since) {
        if (since.length === 0) return []
        const organization = yield* CurrentOrganization
        const given = rows(
          [
            ["subscription_id", "uuid"],
            ["since", "instant"]
          ],
          since.map((one) => [one.subscription_id, one.since])
        )
        const found =
          yield* sql`SELECT ${billedColumns} FROM billed_periods b JOIN ${given} items ON items.subscription_id = b.subscription_id
          WHERE b.organization_id = ${organization} AND b.period_end > items.since ORDER BY b.period_start, b.id`
        return found.map((row) => billedOf(row as Record<string, unknown>))
      }, storage("billedSince")),

      clearLateUsage: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM late_usage WHERE organization_id = ${organization} AND subscription_id IN ${list("uuid", ids)}`
      }, storage("clearLateUsage")),

      claimLate: Effect.fnUntraced(function* (limit, except, held) {
        const organization = yield* CurrentOrganization
        const rows =
          yield* sql`SELECT ${selected} FROM subscriptions s WHERE s.organization_id = ${organization} AND s.status = 'terminated'
          AND s.id IN (SELECT subscription_id FROM late_usage WHERE organization_id = ${organization})
          AND s.id NOT IN ${list("uuid", except)} ORDER BY s.id LIMIT ${limit}${lockFor(held)}`
        return rows.map((row) => subscriptionOf(row as Record<string, unknown>))
      }, storage("claimLate")),

      closedSince: Effect.fnUntraced(function* (since) {
        if (since.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${billedColumns}, i.status AS invoice_status FROM billed_periods b
          JOIN ${sinceRows(since)} items ON items.subscription_id = b.subscription_id
          LEFT JOIN invoices i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
          WHERE b.organization_id = ${organization} AND b.kind = 'usage' AND b.period_end > items.since ORDER BY b.period_start, b.id`
        return found.map(withStatus)
      }, storage("closedSince")),

      billedWithStatus: Effect.fnUntraced(function* (subscription_id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${billedColumns}, i.status AS invoice_status FROM billed_periods b
          LEFT JOIN invoices i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
          WHERE b.organization_id = ${organization} AND b.subscription_id = ${subscription_id} ORDER BY b.period_start, b.id`
        return found.map(withStatus)
      }, storage("billedWithStatus")),

      leaveUnbilled: Effect.fnUntraced(function* (invoice_id, now) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE billed_periods SET deleted_invoice_id = invoice_id, invoice_id = NULL, updated_at = ${instantOf(now)}
          WHERE organization_id = ${organization} AND invoice_id = ${invoice_id}`
      }, storage("leaveUnbilled")),

      billAgain: Effect.fnUntraced(function* (ids, invoice_id, now) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE billed_periods SET deleted_invoice_id = NULL, invoice_id = ${invoice_id}, updated_at = ${instantOf(now)}
          WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("billAgain")),

      billed: (ids) => billedBy("subscription_id", ids).pipe(storage("billed")),

      forgetBaseFees: Effect.fnUntraced(function* (stretches) {
        if (stretches.length === 0) return
        const organization = yield* CurrentOrganization
        const given = rows(
          [
            ["subscription_id", "uuid"],
            ["period_start", "instant"]
          ],
          stretches.map(({ period_start, subscription_id }) => [subscription_id, period_start])
        )
        yield* sql`DELETE FROM billed_periods WHERE organization_id = ${organization} AND kind = 'base_fee'
          AND (subscription_id, period_start) IN (SELECT subscription_id, period_start FROM ${given} items)`
      }, storage("forgetBaseFees")),

      billedOnInvoices: (ids) => billedBy("invoice_id", ids).pipe(storage("billedOnInvoices")),

      behind: Effect.fnUntraced(function* (plan_id, after, limit) {
        const organization = yield* CurrentOrganization
        const rows = yield* sql<{ id: string }>`SELECT s.id FROM subscriptions s
          JOIN plans p ON p.organization_id = s.organization_id AND p.id = s.plan_id
          WHERE s.organization_id = ${organization} AND s.plan_id = ${plan_id} AND s.plan_version < p.version
            AND (s.migrates_to_version IS NULL OR s.migrates_to_version < p.version)
            AND s.status <> 'terminated' AND (s.status <> 'canceled' OR s.started_at IS NOT NULL)
            ${after === null ? sql`` : sql`AND s.id > ${after}`} ORDER BY s.id LIMIT ${limit}`
        return rows.map((row) => row.id)
      }, storage("behind")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, subscriptionsTable, filter, ["external_id", "customer_id", "plan_id", "status"])
        ]
        return yield* page(subscriptionsTable, subscriptionOf, conditions, request)
      }, storage("page"))
    })
  })
)
