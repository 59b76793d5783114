/** Rows as events tell them, in SQL: a statement for each kind, however many rows. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { type AnnouncedInvoice, AnnouncedRows, type AnnouncedRowsShape } from "../../../src/webhooks/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, type Table, table } from "../table.js"

const invoices = table("invoices", {
  id: "uuid",
  organization_id: "uuid",
  invoice_number: "text",
  customer_id: "uuid",
  subscription_id: "uuid",
  invoice_type: "text",
  status: "text",
  total_cents: "money",
  currency: "text",
  issued_at: "instant",
  due_date: "instant"
})

const notes = table("credit_notes", {
  id: "uuid",
  organization_id: "uuid",
  number: "text",
  invoice_id: "uuid",
  customer_id: "uuid",
  credit_note_type: "text",
  reason: "text",
  refund_status: "text",
  refund_amount_cents: "money",
  total_amount_cents: "money",
  balance_amount_cents: "money",
  currency: "text"
})

const payments = table("payments", { id: "uuid", status: "text", refunded_amount_cents: "money" })

const requests = table("payment_requests", {
  id: "uuid",
  organization_id: "uuid",
  customer_id: "uuid",
  amount_cents: "money",
  amount_currency: "text"
})

const thresholds = table("usage_thresholds", { id: "uuid", amount_cents: "money", currency: "text", recurring: "boolean" })

const alerts = table("usage_alerts", { id: "uuid", subscription_id: "uuid", recurring: "boolean", threshold_value: "decimal" })

type Read<A> = (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>

/** Whether something can be due on an invoice of this status. */
const owes = (status: string): boolean => status === "finalized" || status === "paid"

export const announcedRowsLayer: Layer.Layer<AnnouncedRows, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  AnnouncedRows,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, list } = statements(sql, dialect)

    const byIds = <A>(of: Table): Read<A> => {
      const decode = decodeRow<A>(of)
      return Effect.fnUntraced(
        function* (ids: ReadonlyArray<string>) {
          const organization = yield* CurrentOrganization
          const found = yield* sql`SELECT ${columns(of, "t")} FROM ${sql.literal(of.name)} t
          WHERE t.organization_id = ${organization} AND t.id IN ${list("uuid", ids)} ORDER BY t.id`
          return found.map((row) => decode(row as Record<string, unknown>))
        },
        asStorage(dialect, `announced.${of.name}`)
      )
    }

    const heads = byIds<Omit<AnnouncedInvoice, "due_cents">>(invoices)

    const settled = Effect.fnUntraced(
      function* (ids: ReadonlyArray<string>) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ invoice_id: string; cents: string }>`
          SELECT s.invoice_id, ${sql.literal(dialect.sumMoney("s.amount_cents"))} AS cents FROM invoice_settlements s
          WHERE s.organization_id = ${organization} AND s.returned_at IS NULL AND s.invoice_id IN ${list("uuid", ids)} GROUP BY s.invoice_id`
        return new Map(found.map(({ cents, invoice_id }) => [invoice_id, BigInt(cents)]))
      },
      asStorage(dialect, "announced.settlements")
    )

    const shape: AnnouncedRowsShape = {
      invoices: Effect.fnUntraced(function* (ids) {
        const found = yield* heads(ids)
        const sums = yield* settled(ids)
        return found.map((invoice) => ({
          ...invoice,
          due_cents: owes(invoice.status) ? invoice.total_cents - (sums.get(invoice.id) ?? 0n) : 0n
        }))
      }),
      creditNotes: byIds(notes),
      payments: byIds(payments),
      paymentRequests: byIds(requests),
      thresholds: byIds(thresholds),
      alerts: byIds(alerts)
    }
    return AnnouncedRows.of(shape)
  })
)
