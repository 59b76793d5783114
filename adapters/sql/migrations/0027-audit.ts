/**
 * The audit log, chained in each organization, and where each chain ends. No foreign key leads to the organization: what was done to it
 * outlives it. The table of changes holds what a transaction wrote until it is committed; its triggers are made anew with every
 * migration (`operations/audit-triggers.ts`), so that they tell all columns that there are.
 */
import type { Migration } from "../migration.js"

export const audit: Migration = {
  id: 27,
  name: "audit",
  statements: (dialect) => [
    `CREATE TABLE audit_logs (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      position {bigint} NOT NULL CHECK (position >= 1),
      resource_type {text} NOT NULL,
      resource_id {uuid} NOT NULL,
      action {text} NOT NULL CHECK (action IN ('created', 'updated', 'deleted', 'status_changed')),
      changes {json} NOT NULL,
      actor_type {text} NOT NULL CHECK (actor_type IN ('system', 'api_key', 'webhook', 'user')),
      actor_id {text},
      metadata {json},
      previous_hash {text} NOT NULL CHECK (length(previous_hash) = 64),
      hash {text} NOT NULL CHECK (length(hash) = 64),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT audit_logs_position UNIQUE (organization_id, position)
    ){table}`,
    `CREATE INDEX audit_logs_created ON audit_logs (organization_id, created_at, id)`,
    `CREATE INDEX audit_logs_resource ON audit_logs (organization_id, resource_id, created_at, id)`,
    ...(["UPDATE", "DELETE"] as const).flatMap((before) =>
      dialect.refuse({
        name: `audit_logs_no_${before.toLowerCase()}`,
        table: "audit_logs",
        before,
        when: "OLD.position >= 1",
        message: "a row of the audit log never changes"
      })
    ),
    `CREATE TABLE audit_chains (
      organization_id {uuid} NOT NULL PRIMARY KEY,
      position {bigint} NOT NULL CHECK (position >= 0),
      hash {text} NOT NULL CHECK (length(hash) = 64),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL
    ){table}`,
    ...dialect.refuse({
      name: "audit_chains_forward",
      table: "audit_chains",
      before: "UPDATE",
      when: "NEW.position < OLD.position OR NEW.organization_id <> OLD.organization_id OR (NEW.position = OLD.position AND NEW.hash <> OLD.hash)",
      message: "an audit log only grows"
    }),
    ...dialect.refuse({
      name: "audit_chains_kept",
      table: "audit_chains",
      before: "DELETE",
      when: "OLD.position >= 0",
      message: "the end of an audit log is kept"
    }),
    // Rows of it live as long as a transaction: nothing of them has to outlast a crash.
    dialect.engine === "postgres"
      ? `CREATE UNLOGGED TABLE billwright_changes (sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, organization_id {uuid} NOT NULL,
          table_name {text} NOT NULL, row_id {uuid} NOT NULL, row_before {text}, row_after {text}, xid xid8 NOT NULL DEFAULT pg_current_xact_id())`
      : `CREATE TABLE billwright_changes (sequence INTEGER PRIMARY KEY AUTOINCREMENT, organization_id {uuid} NOT NULL,
          table_name {text} NOT NULL, row_id {uuid} NOT NULL, row_before {text}, row_after {text}, beside {boolean} NOT NULL DEFAULT 0){table}`,
    ...(dialect.engine === "postgres"
      ? [
          `CREATE INDEX billwright_changes_xid ON billwright_changes (xid)`,
          `CREATE INDEX billwright_changes_organization ON billwright_changes (organization_id)`
        ]
      : [])
  ]
}
