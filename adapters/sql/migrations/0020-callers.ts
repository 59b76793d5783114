/** What callers bring: API keys, of which the hash alone is kept, members with their roles, and keys that make a call repeatable. */
import type { Migration } from "../migration.js"

export const callers: Migration = {
  id: 20,
  name: "callers",
  statements: (dialect) => [
    `CREATE TABLE api_keys (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      key_hash {secret} NOT NULL,
      key_prefix {text} NOT NULL,
      name {text} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('active', 'revoked')),
      expires_at {instant},
      last_used_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT api_keys_key_hash UNIQUE (key_hash),
      CONSTRAINT api_keys_hashed CHECK (length(key_hash) = 64 AND length(key_prefix) = 12)
    ){table}`,
    ...dialect.refuse({
      name: "api_keys_revoked",
      table: "api_keys",
      before: "UPDATE",
      when: "OLD.status = 'revoked' AND (NEW.status <> 'revoked' OR NEW.key_hash <> OLD.key_hash)",
      message: "a revoked API key stays revoked"
    }),
    `CREATE TABLE members (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      user_id {text} NOT NULL,
      role {text} NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT members_user_id UNIQUE (organization_id, user_id)
    ){table}`,
    `CREATE TABLE idempotency_records (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      idempotency_key {text} NOT NULL,
      request_method {text} NOT NULL,
      request_path {text} NOT NULL,
      fingerprint {text} NOT NULL,
      state {text} NOT NULL CHECK (state IN ('running', 'done')),
      owner {uuid} NOT NULL,
      leased_until {instant} NOT NULL,
      response_status {integer},
      response_body {json},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT idempotency_records_idempotency_key UNIQUE (organization_id, idempotency_key),
      CONSTRAINT idempotency_records_done CHECK ((state = 'done') = (response_status IS NOT NULL) AND (state = 'done') = (response_body IS NOT NULL))
    ){table}`,
    `CREATE INDEX idempotency_records_age ON idempotency_records (organization_id, created_at)`
  ]
}
