/** Invoices, fees and their taxes in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type AppliedTaxRow, type Fee, type Invoice, type InvoiceDocument, InvoiceStore, type Issue } from "../../../src/invoicing/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { takeNumbers } from "./numbers.js"
import { appliedTaxesTable, feesTable, invoicesTable } from "./tables.js"

type Raw = Record<string, unknown>

const invoiceOf = decodeRow<Invoice>(invoicesTable)
const feeOf = decodeRow<Fee>(feesTable)
const taxOf = decodeRow<AppliedTaxRow>(appliedTaxesTable)

/** What a refresh calculates anew on a draft. */
const REFRESHED = [
  "subtotal_cents",
  "tax_amount_cents",
  "total_cents",
  "prepaid_credit_amount_cents",
  "coupons_amount_cents",
  "progressive_billing_credit_amount_cents",
  "line_items",
  "parties",
  "updated_at"
]

const grouped = <A>(items: ReadonlyArray<A>, by: (item: A) => string): Map<string, Array<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const known = groups.get(by(item))
    if (known === undefined) groups.set(by(item), [item])
    else known.push(item)
  }
  return groups
}

const documentsOf = (
  invoices: ReadonlyArray<Invoice>,
  fees: ReadonlyArray<Fee>,
  taxes: ReadonlyArray<AppliedTaxRow>
): ReadonlyArray<InvoiceDocument> => {
  const feesOf = grouped(fees, (fee) => fee.invoice_id ?? "")
  const taxesOf = grouped(taxes, (tax) => tax.taxable_id)
  return invoices.map((invoice) => {
    const own = feesOf.get(invoice.id) ?? []
    return { invoice, fees: own, taxes: [...(taxesOf.get(invoice.id) ?? []), ...own.flatMap((fee) => taxesOf.get(fee.id) ?? [])] }
  })
}

