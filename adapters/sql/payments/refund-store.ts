/** Refunds in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type PaymentRefund, PaymentRefundStore } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { paymentRefundsTable } from "./tables.js"

const CHANGING = ["status", "provider_refund_id", "failure_reason", "called_at", "due_at", "completed_at", "updated_at"]

const refundOf = decodeRow<PaymentRefund>(paymentRefundsTable)

export const paymentRefundStoreLayer: Layer.Layer<PaymentRefundStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentRefundStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payment_refunds.${operation}`)

    const select = (condition: Fragment) =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(paymentRefundsTable, "r")} FROM payment_refunds r
          WHERE r.organization_id = ${organization} AND ${condition} ORDER BY r.id`
      ).pipe(Effect.map((rows) => rows.map((row) => refundOf(row as Record<string, unknown>))))

    return PaymentRefundStore.of({
      insert: (refunds) => insert(paymentRefundsTable, refunds).pipe(storage("insert")),
      save: (refunds) => update(paymentRefundsTable, CHANGING, refunds).pipe(storage("save")),
      load: (ids) => select(sql`r.id IN ${list("uuid", ids)}`).pipe(storage("load")),
      ofPayments: (payment_ids) => select(sql`r.payment_id IN ${list("uuid", payment_ids)}`).pipe(storage("ofPayments")),
      ofNotes: (note_ids) => select(sql`r.credit_note_id IN ${list("uuid", note_ids)}`).pipe(storage("ofNotes")),

      due: Effect.fnUntraced(function* (now, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT r.id FROM payment_refunds r WHERE r.organization_id = ${organization}
          AND r.due_at IS NOT NULL AND r.due_at <= ${DateTime.formatIso(now)} ORDER BY r.due_at, r.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("due"))
    })
  })
)
