/** Invoices and fees, the counters of document numbers, and the guards that keep a final document as it was issued. */
import type { Migration } from "../migration.js"

/** What may still change on a document that is not a draft: that it was paid or voided, and nothing else. */
const FROZEN_INVOICE = [
  "invoice_number",
  "customer_id",
  "subscription_id",
  "billing_entity_id",
  "invoice_type",
  "billing_period_start",
  "billing_period_end",
  "subtotal_cents",
  "tax_amount_cents",
  "total_cents",
  "coupons_amount_cents",
  "progressive_billing_credit_amount_cents",
  "currency",
  "issued_at",
  "due_date",
  "parties",
  "timezone"
]

const FROZEN_FEE = [
  "invoice_id",
  "charge_id",
  "event_id",
  "subscription_id",
  "customer_id",
  "applied_add_on_id",
  "fee_type",
  "currency",
  "amount_cents",
  "precise_amount_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "taxes_amount_cents",
  "total_amount_cents",
  "units",
  "precise_unit_amount",
  "events_count",
  "description",
  "period_start",
  "period_end",
  "position"
]

const changed = (columns: ReadonlyArray<string>) => columns.map((column) => `NEW.${column} IS DISTINCT FROM OLD.${column}`).join(" OR ")

const NOT_DRAFT = (row: "NEW" | "OLD") =>
  `EXISTS (SELECT 1 FROM invoices i WHERE i.organization_id = ${row}.organization_id AND i.id = ${row}.invoice_id AND i.status <> 'draft')`

const TAX_OF_FINAL = `EXISTS (SELECT 1 FROM invoices i WHERE i.organization_id = OLD.organization_id AND i.status <> 'draft'
  AND i.id = CASE OLD.taxable_type WHEN 'invoice' THEN OLD.taxable_id WHEN 'fee' THEN
    (SELECT f.invoice_id FROM fees f WHERE f.organization_id = OLD.organization_id AND f.id = OLD.taxable_id) END)`