export const invoiceStoreLayer: Layer.Layer<InvoiceStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  InvoiceStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `invoices.${operation}`)
    const invoiceColumns = columns(invoicesTable, "i")
    const feeColumns = columns(feesTable, "f")
    const page = readPage(sql, dialect)
    const numbers = takeNumbers(sql, dialect)

    const insertLines = (documents: ReadonlyArray<InvoiceDocument>) =>
      Effect.zipRight(
        insert(
          feesTable,
          documents.flatMap((document) => document.fees)
        ),
        insert(
          appliedTaxesTable,
          documents.flatMap((document) => document.taxes)
        )
      )

    const removeLines = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
      const organization = yield* CurrentOrganization
      yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND (
        (taxable_type = 'invoice' AND taxable_id IN ${list("uuid", ids)}) OR (taxable_type = 'fee' AND taxable_id IN (
          SELECT id FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)})))`
      yield* sql`DELETE FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}`
    })

    const read = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, lock: string) {
      const organization = yield* CurrentOrganization
      const invoices = yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization}
        AND i.id IN ${list("uuid", ids)} ORDER BY i.id${sql.literal(lock)}`
      if (invoices.length === 0) return []
      const fees = yield* sql`SELECT ${feeColumns} FROM fees f WHERE f.organization_id = ${organization}
        AND f.invoice_id IN ${list("uuid", ids)} ORDER BY f.invoice_id, f.position`
      const taxes =
        yield* sql`SELECT ${columns(appliedTaxesTable, "a")} FROM applied_taxes a WHERE a.organization_id = ${organization} AND (
        (a.taxable_type = 'invoice' AND a.taxable_id IN ${list("uuid", ids)}) OR (a.taxable_type = 'fee' AND a.taxable_id IN (
          SELECT id FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}))) ORDER BY a.id`
      return documentsOf(
        invoices.map((row) => invoiceOf(row as Raw)),
        fees.map((row) => feeOf(row as Raw)),
        taxes.map((row) => taxOf(row as Raw))
      )
    })

    return InvoiceStore.of({
      insert: (documents) =>
        insert(
          invoicesTable,
          documents.map((document) => document.invoice)
        ).pipe(Effect.zipRight(insertLines(documents)), storage("insert")),

      replace: Effect.fnUntraced(function* (documents) {
        yield* removeLines(documents.map((document) => document.invoice.id))
        yield* update(
          invoicesTable,
          REFRESHED,
          documents.map((document) => document.invoice)
        )
        yield* insertLines(documents)
      }, storage("replace")),

      issue: Effect.fnUntraced(function* (issues: ReadonlyArray<Issue>) {
        if (issues.length === 0) return
        const organization = yield* CurrentOrganization
        const taken = yield* numbers(organization, issues)
        const paid = issues.filter((issue) => issue.status === "paid").map((issue) => issue.invoice_id)
        if (paid.length > 0) {
          yield* sql`UPDATE fees SET payment_status = 'succeeded' WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", paid)}`
        }
        yield* sql`UPDATE invoices SET invoice_number = items.invoice_number, status = items.status, issued_at = items.issued_at,
          due_date = COALESCE(invoices.due_date, items.due_date), paid_at = items.paid_at, updated_at = items.issued_at
          FROM ${rows(
            [
              ["id", "uuid"],
              ["invoice_number", "text"],
              ["status", "text"],
              ["issued_at", "instant"],
              ["due_date", "instant"],
              ["paid_at", "instant"]
            ],
            issues.map((issue, index) => [
              issue.invoice_id,
              taken[index],
              issue.status,
              issue.issued_at,
              issue.due_date,
              issue.status === "paid" ? issue.issued_at : null
            ])
          )} items WHERE invoices.organization_id = ${organization} AND invoices.id = items.id`
      }, storage("issue")),

      load: (ids) => read(ids, "").pipe(storage("load")),

      lock: (ids) => read(ids, dialect.forUpdate).pipe(storage("lock")),

      claimDrafts: Effect.fnUntraced(function* (now, limit, except) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization} AND i.status = 'draft'
          AND i.finalize_at <= ${DateTime.formatIso(now)} AND i.id NOT IN ${list("uuid", except)} ORDER BY i.finalize_at, i.id LIMIT ${limit}${sql.literal(dialect.skipLocked)}`
        return found.map((row) => invoiceOf(row as Raw))
      }, storage("claimDrafts")),

      remove: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        yield* removeLines(ids)
        yield* sql`DELETE FROM invoices WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("remove")),

      fee: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${feeColumns} FROM fees f WHERE f.organization_id = ${organization} AND f.id = ${id}`
        return found[0] === undefined ? undefined : feeOf(found[0] as Raw)
      }, storage("fee")),

      taxesOfFee: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(appliedTaxesTable, "a")}, t.code AS code, t.name AS name FROM applied_taxes a
          JOIN taxes t ON t.organization_id = a.organization_id AND t.id = a.tax_id
          WHERE a.organization_id = ${organization} AND a.taxable_type = 'fee' AND a.taxable_id = ${id} ORDER BY a.id`
        return found.map((row) => ({ ...taxOf(row as Raw), ...(row as { code: string; name: string }), ...taxOf(row as Raw) }))
      }, storage("taxesOfFee")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, filter, ["customer_id", "subscription_id", "status", "invoice_type", "currency"])
        return yield* page(invoicesTable, invoiceOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page")),

      totals: Effect.fnUntraced(function* () {
        const organization = yield* CurrentOrganization
        const sums = sql.literal(
          ["subtotal_cents", "tax_amount_cents", "total_cents"].map((column) => `${dialect.sumMoney(column)} AS ${column}`).join(", ")
        )
        const found = yield* sql<{
          currency: string
          invoices: number
          subtotal_cents: string
          tax_amount_cents: string
          total_cents: string
        }>`
          SELECT currency, COUNT(*) AS invoices, ${sums} FROM invoices
          WHERE organization_id = ${organization} AND status IN ('finalized', 'paid') GROUP BY currency ORDER BY currency`
        return found.map((row) => ({
          currency: row.currency,
          invoices: Number(row.invoices),
          subtotal_cents: BigInt(row.subtotal_cents),
          tax_amount_cents: BigInt(row.tax_amount_cents),
          total_cents: BigInt(row.total_cents)
        }))
      }, storage("totals"))
    })
  })
)
