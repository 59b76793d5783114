/** Notifications in SQL: lists, locks, and what workers claim and book. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Notification, NotificationStore } from "../../../src/notifications/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { notificationsTable } from "./tables.js"

type Raw = Record<string, unknown>

const CHANGING = [
  "status",
  "sent_at",
  "delivered_at",
  "is_read",
  "read_at",
  "gateway",
  "gateway_message_id",
  "tries",
  "next_try_at",
  "last_error",
  "updated_at"
]

const notificationOf = decodeRow<Notification>(notificationsTable)

export const notificationStoreLayer: Layer.Layer<NotificationStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  NotificationStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `notifications.${operation}`)
    const page = readPage(sql, dialect)
    const selected = columns(notificationsTable, "t")
    const locked = sql.literal(dialect.forUpdate)
    const boolean = (value: boolean) => sql.literal(dialect.engine === "postgres" ? String(value) : value ? "1" : "0")
    const rowsOf = (found: ReadonlyArray<unknown>) => found.map((row) => notificationOf(row as Raw))

    const one = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${selected} FROM notifications t
        WHERE t.organization_id = ${organization} AND t.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : notificationOf(found as Raw)
    })

    const releasing = (messages: ReadonlyArray<Notification>) =>
      update({ ...notificationsTable, columns: { ...notificationsTable.columns, claim_id: "uuid" } }, [...CHANGING, "claim_id"], messages)

    return NotificationStore.of({
      insert: (messages) =>
        insert(notificationsTable, messages, "ON CONFLICT (organization_id, transition_key) DO NOTHING").pipe(storage("insert")),

      find: (id) => one(id, "").pipe(storage("find")),

      keyed: Effect.fnUntraced(function* (transition_keys) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${selected} FROM notifications t WHERE t.organization_id = ${organization}
          AND t.transition_key IN ${list("text", transition_keys)} ORDER BY t.id`
        return rowsOf(found)
      }, storage("keyed")),

      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),
      save: (messages) => update(notificationsTable, CHANGING, messages).pipe(storage("save")),

      page: Effect.fnUntraced(function* (recipient, filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          sql`t.recipient = ${recipient}`,
          ...equalTo(sql, notificationsTable, filter, ["channel", "status", "context_type", "context_id"])
        ]
        if (filter.is_read !== undefined) conditions.push(sql`t.is_read = ${boolean(filter.is_read)}`)
        return yield* page(notificationsTable, notificationOf, conditions, request)
      }, storage("page")),

      unread: Effect.fnUntraced(function* (recipient) {
        const organization = yield* CurrentOrganization
        const [row] = yield* sql`SELECT COUNT(*) AS unread FROM notifications t
          WHERE t.organization_id = ${organization} AND t.recipient = ${recipient} AND t.read_at IS NULL`
        return Number((row as Raw).unread)
      }, storage("unread")),

      lockUnread: Effect.fnUntraced(function* (recipient, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${selected} FROM notifications t
          WHERE t.organization_id = ${organization} AND t.recipient = ${recipient} AND t.read_at IS NULL ORDER BY t.id LIMIT ${limit}${locked}`
        return rowsOf(found)
      }, storage("lockUnread")),

      claim: Effect.fnUntraced(function* ({ channels, claim_id, limit, now, until }) {
        const at = DateTime.formatIso(now)
        const claimed =
          yield* sql`UPDATE notifications SET claim_id = ${claim_id}, next_try_at = ${DateTime.formatIso(until)}, updated_at = ${at}
          WHERE (organization_id, id) IN (
            SELECT t.organization_id, t.id FROM notifications t
            WHERE t.next_try_at <= ${at} AND t.channel IN ${list("text", channels)}
            ORDER BY t.next_try_at, t.id LIMIT ${limit}${sql.literal(dialect.skipLocked)}) RETURNING id`
        if (claimed.length === 0) return []
        return rowsOf(yield* sql`SELECT ${selected} FROM notifications t WHERE t.claim_id = ${claim_id} ORDER BY t.created_at, t.id`)
      }, storage("claim")),

      lockClaimed: (claim_id) =>
        sql`SELECT ${selected} FROM notifications t WHERE t.claim_id = ${claim_id} ORDER BY t.id${locked}`.pipe(
          Effect.map(rowsOf),
          storage("lockClaimed")
        ),

      lockAll: Effect.fnUntraced(function* (messages) {
        if (messages.length === 0) return []
        const named = rows(
          [
            ["organization_id", "uuid"],
            ["id", "uuid"]
          ],
          messages.map(({ id, organization_id }) => [organization_id, id])
        )
        const found = yield* sql`SELECT ${selected} FROM notifications t
          WHERE (t.organization_id, t.id) IN (SELECT items.organization_id, items.id FROM ${named} items) ORDER BY t.id${locked}`
        return rowsOf(found)
      }, storage("lockAll")),

      book: (messages) => releasing(messages).pipe(storage("book")),

      lockByGateway: Effect.fnUntraced(function* (gateway, gateway_message_ids) {
        const organization = yield* CurrentOrganization
        const found =
          yield* sql`SELECT ${selected} FROM notifications t WHERE t.organization_id = ${organization} AND t.gateway = ${gateway}
          AND t.gateway_message_id IN ${list("text", gateway_message_ids)} ORDER BY t.id${locked}`
        return rowsOf(found)
      }, storage("lockByGateway")),

      lockCallReminders: Effect.fnUntraced(function* (context_id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${selected} FROM notifications t WHERE t.organization_id = ${organization}
          AND t.context_id = ${context_id} AND t.channel = 'call' AND t.status <> 'delivered' ORDER BY t.id${locked}`
        return rowsOf(found)
      }, storage("lockCallReminders")),

      removeOf: Effect.fnUntraced(function* (recipient) {
        const organization = yield* CurrentOrganization
        const gone = yield* sql`DELETE FROM notifications WHERE organization_id = ${organization} AND recipient = ${recipient} RETURNING id`
        return gone.length
      }, storage("removeOf"))
    })
  })
)
