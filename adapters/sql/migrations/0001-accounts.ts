/** Organizations, the issuers of invoices, and customers. */
import { byCodePoint, type Migration } from "../migration.js"

export const accounts: Migration = {
  id: 1,
  name: "accounts",
  statements: (dialect) => [
    ...dialect.types,
    `CREATE TABLE organizations (
      id {uuid} NOT NULL PRIMARY KEY,
      name {text} NOT NULL,
      default_currency {text} NOT NULL,
      timezone {text} NOT NULL,
      hmac_key {secret},
      previous_hmac_key {secret},
      previous_hmac_key_until {instant},
      ed25519_private_key {secret},
      ed25519_public_key {text},
      previous_ed25519_private_key {secret},
      previous_ed25519_public_key {text},
      previous_ed25519_key_until {instant},
      logo_url {text},
      portal_accent_color {text},
      portal_welcome_message {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL
    ){table}`,
    `CREATE TABLE billing_entities (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      legal_name {text},
      address_line1 {text},
      address_line2 {text},
      city {text},
      state {text},
      country {text},
      zip_code {text},
      tax_id {text},
      email {text},
      currency {text} NOT NULL,
      timezone {text} NOT NULL,
      document_locale {text} NOT NULL,
      invoice_prefix {text} NOT NULL,
      next_invoice_number {bigint} NOT NULL CHECK (next_invoice_number >= 1),
      invoice_grace_period {integer} NOT NULL CHECK (invoice_grace_period >= 0),
      net_payment_term {integer} NOT NULL CHECK (net_payment_term >= 0),
      invoice_footer {text},
      rounding_mode {text} NOT NULL CHECK (rounding_mode IN ('half_away', 'half_even', 'down')),
      is_default {boolean} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT billing_entities_code UNIQUE (organization_id, code),
      CONSTRAINT billing_entities_invoice_prefix UNIQUE (organization_id, invoice_prefix)
    ){table}`,
    `CREATE UNIQUE INDEX billing_entities_default ON billing_entities (organization_id) WHERE is_default`,
    // Why numbers are missing: a counter that was begun at, or raised to, another number by hand.
    `CREATE TABLE invoice_number_raises (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      billing_entity_id {uuid} NOT NULL,
      from_number {bigint} NOT NULL,
      to_number {bigint} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, billing_entity_id) REFERENCES billing_entities (organization_id, id),
      CONSTRAINT invoice_number_raises_up CHECK (from_number < to_number)
    ){table}`,
    `CREATE TABLE customers (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      external_id {text} NOT NULL,
      name {text} NOT NULL,
      email {text},
      currency {text} NOT NULL,
      timezone {text} NOT NULL,
      billing_metadata {json} NOT NULL,
      invoice_grace_period {integer} CHECK (invoice_grace_period >= 0),
      net_payment_term {integer} CHECK (net_payment_term >= 0),
      apply_credit_notes_automatically {boolean} NOT NULL,
      billing_entity_id {uuid},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT customers_external_id UNIQUE (organization_id, external_id),
      FOREIGN KEY (organization_id, billing_entity_id) REFERENCES billing_entities (organization_id, id)
    ){table}`,
    `CREATE INDEX customers_created ON customers (organization_id, created_at, id)`,
    `CREATE INDEX customers_name ON customers (organization_id, name${byCodePoint(dialect)}, id)`,
    // As lists are sorted; SQLite has the unique key in this order.
    ...(dialect.engine === "postgres"
      ? [`CREATE INDEX customers_external ON customers (organization_id, external_id${byCodePoint(dialect)}, id)`]
      : []),
    `CREATE INDEX customers_billing_entity ON customers (billing_entity_id, organization_id)`
  ]
}
