/** Fees of documents, in SQL: those of stretches of subscriptions, those that go from one document to another, and how their payment stands. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Array as Arr, DateTime, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { AppliedTaxRow, Fee, FeeOnInvoice, Invoice, InvoiceStore, SubscriptionStretch } from "../../../src/invoicing/index.js"
import type { DialectShape } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { appliedTaxesTable, feesTable, invoicesTable } from "./tables.js"

type Raw = Record<string, unknown>

const invoiceOf = decodeRow<Invoice>(invoicesTable)
const feeOf = decodeRow<Fee>(feesTable)
const taxOf = decodeRow<AppliedTaxRow>(appliedTaxesTable)

const BASE_FEES = "AND f.fee_type = 'subscription'"
const IN_ADVANCE = "AND f.properties ->> 'in_advance' IS NOT NULL"
const NOT_IN_ADVANCE = "AND f.properties ->> 'in_advance' IS NULL"
const PROGRESSIVE_FEES = `AND EXISTS (SELECT 1 FROM invoices p WHERE p.organization_id = f.organization_id AND p.id = f.invoice_id
  AND p.invoice_type = 'progressive_billing')`

/** Says of the fees of invoices how their payment stands. */
export const feesMarked = (sql: SqlClient, dialect: DialectShape) => {
  const { list } = statements(sql, dialect)
  return (organization: string, ids: ReadonlyArray<string>, payment_status: string) =>
    sql`UPDATE fees SET payment_status = ${payment_status} WHERE organization_id = ${organization} AND invoice_id IN ${list("uuid", ids)}
    AND payment_status <> ${payment_status}`
}

export const documentFees = (
  sql: SqlClient,
  dialect: DialectShape
): Pick<
  typeof InvoiceStore.Service,
  | "baseFees"
  | "lockBaseFees"
  | "lockFees"
  | "progressiveFees"
  | "lockProgressiveFees"
  | "lockAdded"
  | "advanceCents"
  | "fee"
  | "taxesOfFee"
  | "setCarriedAside"
  | "takeUpCarried"
  | "markFees"
  | "markRefundedFees"
> => {
  const { columns, list, rows } = statements(sql, dialect)
  const feeColumns = columns(feesTable, "f")
  const markFees = feesMarked(sql, dialect)
  const storage = (operation: string) => asStorage(dialect, `invoices.${operation}`)
  /** Fees with their taxes and invoices. */
  const onInvoices = Effect.fnUntraced(function* (fees: ReadonlyArray<Fee>, lock: string) {
    if (fees.length === 0) return []
    const organization = yield* CurrentOrganization
    const invoice_ids = [...new Set(fees.flatMap((fee) => (fee.invoice_id === null ? [] : [fee.invoice_id])))]
    const invoices = (yield* sql`SELECT ${columns(invoicesTable, "i")} FROM invoices i WHERE i.organization_id = ${organization}
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

  return {
    baseFees: (stretches) => feesIn(stretches, BASE_FEES, "").pipe(storage("baseFees")),

    lockBaseFees: (stretches) => feesIn(stretches, BASE_FEES, dialect.forUpdate).pipe(storage("lockBaseFees")),

    lockFees: (stretches) => feesIn(stretches, NOT_IN_ADVANCE, dialect.forUpdate).pipe(storage("lockFees")),

    progressiveFees: (stretches) => feesIn(stretches, PROGRESSIVE_FEES, "").pipe(storage("progressiveFees")),

    lockProgressiveFees: (stretches) => feesIn(stretches, PROGRESSIVE_FEES, dialect.forUpdate).pipe(storage("lockProgressiveFees")),

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

    fee: Effect.fnUntraced(function* (id) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${feeColumns} FROM fees f WHERE f.organization_id = ${organization} AND f.id = ${id}`
      return found[0] === undefined ? undefined : feeOf(found[0] as Raw)
    }, storage("fee")),

    taxesOfFee: Effect.fnUntraced(function* (id) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(appliedTaxesTable, "a")}, t.code AS code, COALESCE(o.tax_name, t.name) AS name
        FROM applied_taxes a JOIN taxes t ON t.organization_id = a.organization_id AND t.id = a.tax_id
        JOIN fees f ON f.organization_id = a.organization_id AND f.id = a.taxable_id
        LEFT JOIN applied_taxes o ON o.organization_id = f.organization_id AND o.tax_id = a.tax_id AND o.taxable_type = 'invoice'
          AND o.taxable_id = f.invoice_id
        WHERE a.organization_id = ${organization} AND a.taxable_type = 'fee' AND a.taxable_id = ${id} ORDER BY a.id`
      return found.map((row) => ({ ...taxOf(row as Raw), ...(row as { code: string; name: string }), ...taxOf(row as Raw) }))
    }, storage("taxesOfFee")),

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
    }, storage("markRefundedFees"))
  }
}
