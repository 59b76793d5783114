/** Add-ons and their applications to customers. */
import type { Migration } from "../migration.js"

export const addOns: Migration = {
  id: 10,
  name: "add-ons",
  statements: () => [
    `CREATE TABLE add_ons (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      amount_currency {text} NOT NULL,
      invoice_display_name {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT add_ons_code UNIQUE (organization_id, code)
    ){table}`,
    `CREATE TABLE applied_add_ons (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      add_on_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      amount_currency {text} NOT NULL,
      invoice_id {uuid} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT applied_add_ons_invoice UNIQUE (organization_id, invoice_id),
      FOREIGN KEY (organization_id, add_on_id) REFERENCES add_ons (organization_id, id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id)
    ){table}`,
    `CREATE INDEX applied_add_ons_created ON applied_add_ons (organization_id, created_at, id)`,
    `CREATE INDEX applied_add_ons_add_on ON applied_add_ons (organization_id, add_on_id)`,
    `CREATE INDEX applied_add_ons_customer ON applied_add_ons (organization_id, customer_id)`
  ]
}
