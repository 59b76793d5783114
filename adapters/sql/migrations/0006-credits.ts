/** Credit notes with their items, and what settled an invoice. */
import type { Migration } from "../migration.js"

const settled = (row: "NEW" | "OLD") =>
  `(SELECT COALESCE(SUM(s.amount_cents), 0) FROM invoice_settlements s WHERE s.organization_id = ${row}.organization_id
    AND s.invoice_id = ${row}.invoice_id AND s.returned_at IS NULL)`

/** What of a final note may change is what became of it, and nothing else. */
const FROZEN_NOTE = [
  "number",
  "invoice_id",
  "customer_id",
  "credit_note_type",
  "credit_amount_cents",
  "refund_amount_cents",
  "sub_total_cents",
  "taxes_amount_cents",
  "total_amount_cents",
  "currency",
  "issued_at"
]

const NOTE_IS_FINAL = `EXISTS (SELECT 1 FROM credit_notes n WHERE n.organization_id = OLD.organization_id AND n.id = OLD.credit_note_id
  AND n.status <> 'draft')`

export const credits: Migration = {
  id: 6,
  name: "credits",
  statements: (dialect) => [
    `CREATE TABLE credit_notes (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      number {text},
      invoice_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      credit_note_type {text} NOT NULL CHECK (credit_note_type IN ('credit', 'refund', 'offset')),
      status {text} NOT NULL CHECK (status IN ('draft', 'finalized')),
      credit_status {text} CHECK (credit_status IN ('available', 'consumed', 'voided')),
      refund_status {text} CHECK (refund_status IN ('pending', 'succeeded', 'failed')),
      reason {text} NOT NULL CHECK (reason IN
        ('duplicated_charge', 'product_unsatisfactory', 'order_change', 'order_cancellation', 'fraudulent_charge', 'other')),
      description {text},
      credit_amount_cents {money} NOT NULL CHECK (credit_amount_cents >= 0),
      refund_amount_cents {money} NOT NULL CHECK (refund_amount_cents >= 0),
      balance_amount_cents {money} NOT NULL CHECK (balance_amount_cents >= 0),
      sub_total_cents {money} NOT NULL CHECK (sub_total_cents >= 0),
      taxes_amount_cents {money} NOT NULL CHECK (taxes_amount_cents >= 0),
      total_amount_cents {money} NOT NULL CHECK (total_amount_cents >= 0),
      currency {text} NOT NULL,
      issued_at {instant},
      voided_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT credit_notes_number UNIQUE (organization_id, number),
      CONSTRAINT credit_notes_number_when_final CHECK ((number IS NULL) = (status = 'draft')),
      CONSTRAINT credit_notes_total CHECK (total_amount_cents = sub_total_cents + taxes_amount_cents),
      CONSTRAINT credit_notes_balance CHECK (balance_amount_cents <= credit_amount_cents),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
    ){table}`,
    `CREATE INDEX credit_notes_created ON credit_notes (organization_id, created_at, id)`,
    `CREATE INDEX credit_notes_invoice ON credit_notes (organization_id, invoice_id)`,
    `CREATE INDEX credit_notes_available ON credit_notes (organization_id, customer_id, issued_at) WHERE credit_status = 'available'`,
    `CREATE TABLE credit_note_items (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      credit_note_id {uuid} NOT NULL,
      fee_id {uuid} NOT NULL,
      amount_cents {money} NOT NULL CHECK (amount_cents > 0),
      net_amount_cents {money} NOT NULL CHECK (net_amount_cents >= 0),
      taxes_amount_cents {money} NOT NULL CHECK (taxes_amount_cents >= 0),
      taxes {json} NOT NULL,
      position {integer} NOT NULL,
      cause {text} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT credit_note_items_position UNIQUE (organization_id, credit_note_id, position),
      FOREIGN KEY (organization_id, credit_note_id) REFERENCES credit_notes (organization_id, id),
      FOREIGN KEY (organization_id, fee_id) REFERENCES fees (organization_id, id)
    ){table}`,
    `CREATE INDEX credit_note_items_fee ON credit_note_items (organization_id, fee_id)`,
    `CREATE TABLE invoice_settlements (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      invoice_id {uuid} NOT NULL,
      settlement_type {text} NOT NULL CHECK (settlement_type IN ('payment', 'credit_note', 'wallet_credit')),
      source_id {uuid} NOT NULL,
      amount_cents {money} NOT NULL CHECK (amount_cents > 0),
      returned_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id)
    ){table}`,
    `CREATE INDEX invoice_settlements_invoice ON invoice_settlements (organization_id, invoice_id)`,
    // A credit note may be used on an invoice again, by hand; its balance bounds it.
    `CREATE UNIQUE INDEX invoice_settlements_once ON invoice_settlements (organization_id, invoice_id, settlement_type, source_id)
      WHERE settlement_type <> 'credit_note'`,
    `CREATE INDEX invoice_settlements_source ON invoice_settlements (organization_id, settlement_type, source_id)`,
    // Σ settlements ≤ total: the last guard against paying twice (M7).
    ...dialect.refuse({
      name: "invoice_settlements_within",
      table: "invoice_settlements",
      before: "INSERT",
      when: `${settled("NEW")} + NEW.amount_cents > (SELECT i.total_cents FROM invoices i
        WHERE i.organization_id = NEW.organization_id AND i.id = NEW.invoice_id)`,
      message: "more is settled than is due"
    }),
    ...dialect.refuse({
      name: "invoice_settlements_kept",
      table: "invoice_settlements",
      before: "DELETE",
      when: "1 = 1",
      message: "a settlement is not deleted"
    }),
    ...dialect.refuse({
      name: "credit_notes_frozen",
      table: "credit_notes",
      before: "UPDATE",
      when: `OLD.status <> 'draft' AND (NEW.status = 'draft' OR ${FROZEN_NOTE.map((column) => `NEW.${column} IS DISTINCT FROM OLD.${column}`).join(" OR ")})`,
      message: "a final credit note does not change"
    }),
    ...dialect.refuse({
      name: "credit_note_items_frozen",
      table: "credit_note_items",
      before: "UPDATE",
      when: NOTE_IS_FINAL,
      message: "an item of a final credit note does not change"
    }),
    ...dialect.refuse({
      name: "credit_note_items_kept",
      table: "credit_note_items",
      before: "DELETE",
      when: NOTE_IS_FINAL,
      message: "an item of a final credit note is not deleted"
    }),
    ...dialect.refuse({
      name: "credit_notes_kept",
      table: "credit_notes",
      before: "DELETE",
      when: "OLD.status <> 'draft'",
      message: "a final credit note is not deleted"
    })
  ]
}
