/** Reminders in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type PaymentReminder, PaymentReminderStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { remindersTable } from "./tables.js"

const reminderOf = decodeRow<PaymentReminder>(remindersTable)

export const paymentReminderStoreLayer: Layer.Layer<PaymentReminderStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentReminderStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payment_reminders.${operation}`)

    return PaymentReminderStore.of({
      insert: (reminders) => insert(remindersTable, reminders).pipe(storage("insert")),

      unsent: Effect.fnUntraced(function* (limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(remindersTable, "m")} FROM payment_reminders m
          WHERE m.organization_id = ${organization} AND m.sent_at IS NULL ORDER BY m.id LIMIT ${limit}`
        return found.map((row) => reminderOf(row as Record<string, unknown>))
      }, storage("unsent")),

      markSent: Effect.fnUntraced(function* (ids, now) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE payment_reminders SET sent_at = ${at}, updated_at = ${at}
          WHERE organization_id = ${organization} AND sent_at IS NULL AND id IN ${list("uuid", ids)}`
      }, storage("markSent"))
    })
  })
)
