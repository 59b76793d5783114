/** Admin notifications in SQL: what calls for one is found in the rows themselves, so that nothing that happens pays for it. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type AdminNotification, AdminNotificationStore, type Occasion } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow, table } from "../table.js"

const columnsOf = {
  id: "uuid",
  organization_id: "uuid",
  category: "text",
  title: "text",
  message: "text",
  resource_type: "text",
  resource_id: "uuid",
  is_read: "boolean",
  created_at: "instant",
  updated_at: "instant"
} as const
const notificationsTable = table("admin_notifications", columnsOf)
const STORED: ReadonlyArray<readonly [string, ColumnType]> = [...Object.entries(columnsOf), ["occasion", "text"]]
const NAMES = STORED.map(([name]) => name)

type Raw = Readonly<Record<string, unknown>>

const notificationOf = decodeRow<AdminNotification>(notificationsTable)

export const adminNotificationStoreLayer: Layer.Layer<AdminNotificationStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  AdminNotificationStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `admin_notifications.${operation}`)
    const page = readPage(sql, dialect)
    const postgres = dialect.engine === "postgres"
    const flag = (value: boolean) => sql.literal(postgres ? String(value) : value ? "1" : "0")
    const money = (column: string, alias: string) => dialect.readColumn(column, "money", alias)
    /** An instant as the text that both engines agree on. */
    const moment = (column: string) => (postgres ? `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : column)

    return AdminNotificationStore.of({
      untold: Effect.fnUntraced(function* ({ expiring_until, limit, now, unbilled_since }) {
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso
        const select = (category: string, resource_type: string, occasion: string, name: string, detail: string, from: string) =>
          sql.literal(`SELECT '${category}' AS category, '${resource_type}' AS resource_type, t.id AS resource_id, ${occasion} AS occasion,
            ${name} AS name, ${detail} AS detail FROM ${from}`)
        const here = sql`WHERE t.organization_id = ${organization}`
        const unbilled = "installation_bills t JOIN installations i ON i.organization_id = t.organization_id AND i.id = t.id"
        const untaxed = `invoice_taxations x JOIN invoices t ON t.organization_id = x.organization_id AND t.id = x.invoice_id
          JOIN customers c ON c.organization_id = t.organization_id AND c.id = t.customer_id`
        const payments = "payments t JOIN invoices i ON i.organization_id = t.organization_id AND i.id = t.invoice_id"
        const found = yield* sql<Raw>`SELECT * FROM (
            ${select("webhook", "webhook", "''", "t.webhook_type", "t.error_message", "webhooks t")} ${here} AND t.status = 'failed'
            UNION ALL ${select("dunning", "payment_request", "''", "t.amount_currency", money("amount_cents", "t"), "payment_requests t")}
              ${here} AND t.dunning_campaign_id IS NOT NULL
            UNION ALL ${select("wallet", "wallet", moment("t.expiration_at"), "t.code", moment("t.expiration_at"), "wallets t")}
              ${here} AND t.status = 'active' AND t.balance_cents > 0 AND t.expiration_at > ${at(now)} AND t.expiration_at <= ${at(expiring_until)}
            UNION ALL ${select("invoice", "invoice", "''", "t.invoice_number", moment("t.due_date"), "invoices t")}
              ${here} AND t.overdue_told_at IS NOT NULL
            UNION ALL ${select("invoice", "installation", "'unbilled'", "i.number", "t.error", unbilled)} ${here} AND t.status = 'failed'
            UNION ALL ${select("invoice", "invoice", "'taxes'", "c.external_id", "x.error_message", untaxed)}
              ${here} AND t.status = 'draft' AND x.status = 'failed'
            UNION ALL ${select("payment", "payment", "'failed'", "COALESCE(i.invoice_number, '')", "t.failure_reason", payments)}
              ${here} AND t.status = 'failed'
            UNION ALL ${select("payment", "payment", "'unapplied'", "COALESCE(i.invoice_number, '')", money("unapplied_amount_cents", "t"), payments)}
              ${here} AND t.unapplied_amount_cents > 0
            UNION ALL ${select("subscription", "subscription", moment("t.next_due_at"), "t.external_id", moment("t.next_due_at"), "subscriptions t")}
              ${here} AND t.next_due_at < ${at(unbilled_since)}
          ) found WHERE NOT EXISTS (SELECT 1 FROM admin_notifications n WHERE n.organization_id = ${organization}
            AND n.category = found.category AND n.resource_id = found.resource_id AND n.occasion = found.occasion) LIMIT ${limit}`
        return found as unknown as ReadonlyArray<Occasion>
      }, storage("untold")),

      insert: Effect.fnUntraced(function* (notices) {
        if (notices.length === 0) return 0
        const names = sql.literal(NAMES.join(", "))
        const values = notices.map((notice) => NAMES.map((name) => (notice as unknown as Raw)[name]))
        const stored = yield* sql`INSERT INTO admin_notifications (${names}) SELECT ${names} FROM ${rows(STORED, values)} items WHERE true
          ON CONFLICT (organization_id, category, resource_id, occasion) DO NOTHING RETURNING id`
        return stored.length
      }, storage("insert")),

      page: Effect.fnUntraced(function* ({ is_read, ...filter }, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, notificationsTable, filter, ["category"]),
          ...(is_read === undefined ? [] : [sql`t.is_read = ${flag(is_read)}`])
        ]
        return yield* page(notificationsTable, notificationOf, conditions, request)
      }, storage("page")),

      unread: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<Raw>`SELECT COUNT(*) AS unread FROM admin_notifications t
          WHERE t.organization_id = ${organization} AND NOT t.is_read`
        return Number(found!.unread)
      }).pipe(storage("unread")),

      read: Effect.fnUntraced(function* (id, now) {
        const organization = yield* CurrentOrganization
        const one = id === null ? sql.literal("") : sql`AND id = ${id}`
        const read = yield* sql`UPDATE admin_notifications SET is_read = ${flag(true)}, updated_at = ${DateTime.formatIso(now)}
          WHERE organization_id = ${organization} AND NOT is_read ${one} RETURNING id`
        return read.length
      }, storage("read")),

      find: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(notificationsTable, "t")} FROM admin_notifications t
          WHERE t.organization_id = ${organization} AND t.id = ${id}`
        return found === undefined ? undefined : notificationOf(found as Raw)
      }, storage("find"))
    })
  })
)
