/** Data exports: the job, whose it is while it runs, and until when its file is kept. */
import type { Migration } from "../migration.js"

export const exports: Migration = {
  id: 28,
  name: "exports",
  statements: () => [
    `CREATE TABLE data_exports (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      export_type {text} NOT NULL CHECK (export_type IN
        ('invoices', 'customers', 'subscriptions', 'events', 'fees', 'credit_notes', 'audit_logs')),
      format {text} NOT NULL CHECK (format IN ('csv', 'jsonl')),
      status {text} NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
      filters {json} NOT NULL,
      file_path {text},
      record_count {integer} NOT NULL CHECK (record_count >= 0),
      progress {integer} NOT NULL CHECK (progress BETWEEN 0 AND 100),
      error_message {text},
      started_at {instant},
      completed_at {instant},
      expires_at {instant},
      claim_id {uuid},
      leased_until {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT data_exports_claimed CHECK ((claim_id IS NOT NULL) = (status = 'processing') AND (leased_until IS NOT NULL) = (status = 'processing')),
      CONSTRAINT data_exports_started CHECK (status NOT IN ('processing', 'completed') OR started_at IS NOT NULL),
      CONSTRAINT data_exports_completed CHECK ((completed_at IS NOT NULL) = (status = 'completed') AND (expires_at IS NOT NULL) = (status = 'completed')),
      CONSTRAINT data_exports_file CHECK (file_path IS NULL OR status = 'completed'),
      CONSTRAINT data_exports_error CHECK ((error_message IS NOT NULL) = (status = 'failed'))
    ){table}`,
    `CREATE INDEX data_exports_created ON data_exports (organization_id, created_at, id)`,
    // What workers ask for, of all organizations.
    `CREATE INDEX data_exports_pending ON data_exports (created_at, id) WHERE status = 'pending'`,
    `CREATE INDEX data_exports_leased ON data_exports (leased_until) WHERE leased_until IS NOT NULL`,
    `CREATE INDEX data_exports_kept ON data_exports (expires_at) WHERE file_path IS NOT NULL`
  ]
}
