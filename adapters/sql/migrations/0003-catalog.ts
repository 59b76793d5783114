/** Plans in versions, charges with filters, commitments, and taxes with their applications. */
import type { DialectShape } from "../dialect.js"
import type { Migration } from "../migration.js"

/** A fraction from 0 to 9.9999…: a host's own has 4 decimals, an outside system's at most 15. SQLite keeps decimals as text. */
const rate = (dialect: DialectShape, column: string): string =>
  dialect.engine === "postgres"
    ? `CHECK (${column} >= 0 AND ${column} < 10 AND scale(${column}) <= 15)`
    : `CHECK (${column} GLOB '[0-9]' OR (${column} GLOB '[0-9].[0-9]*' AND length(${column}) <= 17))`

export const catalog: Migration = {
  id: 3,
  name: "catalog",
  statements: (dialect) => [
    `CREATE TABLE plans (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      interval {text} NOT NULL CHECK (interval IN ('weekly', 'monthly', 'quarterly', 'semiannual', 'yearly')),
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      currency {text} NOT NULL,
      trial_period_days {integer} NOT NULL CHECK (trial_period_days >= 0),
      version {integer} NOT NULL CHECK (version >= 1),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT plans_code UNIQUE (organization_id, code)
    ){table}`,
    // What each version said, whole: charges and commitment as they were. Never changed, so that who keeps a version keeps its prices (S8).
    `CREATE TABLE plan_versions (
      organization_id {uuid} NOT NULL,
      plan_id {uuid} NOT NULL,
      version {integer} NOT NULL CHECK (version >= 1),
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      terms {json} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, plan_id, version),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id)
    ){table}`,
    ...dialect.refuse({
      name: "plan_versions_fixed",
      table: "plan_versions",
      before: "UPDATE",
      when: "1 = 1",
      message: "a version of a plan never changes"
    }),
    `CREATE TABLE charges (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      plan_id {uuid} NOT NULL,
      billable_metric_id {uuid} NOT NULL,
      charge_model {text} NOT NULL CHECK (charge_model IN
        ('standard', 'graduated', 'volume', 'package', 'percentage', 'graduated_percentage', 'custom', 'dynamic')),
      properties {json} NOT NULL,
      pay_in_advance {boolean} NOT NULL,
      invoiceable {boolean} NOT NULL,
      prorated {boolean} NOT NULL,
      min_amount_cents {money} NOT NULL CHECK (min_amount_cents >= 0),
      invoice_display_name {text},
      position {integer} NOT NULL,
      retired_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, billable_metric_id) REFERENCES billable_metrics (organization_id, id)
    ){table}`,
    `CREATE INDEX charges_plan ON charges (organization_id, plan_id, position)`,
    `CREATE INDEX charges_metric ON charges (organization_id, billable_metric_id)`,
    `CREATE TABLE charge_filters (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      charge_id {uuid} NOT NULL,
      properties {json} NOT NULL,
      invoice_display_name {text},
      position {integer} NOT NULL,
      retired_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, charge_id) REFERENCES charges (organization_id, id)
    ){table}`,
    `CREATE INDEX charge_filters_charge ON charge_filters (organization_id, charge_id, position)`,
    `CREATE TABLE charge_filter_values (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      charge_filter_id {uuid} NOT NULL,
      billable_metric_filter_id {uuid} NOT NULL,
      value {text} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT charge_filter_values_key UNIQUE (organization_id, charge_filter_id, billable_metric_filter_id),
      FOREIGN KEY (organization_id, charge_filter_id) REFERENCES charge_filters (organization_id, id),
      FOREIGN KEY (organization_id, billable_metric_filter_id) REFERENCES billable_metric_filters (organization_id, id)
    ){table}`,
    `CREATE TABLE commitments (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      plan_id {uuid} NOT NULL,
      commitment_type {text} NOT NULL CHECK (commitment_type = 'minimum_commitment'),
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      counts {text} NOT NULL CHECK (counts IN ('all', 'charges')),
      invoice_display_name {text},
      retired_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id)
    ){table}`,
    `CREATE UNIQUE INDEX commitments_plan ON commitments (organization_id, plan_id) WHERE retired_at IS NULL`,
    `CREATE TABLE taxes (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      rate {decimal} NOT NULL ${rate(dialect, "rate")},
      category {text},
      applied_to_organization {boolean} NOT NULL,
      provider_type {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT taxes_code UNIQUE (organization_id, code)
    ){table}`,
    `CREATE TABLE applied_taxes (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      tax_id {uuid} NOT NULL,
      taxable_type {text} NOT NULL CHECK (taxable_type IN
        ('billing_entity', 'customer', 'plan', 'charge', 'add_on', 'commitment', 'fee', 'invoice', 'credit_note')),
      taxable_id {uuid} NOT NULL,
      tax_rate {decimal} NOT NULL ${rate(dialect, "tax_rate")},
      taxable_amount_cents {money} NOT NULL DEFAULT 0 CHECK (taxable_amount_cents >= 0),
      tax_amount_cents {money} NOT NULL DEFAULT 0 CHECK (tax_amount_cents >= 0),
      tax_name {text},
      tax_category {text},
      tax_description {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT applied_taxes_once UNIQUE (organization_id, tax_id, taxable_type, taxable_id),
      FOREIGN KEY (organization_id, tax_id) REFERENCES taxes (organization_id, id)
    ){table}`,
    `CREATE INDEX applied_taxes_taxable ON applied_taxes (organization_id, taxable_type, taxable_id)`
  ]
}
