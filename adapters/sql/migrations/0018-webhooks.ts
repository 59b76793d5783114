/** Webhook endpoints, webhooks on their way to them, and the tries. Signing keys are columns of organizations. */
import type { Migration } from "../migration.js"

export const webhooks: Migration = {
  id: 18,
  name: "webhooks",
  statements: (dialect) => [
    `CREATE TABLE webhook_endpoints (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      url {text} NOT NULL,
      signature_algo {text} NOT NULL CHECK (signature_algo IN ('hmac', 'ed25519')),
      status {text} NOT NULL CHECK (status IN ('active', 'inactive')),
      inactive_reason {text} CHECK (inactive_reason IN ('gone', 'failing')),
      failing_since {instant},
      answering_since {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT webhook_endpoints_url UNIQUE (organization_id, url),
      CONSTRAINT webhook_endpoints_state CHECK (failing_since IS NULL OR answering_since IS NULL),
      CONSTRAINT webhook_endpoints_reason CHECK (inactive_reason IS NULL OR status = 'inactive')
    ){table}`,
    // What every transaction asks that has something to tell.
    `CREATE INDEX webhook_endpoints_active ON webhook_endpoints (organization_id, id) WHERE status = 'active'`,
    // The payload is text, and stays the bytes that were signed: Postgres reads it as JSON with a cast, SQLite as it is.
    `CREATE TABLE webhooks (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      webhook_endpoint_id {uuid} NOT NULL,
      event_id {uuid} NOT NULL,
      webhook_type {text} NOT NULL,
      object_type {text} NOT NULL,
      object_id {uuid} NOT NULL,
      payload {text} NOT NULL CHECK (${dialect.engine === "postgres" ? "payload::json IS NOT NULL" : "json_valid(payload)"}),
      status {text} NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
      retries {integer} NOT NULL CHECK (retries >= 0),
      max_retries {integer} NOT NULL CHECK (max_retries >= 0),
      attempts {integer} NOT NULL CHECK (attempts >= 0),
      last_try {boolean} NOT NULL,
      last_retried_at {instant},
      http_status {integer},
      response {text},
      error_message {text},
      next_attempt_at {instant},
      claim_id {uuid},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT webhooks_event_id UNIQUE (organization_id, event_id, webhook_endpoint_id),
      CONSTRAINT webhooks_due CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending')),
      CONSTRAINT webhooks_claimed CHECK (claim_id IS NULL OR status = 'pending'),
      FOREIGN KEY (organization_id, webhook_endpoint_id) REFERENCES webhook_endpoints (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX webhooks_due ON webhooks (organization_id, webhook_endpoint_id, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL`,
    `CREATE INDEX webhooks_endpoint ON webhooks (organization_id, webhook_endpoint_id, created_at, id)`,
    `CREATE INDEX webhooks_failed ON webhooks (organization_id, id) WHERE status = 'failed'`,
    `CREATE INDEX webhooks_created ON webhooks (organization_id, created_at, id)`,
    `CREATE INDEX webhooks_object ON webhooks (organization_id, object_id)`,
    `CREATE INDEX webhooks_age ON webhooks (created_at) WHERE next_attempt_at IS NULL`,
    ...dialect.refuse({
      name: "webhooks_frozen",
      table: "webhooks",
      before: "UPDATE",
      when: "NEW.payload <> OLD.payload OR NEW.webhook_endpoint_id <> OLD.webhook_endpoint_id OR NEW.webhook_type <> OLD.webhook_type",
      message: "what a webhook says does not change"
    }),
    `CREATE TABLE webhook_delivery_attempts (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      webhook_id {uuid} NOT NULL,
      attempt_number {integer} NOT NULL CHECK (attempt_number >= 0),
      http_status {integer},
      response_body {text},
      success {boolean} NOT NULL,
      error_message {text},
      attempted_at {instant} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT webhook_delivery_attempts_number UNIQUE (organization_id, webhook_id, attempt_number),
      FOREIGN KEY (organization_id, webhook_id) REFERENCES webhooks (organization_id, id) ON DELETE CASCADE
    ){table}`
  ]
}
