/**
 * The audit log, chained in each organization, and where each chain ends. No foreign key leads to the organization: what was done to it
 * outlives it. The table of changes holds what a transaction wrote until it is committed; its triggers are made anew with every
 * migration (`operations/audit-triggers.ts`), so that they tell all columns that there are.
 */
import type { Migration } from "../migration.js"

/**
 * Takes what this transaction has staged, and with it what somebody else's SQL has left of the same organizations. Rows come and go by the
 * thousand, so that statistics are of no use: the indexes are taken whatever they say.
 */
const TAKE = `CREATE OR REPLACE FUNCTION billwright_take() RETURNS TABLE (sequence bigint, organization_id uuid, table_name text, row_id uuid,
    action text, changes text, beside boolean) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  #variable_conflict use_column
  BEGIN RETURN QUERY WITH own AS (
    DELETE FROM billwright_changes c WHERE c.xid = pg_current_xact_id() RETURNING c.*
  ), theirs AS (
    DELETE FROM billwright_changes c USING (SELECT DISTINCT own.organization_id FROM own) o
      WHERE c.organization_id = o.organization_id AND c.xid <> pg_current_xact_id() RETURNING c.*
  )
  SELECT own.sequence, own.organization_id, own.table_name, own.row_id, own.action, own.changes, false FROM own
  UNION ALL
  SELECT theirs.sequence, theirs.organization_id, theirs.table_name, theirs.row_id, theirs.action, theirs.changes, true FROM theirs
  ORDER BY 1; END $$`

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
    // SQLite's REPLACE deletes what is in the way, and fires no trigger of deletion.
    ...(dialect.engine === "sqlite"
      ? dialect.refuse({
          name: "audit_logs_behind",
          table: "audit_logs",
          before: "INSERT",
          when: `NEW.position <= (SELECT c.position FROM audit_chains c WHERE c.organization_id = NEW.organization_id)
            OR EXISTS (SELECT 1 FROM audit_logs l WHERE l.organization_id = NEW.organization_id AND l.id = NEW.id)`,
          message: "a row of the audit log never changes"
        })
      : []),
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
    ...(dialect.engine === "sqlite"
      ? dialect.refuse({
          name: "audit_chains_behind",
          table: "audit_chains",
          before: "INSERT",
          when: `EXISTS (SELECT 1 FROM audit_chains c WHERE c.organization_id = NEW.organization_id
            AND (NEW.position < c.position OR (NEW.position = c.position AND NEW.hash <> c.hash)))`,
          message: "an audit log only grows"
        })
      : []),
    // Rows of it live as long as a transaction: nothing of them has to outlast a crash.
    ...(dialect.engine === "postgres"
      ? [
          // What changed is hashed as the text that it is: jsonb would write it anew.
          `ALTER TABLE audit_logs ALTER COLUMN changes TYPE json`,
          `CREATE UNLOGGED TABLE billwright_changes (sequence bigint GENERATED ALWAYS AS IDENTITY, organization_id {uuid} NOT NULL,
            table_name {text} NOT NULL, row_id {uuid} NOT NULL, action {text} NOT NULL, changes {text} NOT NULL, xid xid8 NOT NULL DEFAULT pg_current_xact_id())`,
          `CREATE INDEX billwright_changes_xid ON billwright_changes (xid)`,
          `CREATE INDEX billwright_changes_organization ON billwright_changes (organization_id, xid)`,
          TAKE
        ]
      : [
          `CREATE TABLE billwright_changes (sequence INTEGER PRIMARY KEY, organization_id {uuid} NOT NULL, table_name {text} NOT NULL,
            row_id {uuid} NOT NULL, action {text} NOT NULL, changes {text} NOT NULL, beside {boolean} NOT NULL DEFAULT 0){table}`
        ])
  ]
}
