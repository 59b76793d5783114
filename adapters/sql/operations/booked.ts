/** What the doctor reads to make the bookings of the ledger again, in SQL: every kind of document that books, in one order. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { type DateTime, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { BookedPage, RawEntry, RawSource } from "../../../src/operations/index.js"
import { readValue } from "../table.js"
import { beyond } from "./reading.js"

const ON_INVOICE = (alias: string) => `JOIN invoices i ON i.organization_id = ${alias}.organization_id AND i.id = ${alias}.invoice_id`

/** No instant, of the type of one. */
const NEVER = "CASE WHEN 1 = 0 THEN t.created_at END"

/** For each kind of document: its columns, in the order of the first, which types them all; its tables; which of its rows book. */
const SOURCES: ReadonlyArray<readonly [columns: string, from: string, books: string]> = [
  [
    `'invoice' AS source_type, t.id AS id, t.organization_id AS organization_id, t.customer_id AS customer_id, t.currency AS currency,
      t.invoice_type AS type, t.status AS status, t.invoice_type AS belongs_to, CAST(t.subtotal_cents AS TEXT) AS subtotal_cents,
      CAST(t.progressive_billing_credit_amount_cents AS TEXT) AS progressive_cents, CAST(t.coupons_amount_cents AS TEXT) AS coupons_cents,
      CAST(t.tax_amount_cents AS TEXT) AS tax_cents, CAST(t.total_cents AS TEXT) AS amount_cents, t.issued_at AS at,
      ${NEVER} AS ended_at`,
    "invoices t",
    "t.status <> 'draft'"
  ],
  [
    `'credit_note', t.id, t.organization_id, t.customer_id, t.currency, t.credit_note_type, t.credit_status, i.invoice_type,
      CAST(t.sub_total_cents AS TEXT), NULL, NULL, CAST(t.taxes_amount_cents AS TEXT), CAST(t.total_amount_cents AS TEXT), t.issued_at, t.voided_at`,
    `credit_notes t ${ON_INVOICE("t")}`,
    "t.status = 'finalized'"
  ],
  [
    `'settlement', t.id, t.organization_id, i.customer_id, i.currency, t.settlement_type,
      CASE WHEN t.returned_at IS NULL THEN 'settled' ELSE 'returned' END, NULL, NULL, NULL, NULL, NULL, CAST(t.amount_cents AS TEXT),
      t.created_at, t.returned_at`,
    `invoice_settlements t ${ON_INVOICE("t")}`,
    "1 = 1"
  ],
  [
    `'wallet_transaction', t.id, t.organization_id, t.customer_id, w.currency, t.transaction_status, t.transaction_type,
      CASE WHEN t.transfer_id IS NOT NULL THEN 'transfer' WHEN t.credit_note_id IS NOT NULL THEN 'credit_note'
        WHEN t.invoice_id IS NOT NULL THEN 'invoice' END,
      NULL, NULL, NULL, NULL, CAST(t.amount AS TEXT), t.settled_at, ${NEVER}`,
    "wallet_transactions t JOIN wallets w ON w.organization_id = t.organization_id AND w.id = t.wallet_id",
    "t.status = 'settled'"
  ],
  [
    `'payment', t.id, t.organization_id, t.customer_id, t.currency, 'payment', t.status, NULL, NULL, NULL, NULL, NULL,
      CAST(t.amount_cents AS TEXT), t.completed_at, ${NEVER}`,
    "payments t",
    "t.status IN ('succeeded', 'refunded')"
  ],
  [
    `'payment_refund', t.id, t.organization_id, p.customer_id, p.currency, 'refund', t.status, CAST(t.credit_note_id AS TEXT), NULL, NULL, NULL, NULL,
      CAST(t.amount_cents AS TEXT), t.completed_at, ${NEVER}`,
    "payment_refunds t JOIN payments p ON p.organization_id = t.organization_id AND p.id = t.payment_id",
    "t.status = 'succeeded'"
  ]
]

type Kept<A, K extends keyof A> = Omit<A, K> & Readonly<Record<K, unknown>>

const instantOf = (value: unknown) => readValue("instant", value) as DateTime.Utc | null

/** The documents with an id above `after`, ascending, at most `limit`, whatever their kind, and the entries of these ids. */
export const readBooked = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const parts = SOURCES.map(([columns, from, books]) => {
      return sql`SELECT * FROM (SELECT ${sql.literal(columns)} FROM ${sql.literal(from)} WHERE t.organization_id = ${organization}
        AND ${sql.literal(books)} ${beyond(sql, "t", after)} ORDER BY t.id LIMIT ${limit}) s`
    })
    const rows = yield* sql<Kept<RawSource, "at" | "ended_at">>`${sql.join(" UNION ALL ", false)(parts)} ORDER BY 2 LIMIT ${limit}`
    const sources = rows.map((row): RawSource => ({ ...row, at: instantOf(row.at), ended_at: instantOf(row.ended_at) }))
    const from = after === null ? sql.literal("") : sql`AND e.source_id > ${after}`
    const last = sources.at(-1)
    const to = last === undefined || sources.length < limit ? sql.literal("") : sql`AND e.source_id <= ${last.id}`
    const found = yield* sql<Kept<RawEntry, "occurred_at">>`SELECT e.source_type, e.source_id, e.kind, e.account, e.customer_id, e.currency,
      CAST(e.amount_cents AS TEXT) AS amount_cents, e.occurred_at FROM ledger_entries e
      WHERE e.organization_id = ${organization} ${from} ${to} ORDER BY e.source_id`
    const entries = found.map((row): RawEntry => ({ ...row, occurred_at: instantOf(row.occurred_at)! }))
    return { sources, entries } satisfies BookedPage
  })
