/** What the doctor reads of invoices, in SQL: each with its fees, its taxes and what was settled and taken off. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Array as Arr, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawDocument, RawFee, RawInvoice, RawTax } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import { statements } from "../statements.js"
import { asTexts, beyond } from "./reading.js"

const INVOICE = [
  "id",
  "billing_entity_id",
  "invoice_number",
  "status",
  "currency",
  "subtotal_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "tax_amount_cents",
  "total_cents",
  "line_items",
  "parties"
]
const FEE = [
  "id",
  "invoice_id",
  "currency",
  "amount_cents",
  "precise_amount_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "taxes_amount_cents",
  "total_amount_cents"
]
const TAX = ["id", "taxable_type", "taxable_id", "tax_id", "tax_rate", "taxable_amount_cents", "tax_amount_cents"]

interface InvoiceRow extends Omit<RawInvoice, "line_items" | "rounding_mode"> {
  readonly line_items: string
  readonly parties: string
}

/** Invoices with an id above `after`, ascending, at most `limit`. */
export const readDocuments = (sql: SqlClient, dialect: DialectShape) => {
  const { list } = statements(sql, dialect)
  return Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const invoices = yield* sql<InvoiceRow>`SELECT ${sql.literal(asTexts("i", INVOICE))} FROM invoices i
      WHERE i.organization_id = ${organization} ${beyond(sql, "i", after)} ORDER BY i.id LIMIT ${limit}`
    if (invoices.length === 0) return []
    const ids = list(
      "uuid",
      invoices.map((invoice) => invoice.id)
    )
    const fees = yield* sql<RawFee>`SELECT ${sql.literal(asTexts("f", FEE))} FROM fees f
      WHERE f.organization_id = ${organization} AND f.invoice_id IN ${ids} ORDER BY f.invoice_id, f.position`
    const taxes = yield* sql<RawTax & { readonly invoice_id: string }>`
      SELECT ${sql.literal(asTexts("a", TAX))}, CAST(a.taxable_id AS TEXT) AS invoice_id FROM applied_taxes a
      WHERE a.organization_id = ${organization} AND a.taxable_type = 'invoice' AND a.taxable_id IN ${ids}
      UNION ALL
      SELECT ${sql.literal(asTexts("a", TAX))}, CAST(f.invoice_id AS TEXT) AS invoice_id FROM applied_taxes a
      JOIN fees f ON f.organization_id = a.organization_id AND f.id = a.taxable_id
      WHERE a.organization_id = ${organization} AND a.taxable_type = 'fee' AND f.invoice_id IN ${ids}`
    const settled = yield* sql<{ invoice_id: string; settled: string }>`
      SELECT CAST(s.invoice_id AS TEXT) AS invoice_id, CAST(SUM(s.amount_cents) AS TEXT) AS settled FROM invoice_settlements s
      WHERE s.organization_id = ${organization} AND s.returned_at IS NULL AND s.invoice_id IN ${ids} GROUP BY s.invoice_id`
    const uses = yield* sql<{ invoice_id: string; used: string }>`
      SELECT CAST(u.invoice_id AS TEXT) AS invoice_id, CAST(SUM(u.amount_cents) AS TEXT) AS used FROM applied_coupon_uses u
      WHERE u.organization_id = ${organization} AND u.returned_at IS NULL AND u.invoice_id IN ${ids} GROUP BY u.invoice_id`
    const usedOf = new Map(uses.map((row) => [row.invoice_id, row.used]))
    const settledOf = new Map(settled.map((row) => [row.invoice_id, row.settled]))
    const feesOf = Arr.groupBy(fees, (fee) => fee.invoice_id)
    const taxesOf = Arr.groupBy(taxes, (tax) => tax.invoice_id)
    return invoices.map(({ line_items, parties, ...invoice }): RawDocument => {
      const { rounding_mode } = JSON.parse(parties) as { readonly rounding_mode: string }
      return {
        id: invoice.id,
        invoice: { ...invoice, line_items: JSON.parse(line_items) as RawInvoice["line_items"], rounding_mode },
        fees: feesOf[invoice.id] ?? [],
        taxes: taxesOf[invoice.id] ?? [],
        settled_cents: settledOf.get(invoice.id) ?? "0",
        coupon_uses_cents: usedOf.get(invoice.id) ?? "0"
      }
    })
  })
}
