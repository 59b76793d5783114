/** Integrations with outside systems: links of customers, twins of rows, the history of syncs. */
import type { Migration } from "../migration.js"

export const integrations: Migration = {
  id: 35,
  name: "integrations",
  statements: () => [
    // Credentials among the settings are sealed.
    `CREATE TABLE integrations (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      integration_type {text} NOT NULL CHECK (integration_type IN ('payment_provider', 'accounting', 'crm', 'tax')),
      provider_type {text} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('active', 'inactive', 'error')),
      settings {json} NOT NULL,
      last_sync_at {instant},
      error_details {json},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT integrations_provider_type UNIQUE (organization_id, provider_type),
      CONSTRAINT integrations_type_of_provider CHECK (CASE integration_type
        WHEN 'payment_provider' THEN provider_type IN ('stripe', 'gocardless', 'adyen')
        WHEN 'accounting' THEN provider_type IN ('netsuite', 'xero')
        WHEN 'crm' THEN provider_type IN ('hubspot', 'salesforce')
        ELSE provider_type IN ('anrok', 'avalara') END)
    ){table}`,
    `CREATE TABLE integration_customers (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      integration_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      external_customer_id {text} NOT NULL,
      settings {json} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT integration_customers_customer_id UNIQUE (organization_id, integration_id, customer_id),
      FOREIGN KEY (organization_id, integration_id) REFERENCES integrations (organization_id, id) ON DELETE CASCADE,
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX integration_customers_created ON integration_customers (organization_id, created_at, id)`,
    `CREATE INDEX integration_customers_of_customer ON integration_customers (organization_id, customer_id)`,
    `CREATE TABLE integration_mappings (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      integration_id {uuid} NOT NULL,
      mappable_type {text} NOT NULL,
      mappable_id {uuid} NOT NULL,
      external_id {text} NOT NULL,
      external_data {json} NOT NULL,
      last_synced_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT integration_mappings_mappable_id UNIQUE (organization_id, integration_id, mappable_type, mappable_id),
      FOREIGN KEY (organization_id, integration_id) REFERENCES integrations (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX integration_mappings_external ON integration_mappings (organization_id, integration_id, external_id)`,
    `CREATE TABLE integration_sync_histories (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      integration_id {uuid} NOT NULL,
      resource_type {text} NOT NULL,
      resource_id {uuid} NOT NULL,
      external_id {text},
      action {text} NOT NULL CHECK (action IN ('create', 'update', 'delete', 'sync', 'test', 'webhook')),
      status {text} NOT NULL CHECK (status IN ('started', 'succeeded', 'failed', 'partial')),
      error_message {text},
      details {json} NOT NULL,
      started_at {instant} NOT NULL,
      completed_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT integration_sync_histories_closed CHECK ((completed_at IS NULL) = (status = 'started')),
      CONSTRAINT integration_sync_histories_error CHECK (
        (status <> 'failed' OR error_message IS NOT NULL) AND (error_message IS NULL OR status IN ('failed', 'partial'))),
      FOREIGN KEY (organization_id, integration_id) REFERENCES integrations (organization_id, id) ON DELETE CASCADE
    ){table}`,
    // The queue: what was brought over stays, so that its version goes on. Only what is due or under way has a next attempt.
    `CREATE TABLE integration_syncs (
      organization_id {uuid} NOT NULL,
      integration_id {uuid} NOT NULL,
      resource_type {text} NOT NULL CHECK (resource_type IN ('customer', 'subscription', 'invoice', 'payment', 'credit_note')),
      resource_id {uuid} NOT NULL,
      version {integer} NOT NULL CHECK (version >= 1),
      done_version {integer} NOT NULL CHECK (done_version >= 0),
      claimed_version {integer},
      attempts {integer} NOT NULL CHECK (attempts >= 0),
      by_hand {boolean} NOT NULL,
      next_attempt_at {instant},
      claim_id {uuid},
      history_id {uuid},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, integration_id, resource_type, resource_id),
      CONSTRAINT integration_syncs_versions CHECK (done_version <= version),
      CONSTRAINT integration_syncs_claimed CHECK (
        (claim_id IS NULL) = (claimed_version IS NULL) AND (claim_id IS NULL OR next_attempt_at IS NOT NULL)),
      FOREIGN KEY (organization_id, integration_id) REFERENCES integrations (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX integration_syncs_due ON integration_syncs (next_attempt_at) WHERE next_attempt_at IS NOT NULL`,
    // Of a row, and what is open.
    `CREATE INDEX integration_sync_histories_resource ON integration_sync_histories (organization_id, integration_id, resource_id)`,
    `CREATE INDEX integration_sync_histories_open ON integration_sync_histories (organization_id, integration_id) WHERE status = 'started'`,
    `CREATE INDEX integration_sync_histories_newest ON integration_sync_histories (organization_id, integration_id, created_at, id)`
  ]
}