export const invoicing: Migration = {
  id: 5,
  name: "invoicing",
  statements: (dialect) => [
    `CREATE TABLE invoices (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      invoice_number {text},
      customer_id {uuid} NOT NULL,
      subscription_id {uuid},
      billing_entity_id {uuid},
      named_billing_entity_id {uuid},
      status {text} NOT NULL CHECK (status IN ('draft', 'finalized', 'paid', 'voided')),
      invoice_type {text} NOT NULL CHECK (invoice_type IN ('subscription', 'add_on', 'credit', 'one_off', 'progressive_billing')),
      billing_period_start {instant},
      billing_period_end {instant},
      subtotal_cents {money} NOT NULL CHECK (subtotal_cents >= 0),
      tax_amount_cents {money} NOT NULL CHECK (tax_amount_cents >= 0),
      total_cents {money} NOT NULL CHECK (total_cents >= 0),
      prepaid_credit_amount_cents {money} NOT NULL CHECK (prepaid_credit_amount_cents >= 0),
      coupons_amount_cents {money} NOT NULL CHECK (coupons_amount_cents >= 0),
      progressive_billing_credit_amount_cents {money} NOT NULL CHECK (progressive_billing_credit_amount_cents >= 0),
      currency {text} NOT NULL,
      line_items {json} NOT NULL,
      parties {json} NOT NULL,
      timezone {text} NOT NULL,
      billed_at {instant} NOT NULL,
      finalize_at {instant},
      due_date {instant},
      issued_at {instant},
      paid_at {instant},
      overdue_told_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT invoices_overdue_told CHECK (overdue_told_at IS NULL OR (status <> 'draft' AND overdue_told_at > due_date)),
      CONSTRAINT invoices_invoice_number UNIQUE (organization_id, invoice_number),
      CONSTRAINT invoices_number_when_final CHECK ((invoice_number IS NULL) = (status = 'draft')),
      CONSTRAINT invoices_issued_when_final CHECK ((issued_at IS NULL) = (status = 'draft')),
      CONSTRAINT invoices_total CHECK (total_cents = subtotal_cents - progressive_billing_credit_amount_cents - coupons_amount_cents + tax_amount_cents),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, billing_entity_id) REFERENCES billing_entities (organization_id, id),
      FOREIGN KEY (organization_id, named_billing_entity_id) REFERENCES billing_entities (organization_id, id)
    ){table}`,
    `CREATE INDEX invoices_created ON invoices (organization_id, created_at, id)`,
    `CREATE INDEX invoices_customer ON invoices (organization_id, customer_id, created_at, id)`,
    `CREATE INDEX invoices_subscription ON invoices (organization_id, subscription_id)`,
    `CREATE INDEX invoices_drafts ON invoices (organization_id, finalize_at, id) WHERE status = 'draft'`,
    // What the job looks through that tells of each overdue invoice once.
    `CREATE INDEX invoices_untold ON invoices (organization_id, id, due_date) WHERE status = 'finalized' AND overdue_told_at IS NULL`,
    // What people at the host are told of is looked for here: what failed or is late, and not what went well.
    `CREATE INDEX invoices_told_overdue ON invoices (organization_id, id) WHERE overdue_told_at IS NOT NULL`,
    // Without invoice and charge it is what a host added, and no invoice has taken.
    `CREATE TABLE fees (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      invoice_id {uuid},
      charge_id {uuid},
      charge_filter_id {uuid},
      subscription_id {uuid},
      customer_id {uuid} NOT NULL,
      commitment_id {uuid},
      applied_add_on_id {uuid},
      event_id {uuid},
      fee_type {text} NOT NULL CHECK (fee_type IN ('charge', 'subscription', 'add_on', 'credit', 'commitment')),
      currency {text} NOT NULL,
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      precise_amount_cents {decimal} NOT NULL,
      progressive_billing_credit_amount_cents {money} NOT NULL CHECK (progressive_billing_credit_amount_cents >= 0),
      coupons_amount_cents {money} NOT NULL CHECK (coupons_amount_cents >= 0),
      taxes_amount_cents {money} NOT NULL CHECK (taxes_amount_cents >= 0),
      total_amount_cents {money} NOT NULL CHECK (total_amount_cents >= 0),
      units {decimal} NOT NULL,
      events_count {integer} NOT NULL CHECK (events_count >= 0),
      unit_amount_cents {decimal} NOT NULL,
      precise_unit_amount {decimal} NOT NULL,
      payment_status {text} NOT NULL CHECK (payment_status IN ('pending', 'succeeded', 'failed', 'refunded')),
      description {text} NOT NULL,
      metric_code {text},
      period_start {instant},
      period_end {instant},
      position {integer} NOT NULL,
      properties {json} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT fees_position UNIQUE (organization_id, invoice_id, position),
      CONSTRAINT fees_total CHECK (total_amount_cents = amount_cents - progressive_billing_credit_amount_cents - coupons_amount_cents + taxes_amount_cents),
      CONSTRAINT fees_added CHECK (invoice_id IS NOT NULL OR charge_id IS NOT NULL
        OR (fee_type = 'add_on' AND subscription_id IS NULL AND payment_status = 'pending' AND total_amount_cents = amount_cents)),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
    ){table}`,
    `CREATE INDEX fees_created ON fees (organization_id, created_at, id)`,
    `CREATE INDEX fees_customer ON fees (organization_id, customer_id, created_at, id)`,
    `CREATE INDEX fees_subscription ON fees (organization_id, subscription_id, period_start)`,
    `CREATE INDEX fees_charge ON fees (organization_id, charge_id)`,
    `CREATE INDEX fees_added ON fees (organization_id, customer_id) WHERE invoice_id IS NULL AND charge_id IS NULL`,
    `CREATE TABLE document_counters (
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      kind {text} NOT NULL,
      day {date} NOT NULL,
      next_value {bigint} NOT NULL CHECK (next_value >= 1),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, kind, day)
    ){table}`,
    // What was billed: the keys that make billing happen once (O9).
    `CREATE TABLE billed_periods (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      kind {text} NOT NULL CHECK (kind IN ('usage', 'base_fee')),
      period_start {instant} NOT NULL,
      period_end {instant} NOT NULL,
      full_start {instant} NOT NULL,
      full_end {instant} NOT NULL,
      plan_id {uuid} NOT NULL,
      plan_version {integer} NOT NULL,
      timezone {text} NOT NULL,
      base_days {integer} NOT NULL CHECK (base_days >= 0),
      superseded {boolean} NOT NULL,
      next_plan_id {uuid},
      next_plan_version {integer},
      skipped {boolean} NOT NULL,
      invoice_id {uuid},
      deleted_invoice_id {uuid},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT billed_periods_once UNIQUE (organization_id, subscription_id, kind, period_start),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
      CONSTRAINT billed_periods_order CHECK (period_start <= period_end AND full_start < full_end),
      CONSTRAINT billed_periods_deleted CHECK (invoice_id IS NULL OR deleted_invoice_id IS NULL)
    ){table}`,
    `CREATE INDEX billed_periods_invoice ON billed_periods (organization_id, invoice_id)`,
    // Whether a plan was billed is asked before it changes.
    `CREATE INDEX billed_periods_plan ON billed_periods (organization_id, plan_id)`,
    `CREATE INDEX billed_periods_next_plan ON billed_periods (organization_id, next_plan_id) WHERE next_plan_id IS NOT NULL`,
    // Windows of usage tile the line: no two of a subscription overlap (U2), so that only the last one before the new one's end
    // can. The subscription's row is locked by whoever bills it.
    ...dialect.refuse({
      name: "billed_periods_overlap",
      table: "billed_periods",
      before: "INSERT",
      when: `NEW.kind = 'usage' AND NEW.period_start < (SELECT other.period_end FROM billed_periods other
        WHERE other.organization_id = NEW.organization_id AND other.subscription_id = NEW.subscription_id AND other.kind = 'usage'
        AND other.period_start < NEW.period_end ORDER BY other.period_start DESC LIMIT 1)`,
      message: "billed_periods overlap"
    }),
    ...dialect.refuse({
      name: "invoices_frozen",
      table: "invoices",
      before: "UPDATE",
      when: `OLD.status <> 'draft' AND (NEW.status = 'draft' OR ${changed(FROZEN_INVOICE)})`,
      message: "a final invoice does not change"
    }),
    ...dialect.refuse({
      name: "invoices_kept",
      table: "invoices",
      before: "DELETE",
      when: "OLD.status <> 'draft'",
      message: "a final invoice is not deleted"
    }),
    ...dialect.refuse({
      name: "fees_not_added",
      table: "fees",
      before: "INSERT",
      when: NOT_DRAFT("NEW"),
      message: "a final invoice takes no fee"
    }),
    ...dialect.refuse({
      name: "fees_frozen",
      table: "fees",
      before: "UPDATE",
      when: `(${changed(FROZEN_FEE)}) AND ${NOT_DRAFT("OLD")}`,
      message: "a fee of a final invoice does not change"
    }),
    ...dialect.refuse({
      name: "fees_kept",
      table: "fees",
      before: "DELETE",
      when: NOT_DRAFT("OLD"),
      message: "a fee of a final invoice is not deleted"
    }),
    ...dialect.refuse({
      name: "applied_taxes_frozen",
      table: "applied_taxes",
      before: "UPDATE",
      when: TAX_OF_FINAL,
      message: "a tax of a final invoice does not change"
    }),
    ...dialect.refuse({
      name: "applied_taxes_kept",
      table: "applied_taxes",
      before: "DELETE",
      when: TAX_OF_FINAL,
      message: "a tax of a final invoice is not deleted"
    })
  ]
}
