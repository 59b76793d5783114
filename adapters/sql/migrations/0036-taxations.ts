/** What came of asking tax integrations about invoices: the rates are on the documents, here is who gave them, or why nobody did. */
import type { Migration } from "../migration.js"

export const taxations: Migration = {
  id: 36,
  name: "taxations",
  statements: () => [
    `CREATE TABLE invoice_taxations (
      organization_id {uuid} NOT NULL,
      invoice_id {uuid} NOT NULL,
      integration_id {uuid},
      provider_type {text} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('succeeded', 'failed')),
      attempts {integer} NOT NULL CHECK (attempts >= 1),
      error_code {text},
      error_message {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, invoice_id),
      CONSTRAINT invoice_taxations_error CHECK ((status = 'failed') = (error_code IS NOT NULL)),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX invoice_taxations_failed ON invoice_taxations (organization_id, invoice_id) WHERE status = 'failed'`
  ]
}
