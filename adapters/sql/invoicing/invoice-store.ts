/** Invoices, fees and their taxes in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Array as Arr, DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type AppliedTaxRow,
  type DueDraft,
  type Fee,
  type FeeOnInvoice,
  type Invoice,
  type InvoiceDocument,
  type InvoiceDue,
  InvoiceStore,
  type Issue,
  type Settlement,
  type SubscriptionStretch
} from "../../../src/invoicing/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue, table } from "../table.js"
import { takeNumbers } from "./numbers.js"
import { appliedTaxesTable, feesTable, invoicesTable, settlementsTable } from "./tables.js"

type Raw = Record<string, unknown>

const invoiceOf = decodeRow<Invoice>(invoicesTable)
const feeOf = decodeRow<Fee>(feesTable)
const taxOf = decodeRow<AppliedTaxRow>(appliedTaxesTable)
const settlementOf = decodeRow<Settlement>(settlementsTable)

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

const TAXATION = [
  ["organization_id", "uuid"],
  ["invoice_id", "uuid"],
  ["integration_id", "uuid"],
  ["provider_type", "text"],
  ["status", "text"],
  ["error_code", "text"],
  ["error_message", "text"],
  ["created_at", "instant"],
  ["updated_at", "instant"]
] as const

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

const BASE_FEES = "AND f.fee_type = 'subscription'"
const IN_ADVANCE = "AND f.properties ->> 'in_advance' IS NOT NULL"
const NOT_IN_ADVANCE = "AND f.properties ->> 'in_advance' IS NULL"
const PROGRESSIVE_FEES = `AND EXISTS (SELECT 1 FROM invoices p WHERE p.organization_id = f.organization_id AND p.id = f.invoice_id
  AND p.invoice_type = 'progressive_billing')`

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
    const feeColumns = columns(feesTable, "f")
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
      const fees = yield* sql`SELECT ${feeColumns} FROM fees f WHERE f.organization_id = ${organization}
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

    const markFees = (organization: string, ids: ReadonlyArray<string>, payment_status: string) =>
      sql`UPDATE fees SET payment_status = ${payment_status} WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}
        AND payment_status <> ${payment_status}`

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

    /** Fees with their taxes and invoices. */
    const onInvoices = Effect.fnUntraced(function* (fees: ReadonlyArray<Fee>, lock: string) {
      if (fees.length === 0) return []
      const organization = yield* CurrentOrganization
      const invoice_ids = [...new Set(fees.flatMap((fee) => (fee.invoice_id === null ? [] : [fee.invoice_id])))]
      const invoices = (yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization}
        AND i.id IN ${list("uuid", invoice_ids)} ORDER BY i.id${sql.literal(lock)}`).map((row) => invoiceOf(row as Raw))
      const taxes = (yield* sql`SELECT ${columns(appliedTaxesTable, "a")} FROM applied_taxes a WHERE a.organization_id = ${organization}
        AND a.taxable_type = 'fee' AND a.taxable_id IN ${list(
          "uuid",
          fees.map((fee) => fee.id)
        )} ORDER BY a.id`).map((row) => taxOf(row as Raw))
      const taxesOf = Arr.groupBy(taxes, (tax) => tax.taxable_id)
      const known = new Map(invoices.map((invoice) => [invoice.id as string, invoice]))
      return fees.flatMap((fee): ReadonlyArray<FeeOnInvoice> => {
        const invoice = known.get(fee.invoice_id ?? "")
        return invoice === undefined ? [] : [{ fee, invoice, taxes: taxesOf[fee.id] ?? [] }]
      })
    })

    /** Fees of single events, of which there may be very many, are never among them. */
    const feesIn = Effect.fnUntraced(function* (stretches: ReadonlyArray<SubscriptionStretch>, only: string, lock: string) {
      if (stretches.length === 0) return []
      const organization = yield* CurrentOrganization
      const given = rows(
        [
          ["subscription_id", "uuid"],
          ["from_at", "instant"],
          ["to_at", "instant"]
        ],
        stretches.map(({ from, subscription_id, to }) => [subscription_id, from, to])
      )
      const fees = yield* sql`SELECT ${feeColumns} FROM fees f JOIN ${given} items ON items.subscription_id = f.subscription_id
        WHERE f.organization_id = ${organization} AND f.event_id IS NULL ${sql.literal(only)} AND f.period_start >= items.from_at
        AND f.period_start < items.to_at ORDER BY f.period_start, f.id`
      return yield* onInvoices(
        fees.map((row) => feeOf(row as Raw)),
        lock
      )
    })

    return InvoiceStore.of({
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
          yield* markFees(organization, paid, "succeeded")
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

      settle: (settlements) => insert(settlementsTable, settlements).pipe(storage("settle")),

      due: (ids) => dueOf(ids, "").pipe(storage("due")),

      lockDue: (ids) => dueOf(ids, dialect.forUpdate).pipe(storage("lockDue")),

      markPaid: Effect.fnUntraced(function* (ids, paid_at) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(paid_at)
        yield* sql`UPDATE invoices SET status = 'paid', paid_at = ${at}, updated_at = ${at}
          WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
        yield* markFees(organization, ids, "succeeded")
      }, storage("markPaid")),

      markVoided: Effect.fnUntraced(function* (ids, now) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE invoices SET status = 'voided', updated_at = ${DateTime.formatIso(now)}
          WHERE organization_id = ${organization} AND status = 'finalized' AND id IN ${list("uuid", ids)}`
      }, storage("markVoided")),

      returnSettlements: Effect.fnUntraced(function* (invoice_id, at) {
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        yield* sql`UPDATE invoice_settlements SET returned_at = ${now}, updated_at = ${now}
          WHERE organization_id = ${organization} AND invoice_id = ${invoice_id} AND returned_at IS NULL`
      }, storage("returnSettlements")),

      markFees: Effect.fnUntraced(function* (ids, payment_status) {
        if (ids.length > 0) yield* markFees(yield* CurrentOrganization, ids, payment_status)
      }, storage("markFees")),

      markRefundedFees: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE fees SET payment_status = 'refunded' WHERE organization_id = ${organization}
          AND invoice_id IN ${list("uuid", ids)} AND payment_status = 'succeeded'
          AND amount_cents - progressive_billing_credit_amount_cents = (SELECT SUM(t.amount_cents) FROM credit_note_items t
            JOIN credit_notes n ON n.organization_id = t.organization_id AND n.id = t.credit_note_id
            WHERE t.organization_id = fees.organization_id AND t.fee_id = fees.id AND n.refund_status = 'succeeded')`
      }, storage("markRefundedFees")),

      draftTotals: Effect.fnUntraced(function* (customer_ids) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ customer_id: string; currency: string; total_cents: string }>`
          SELECT i.customer_id, i.currency, ${sql.literal(dialect.sumMoney("i.total_cents"))} AS total_cents FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'draft' AND i.customer_id IN ${list("uuid", customer_ids)}
          GROUP BY i.customer_id, i.currency`
        return found.map(({ currency, customer_id, total_cents }) => ({ customer_id, currency, total_cents: BigInt(total_cents) }))
      }, storage("draftTotals")),

      insertFees: (documents) => insertLines(documents).pipe(storage("insertFees")),

      lockAdded: Effect.fnUntraced(function* (customer_ids) {
        if (customer_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${feeColumns} FROM fees f WHERE f.organization_id = ${organization} AND f.invoice_id IS NULL
          AND f.charge_id IS NULL AND f.customer_id IN ${list("uuid", customer_ids)} ORDER BY f.id${sql.literal(dialect.forUpdate)}`
        return found.map((row) => feeOf(row as Raw))
      }, storage("lockAdded")),

      advanceCents: Effect.fnUntraced(function* (stretches) {
        if (stretches.length === 0) return []
        const organization = yield* CurrentOrganization
        const given = rows(
          [
            ["place", "integer"],
            ["subscription_id", "uuid"],
            ["from_at", "instant"],
            ["to_at", "instant"]
          ],
          stretches.map(({ from, subscription_id, to }, place) => [place, subscription_id, from, to])
        )
        const found = yield* sql<{
          place: unknown
          cents: string
        }>`SELECT items.place AS place, ${sql.literal(dialect.sumMoney("f.amount_cents"))} AS cents
          FROM fees f JOIN ${given} items ON items.subscription_id = f.subscription_id
          LEFT JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id
          WHERE f.organization_id = ${organization} ${sql.literal(IN_ADVANCE)} AND f.period_start >= items.from_at
            AND f.period_start < items.to_at AND (i.id IS NULL OR i.status <> 'voided') GROUP BY items.place`
        const sums = new Map(found.map(({ cents, place }) => [Number(place), BigInt(cents)]))
        return stretches.map((_, place) => sums.get(place) ?? 0n)
      }, storage("advanceCents")),

      baseFees: (stretches) => feesIn(stretches, BASE_FEES, "").pipe(storage("baseFees")),

      lockBaseFees: (stretches) => feesIn(stretches, BASE_FEES, dialect.forUpdate).pipe(storage("lockBaseFees")),

      lockFees: (stretches) => feesIn(stretches, NOT_IN_ADVANCE, dialect.forUpdate).pipe(storage("lockFees")),

      progressiveFees: (stretches) => feesIn(stretches, PROGRESSIVE_FEES, "").pipe(storage("progressiveFees")),

      lockProgressiveFees: (stretches) => feesIn(stretches, PROGRESSIVE_FEES, dialect.forUpdate).pipe(storage("lockProgressiveFees")),

      load: (ids) => read(ids, "").pipe(storage("load")),

      lock: (ids) => read(ids, dialect.forUpdate).pipe(storage("lock")),

      ofSubscription: Effect.fnUntraced(function* (subscription_id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${invoiceColumns} FROM invoices i WHERE i.organization_id = ${organization}
          AND i.subscription_id = ${subscription_id} ORDER BY i.id`
        return found.map((row) => invoiceOf(row as Raw))
      }, storage("ofSubscription")),

      recordTaxations: Effect.fnUntraced(function* (taxations) {
        if (taxations.length === 0) return
        const organization = yield* CurrentOrganization
        const names = sql.literal(TAXATION.map(([name]) => name).join(", "))
        const given = rows(
          TAXATION,
          taxations.map((row) => TAXATION.map(([name]) => row[name]))
        )
        yield* sql`INSERT INTO invoice_taxations (${names}, attempts)
          SELECT ${sql.literal(TAXATION.map(([name]) => `items.${name}`).join(", "))}, 1 FROM ${given} items
          JOIN invoices i ON i.organization_id = ${organization} AND i.id = items.invoice_id WHERE true
          ON CONFLICT (organization_id, invoice_id) DO UPDATE SET attempts = invoice_taxations.attempts + 1, integration_id = excluded.integration_id,
            provider_type = excluded.provider_type, status = excluded.status, error_code = excluded.error_code,
            error_message = excluded.error_message, updated_at = excluded.updated_at`
      }, storage("recordTaxations")),

      dueDrafts: Effect.fnUntraced(function* (now, limit, except, only) {
        const organization = yield* CurrentOrganization
        const named = only === undefined ? sql.literal("") : sql`AND i.id IN ${list("uuid", only)}`
        return yield* sql<DueDraft>`SELECT i.id AS id, i.subscription_id AS subscription_id FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'draft'
          AND i.finalize_at <= ${DateTime.formatIso(now)} AND i.id NOT IN ${list("uuid", except)} ${named}
          ORDER BY i.finalize_at, i.id LIMIT ${limit}`
      }, storage("dueDrafts")),

      setCarriedAside: Effect.fnUntraced(function* (invoice_id, now) {
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE fees SET invoice_id = NULL, updated_at = ${at} WHERE organization_id = ${organization}
          AND invoice_id = ${invoice_id} AND properties->>'in_advance' = 'carried'`
        const released = yield* sql<{ id: string }>`UPDATE fees SET invoice_id = NULL, subscription_id = NULL, taxes_amount_cents = 0,
            total_amount_cents = amount_cents, updated_at = ${at} WHERE organization_id = ${organization}
          AND invoice_id = ${invoice_id} AND subscription_id IS NOT NULL AND fee_type = 'add_on' RETURNING id`
        if (released.length === 0) return
        yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND taxable_type = 'fee'
          AND taxable_id IN ${list(
            "uuid",
            released.map(({ id }) => id)
          )}`
      }, storage("setCarriedAside")),

      takeUpCarried: Effect.fnUntraced(function* ({ invoice_id, period_start, subscription_id }, now) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE fees SET invoice_id = ${invoice_id}, updated_at = ${DateTime.formatIso(now)} WHERE organization_id = ${organization}
          AND invoice_id IS NULL AND subscription_id = ${subscription_id} AND period_start = ${DateTime.formatIso(period_start)}
          AND properties->>'in_advance' = 'carried'`
      }, storage("takeUpCarried")),

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
      }, storage("tellOverdue")),

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
