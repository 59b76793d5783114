/** What is due on invoices, what settles it, and who was told that it is overdue, in SQL. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { InvoiceDue, InvoiceStore } from "../../../src/invoicing/index.js"
import type { DialectShape } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { feesMarked } from "./document-fees.js"
import { invoicesTable, settlementsTable } from "./tables.js"

type Raw = Record<string, unknown>

/** What of an invoice says what is due on it. */
const { id, organization_id, customer_id, status, invoice_type, currency, total_cents, due_date, timezone } = invoicesTable.columns
const dueTable = table("invoices", {
  id,
  organization_id,
  customer_id,
  status,
  invoice_type,
  currency,
  total_cents,
  due_date,
  timezone
})
const dueRow = decodeRow<Omit<InvoiceDue, "due_cents">>(dueTable)

export const dues = (
  sql: SqlClient,
  dialect: DialectShape
): Pick<
  typeof InvoiceStore.Service,
  "settle" | "due" | "lockDue" | "markPaid" | "returnSettlements" | "unpaid" | "untoldDue" | "tellOverdue"
> => {
  const { columns, insert, list } = statements(sql, dialect)
  const storage = (operation: string) => asStorage(dialect, `invoices.${operation}`)
  /** The sums are read after the rows are locked: what settled them meanwhile counts. */
  const dueOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, lock: string) {
    if (ids.length === 0) return []
    const organization = yield* CurrentOrganization
    const invoices = yield* sql`SELECT ${columns(dueTable, "d")} FROM invoices d WHERE d.organization_id = ${organization}
      AND d.id IN ${list("uuid", ids)} ORDER BY d.id${sql.literal(lock)}`
    if (invoices.length === 0) return []
    const sums = yield* sql<{ invoice_id: string; settled: string }>`
      SELECT t.invoice_id, ${sql.literal(dialect.sumMoney("t.amount_cents"))} AS settled FROM invoice_settlements t
      WHERE t.organization_id = ${organization} AND t.returned_at IS NULL AND t.invoice_id IN ${list("uuid", ids)} GROUP BY t.invoice_id`
    const settled = new Map(sums.map((row) => [row.invoice_id, BigInt(row.settled)]))
    return invoices.map((row): InvoiceDue => {
      const invoice = dueRow(row as Raw)
      const owes = invoice.status === "finalized" || invoice.status === "paid"
      return { ...invoice, due_cents: owes ? invoice.total_cents - (settled.get(invoice.id) ?? 0n) : 0n }
    })
  })

  return {
    settle: (settlements) => insert(settlementsTable, settlements).pipe(storage("settle")),

    due: (ids) => dueOf(ids, "").pipe(storage("due")),

    lockDue: (ids) => dueOf(ids, dialect.forUpdate).pipe(storage("lockDue")),

    markPaid: Effect.fnUntraced(function* (ids, paid_at) {
      if (ids.length === 0) return
      const organization = yield* CurrentOrganization
      const at = DateTime.formatIso(paid_at)
      yield* sql`UPDATE invoices SET status = 'paid', paid_at = ${at}, updated_at = ${at}
        WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      yield* feesMarked(sql, dialect)(organization, ids, "succeeded")
    }, storage("markPaid")),

    returnSettlements: Effect.fnUntraced(function* (invoice_id, at) {
      const organization = yield* CurrentOrganization
      const now = DateTime.formatIso(at)
      yield* sql`UPDATE invoice_settlements SET returned_at = ${now}, updated_at = ${now}
        WHERE organization_id = ${organization} AND invoice_id = ${invoice_id} AND returned_at IS NULL`
    }, storage("returnSettlements")),

    unpaid: Effect.fnUntraced(function* (of) {
      const organization = yield* CurrentOrganization
      const which =
        "customer_id" in of
          ? sql`i.customer_id = ${of.customer_id}`
          : sql`i.due_date > ${DateTime.formatIso(of.due_after)} AND i.due_date <= ${DateTime.formatIso(of.due_until)}`
      const found = yield* sql<{ id: string }>`SELECT i.id FROM invoices i
        WHERE i.organization_id = ${organization} AND i.status = 'finalized' AND ${which} ORDER BY i.id`
      return yield* dueOf(
        found.map(({ id }) => id),
        ""
      )
    }, storage("unpaid")),

    untoldDue: Effect.fnUntraced(function* (now, after, limit) {
      const organization = yield* CurrentOrganization
      const beyond = after === null ? sql.literal("") : sql`AND i.id > ${after}`
      const found = yield* sql<{ id: string }>`SELECT i.id FROM invoices i
        WHERE i.organization_id = ${organization} AND i.status = 'finalized' AND i.overdue_told_at IS NULL
          AND i.due_date <= ${DateTime.formatIso(now)} ${beyond} ORDER BY i.id LIMIT ${limit}`
      return found.map(({ id }) => id)
    }, storage("untoldDue")),

    tellOverdue: Effect.fnUntraced(function* (overdue, now) {
      if (overdue.length === 0) return []
      const organization = yield* CurrentOrganization
      const at = DateTime.formatIso(now)
      const told = yield* sql<{ id: string }>`UPDATE invoices SET overdue_told_at = ${at}, updated_at = ${at}
        WHERE organization_id = ${organization} AND overdue_told_at IS NULL AND id IN ${list(
          "uuid",
          overdue.map(({ id }) => id)
        )} RETURNING id`
      return told.map(({ id }) => id)
    }, storage("tellOverdue"))
  }
}
