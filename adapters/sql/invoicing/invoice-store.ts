/** Documents in SQL: invoices with their fees, taxes and settlements, written and read whole. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Array as Arr, DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type AppliedTaxRow,
  type DueDraft,
  type Fee,
  type Invoice,
  type InvoiceDocument,
  InvoiceStore,
  type Issue,
  type Settlement
} from "../../../src/invoicing/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue } from "../table.js"
import { documentFees, feesMarked } from "./document-fees.js"
import { dues } from "./dues.js"
import { takeNumbers } from "./numbers.js"
import { appliedTaxesTable, feesTable, invoicesTable, settlementsTable } from "./tables.js"
import { taxations } from "./taxations.js"

type Raw = Record<string, unknown>

const invoiceOf = decodeRow<Invoice>(invoicesTable)
const feeOf = decodeRow<Fee>(feesTable)
const taxOf = decodeRow<AppliedTaxRow>(appliedTaxesTable)
const settlementOf = decodeRow<Settlement>(settlementsTable)

/** What a refresh calculates anew on a draft. */
const REFRESHED = [
  // Its issuer is fixed at finalization: until then the one of the subscription or customer may become another.
  "billing_entity_id",
  "timezone",
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

/** Further than any document is long. */
const APART = 1_000_000

/** Of a fee that is written again, or taken by an invoice, as ON CONFLICT takes it; which event it bills never changes. */
const REWRITTEN = Object.keys(feesTable.columns)
  .filter((column) => !["id", "organization_id", "event_id", "created_at"].includes(column))
  .map((column) => `${column} = excluded.${column}`)
  .join(", ")

const documentsOf = (
  invoices: ReadonlyArray<Invoice>,
  fees: ReadonlyArray<Fee>,
  taxes: ReadonlyArray<AppliedTaxRow>,
  settlements: ReadonlyArray<Settlement>
): ReadonlyArray<InvoiceDocument> => {
  const feesOf = Arr.groupBy(fees, (fee) => fee.invoice_id ?? "")
  const taxesOf = Arr.groupBy(taxes, (tax) => tax.taxable_id)
  const settlementsOf = Arr.groupBy(settlements, (settlement) => settlement.invoice_id)
  return invoices.map((invoice) => {
    const own = feesOf[invoice.id] ?? []
    return {
      invoice,
      fees: own,
      taxes: [...(taxesOf[invoice.id] ?? []), ...own.flatMap((fee) => taxesOf[fee.id] ?? [])],
      settlements: settlementsOf[invoice.id] ?? []
    }
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
    const page = readPage(sql, dialect)
    const numbers = takeNumbers(sql, dialect)

    const insertLines = (documents: ReadonlyArray<Pick<InvoiceDocument, "fees" | "taxes">>) =>
      Effect.zipRight(
        insert(
          feesTable,
          documents.flatMap((document) => document.fees),
          `ON CONFLICT (organization_id, id) DO UPDATE SET ${REWRITTEN}`
        ),
        insert(
          appliedTaxesTable,
          documents.flatMap((document) => document.taxes)
        )
      )

    /** Removes the fees and taxes of invoices, but for the fees that are named. */
    const removeLines = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, kept: ReadonlyArray<string> = []) {
      const organization = yield* CurrentOrganization
      yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND (
        (taxable_type = 'invoice' AND taxable_id IN ${list("uuid", ids)}) OR (taxable_type = 'fee' AND taxable_id IN (
          SELECT id FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)})))`
      yield* sql`DELETE FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}
        AND id NOT IN ${list("uuid", kept)}`
    })

    const read = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, lock: string) {
      const organization = yield* CurrentOrganization
      const invoices = yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization}
        AND i.id IN ${list("uuid", ids)} ORDER BY i.id${sql.literal(lock)}`
      if (invoices.length === 0) return []
      const fees = yield* sql`SELECT ${columns(feesTable, "f")} FROM fees f WHERE f.organization_id = ${organization}
        AND f.invoice_id IN ${list("uuid", ids)} ORDER BY f.invoice_id, f.position`
      const taxes =
        yield* sql`SELECT ${columns(appliedTaxesTable, "a")} FROM applied_taxes a WHERE a.organization_id = ${organization} AND (
        (a.taxable_type = 'invoice' AND a.taxable_id IN ${list("uuid", ids)}) OR (a.taxable_type = 'fee' AND a.taxable_id IN (
          SELECT id FROM fees WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}))) ORDER BY a.id`
      const settlements =
        yield* sql`SELECT ${columns(settlementsTable, "t")} FROM invoice_settlements t WHERE t.organization_id = ${organization}
        AND t.invoice_id IN ${list("uuid", ids)} ORDER BY t.id`
      return documentsOf(
        invoices.map((row) => invoiceOf(row as Raw)),
        fees.map((row) => feeOf(row as Raw)),
        taxes.map((row) => taxOf(row as Raw)),
        settlements.map((row) => settlementOf(row as Raw))
      )
    })

    const isOverdue = ({
      due_before,
      ids,
      is
    }: {
      readonly is: boolean
      readonly due_before: DateTime.Utc
      readonly ids: ReadonlyArray<string>
    }) =>
      sql`${sql.literal(is ? "" : "NOT ")}(t.status = 'finalized' AND t.due_date IS NOT NULL
        AND (t.due_date <= ${DateTime.formatIso(due_before)} OR t.id IN ${list("uuid", ids)}))`

    return InvoiceStore.of({
      ...documentFees(sql, dialect),
      ...dues(sql, dialect),
      ...taxations(sql, dialect),

      insert: (documents) =>
        insert(
          invoicesTable,
          documents.map((document) => document.invoice)
        ).pipe(Effect.zipRight(insertLines(documents)), storage("insert")),

      saveTerms: (invoices) =>
        update(invoicesTable, ["due_date", "named_billing_entity_id", "updated_at"], invoices).pipe(storage("saveTerms")),

      replace: Effect.fnUntraced(function* (documents) {
        yield* removeLines(
          documents.map((document) => document.invoice.id),
          documents.flatMap((document) => document.fees.map((fee) => fee.id))
        )
        // Their place depends on how many come before them: it is theirs once all others have one.
        const added = documents.flatMap(({ fees }) => fees.filter(({ fee_type }) => fee_type === "add_on").map(({ id }) => id))
        if (added.length > 0) {
          yield* sql`UPDATE fees SET position = position + ${APART} WHERE organization_id = ${yield* CurrentOrganization} AND id IN ${list("uuid", added)}`
        }
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
          yield* feesMarked(sql, dialect)(organization, paid, "succeeded")
        }
        yield* sql`UPDATE invoices SET invoice_number = items.invoice_number, status = items.status, issued_at = items.issued_at,
          due_date = COALESCE(invoices.due_date, items.due_date), paid_at = items.paid_at,
          prepaid_credit_amount_cents = items.prepaid_credit_amount_cents, updated_at = items.issued_at
          FROM ${rows(
            [
              ["id", "uuid"],
              ["invoice_number", "text"],
              ["status", "text"],
              ["issued_at", "instant"],
              ["due_date", "instant"],
              ["paid_at", "instant"],
              ["prepaid_credit_amount_cents", "money"]
            ],
            issues.map((issue, index) => [
              issue.invoice_id,
              taken[index],
              issue.status,
              issue.issued_at,
              issue.due_date,
              issue.status === "paid" ? issue.issued_at : null,
              issue.prepaid_credit_amount_cents
            ])
          )} items WHERE invoices.organization_id = ${organization} AND invoices.id = items.id`
      }, storage("issue")),

      markVoided: Effect.fnUntraced(function* (ids, now) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE invoices SET status = 'voided', updated_at = ${DateTime.formatIso(now)}
          WHERE organization_id = ${organization} AND status = 'finalized' AND id IN ${list("uuid", ids)}`
      }, storage("markVoided")),

      draftTotals: Effect.fnUntraced(function* (customer_ids) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ customer_id: string; currency: string; total_cents: string }>`
          SELECT i.customer_id, i.currency, ${sql.literal(dialect.sumMoney("i.total_cents"))} AS total_cents FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'draft' AND i.customer_id IN ${list("uuid", customer_ids)}
          GROUP BY i.customer_id, i.currency`
        return found.map(({ currency, customer_id, total_cents }) => ({ customer_id, currency, total_cents: BigInt(total_cents) }))
      }, storage("draftTotals")),

      insertFees: (documents) => insertLines(documents).pipe(storage("insertFees")),

      load: (ids) => read(ids, "").pipe(storage("load")),

      lock: (ids) => read(ids, dialect.forUpdate).pipe(storage("lock")),

      ofSubscription: Effect.fnUntraced(function* (subscription_id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization}
          AND i.subscription_id = ${subscription_id} ORDER BY i.id`
        return found.map((row) => invoiceOf(row as Raw))
      }, storage("ofSubscription")),

      dueDrafts: Effect.fnUntraced(function* (now, limit, except, only) {
        const organization = yield* CurrentOrganization
        const named = only === undefined ? sql.literal("") : sql`AND i.id IN ${list("uuid", only)}`
        return yield* sql<DueDraft>`SELECT i.id AS id, i.subscription_id AS subscription_id FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'draft'
          AND i.finalize_at <= ${DateTime.formatIso(now)} AND i.id NOT IN ${list("uuid", except)} ${named}
          ORDER BY i.finalize_at, i.id LIMIT ${limit}`
      }, storage("dueDrafts")),

      nextDraftAfter: Effect.fnUntraced(function* (after) {
        const organization = yield* CurrentOrganization
        const [next] = yield* sql<{ at: unknown }>`SELECT MIN(finalize_at) AS at FROM invoices
          WHERE organization_id = ${organization} AND status = 'draft' AND finalize_at > ${DateTime.formatIso(after)}`
        return readValue("instant", next!.at) as DateTime.Utc | null
      }, storage("nextDraftAfter")),

      issuedSince: Effect.fnUntraced(function* (at) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT i.id FROM invoices i WHERE i.organization_id = ${organization}
          AND i.issued_at >= ${DateTime.formatIso(at)} ORDER BY i.issued_at, i.invoice_number`
        const ids = found.map(({ id }) => id)
        const documents = new Map((yield* read(ids, "")).map((document) => [document.invoice.id as string, document]))
        return ids.map((id) => documents.get(id)!)
      }, storage("issuedSince")),

      remove: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        yield* removeLines(ids)
        yield* sql`DELETE FROM invoices WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("remove")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const { issued_from, issued_to } = filter
        const filtered = [
          ...equalTo(sql, invoicesTable, filter, [
            "customer_id",
            "subscription_id",
            "billing_entity_id",
            "status",
            "invoice_type",
            "currency"
          ]),
          ...(issued_from === undefined ? [] : [sql`t.issued_at >= ${DateTime.formatIso(issued_from)}`]),
          ...(issued_to === undefined ? [] : [sql`t.issued_at < ${DateTime.formatIso(issued_to)}`])
        ]
        const overdue = filter.overdue === undefined ? [] : [isOverdue(filter.overdue)]
        return yield* page(invoicesTable, invoiceOf, [sql`t.organization_id = ${organization}`, ...filtered, ...overdue], request)
      }, storage("page")),

      totals: Effect.fnUntraced(function* (customer_id) {
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
          WHERE organization_id = ${organization} AND status IN ('finalized', 'paid')
          ${customer_id === undefined ? sql.literal("") : sql`AND customer_id = ${customer_id}`} GROUP BY currency ORDER BY currency`
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
