/** Delivery receipts in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type DeliveryReceipt, ReceiptStore } from "../../../src/notifications/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { receiptsTable } from "./tables.js"

type Raw = Record<string, unknown>

const receiptOf = decodeRow<DeliveryReceipt>(receiptsTable)

export const receiptStoreLayer: Layer.Layer<ReceiptStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  ReceiptStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `delivery_receipts.${operation}`)
    const selected = columns(receiptsTable, "t")
    const rowsOf = (found: ReadonlyArray<unknown>) => found.map((row) => receiptOf(row as Raw))

    return ReceiptStore.of({
      insert: (receipts) => insert(receiptsTable, receipts).pipe(storage("insert")),
      save: (receipts) => update(receiptsTable, ["notification", "had_effect", "updated_at"], receipts).pipe(storage("save")),

      early: (since, limit) =>
        sql`SELECT ${selected}, n.id AS known FROM delivery_receipts t JOIN notifications n
          ON n.organization_id = t.organization_id AND n.gateway = t.gateway AND n.gateway_message_id = t.gateway_message_id
          WHERE t.notification IS NULL AND t.received_at >= ${DateTime.formatIso(since)} ORDER BY t.received_at, t.id LIMIT ${limit}`.pipe(
          Effect.map((found) => found.map((row) => ({ ...receiptOf(row as Raw), notification: (row as Raw).known as string }))),
          storage("early")
        ),

      of: Effect.fnUntraced(function* (notification) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${selected} FROM delivery_receipts t
          WHERE t.organization_id = ${organization} AND t.notification = ${notification} ORDER BY t.received_at, t.id`
        return rowsOf(found)
      }, storage("of"))
    })
  })
)
