/** Billable metrics with their filters, and events: append-only, each once. */
import type { Migration } from "../migration.js"

export const metering: Migration = {
  id: 2,
  name: "metering",
  statements: (dialect) => [
    `CREATE TABLE billable_metrics (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      aggregation_type {text} NOT NULL CHECK (aggregation_type IN
        ('count', 'sum', 'max', 'unique_count', 'weighted_sum', 'latest', 'custom')),
      field_name {text},
      recurring {boolean} NOT NULL,
      expression {text},
      value_mode {text} CHECK (value_mode IN ('level', 'delta')),
      rounding_function {text} CHECK (rounding_function IN ('round', 'ceil', 'floor')),
      rounding_precision {integer} CHECK (rounding_precision BETWEEN -15 AND 15),
      paid_in_advance {boolean} NOT NULL DEFAULT ${dialect.engine === "sqlite" ? "0" : "false"},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT billable_metrics_code UNIQUE (organization_id, code)
    ){table}`,
    `CREATE TABLE billable_metric_filters (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      billable_metric_id {uuid} NOT NULL,
      key {text} NOT NULL,
      "values" {json} NOT NULL,
      position {integer} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT billable_metric_filters_key UNIQUE (organization_id, billable_metric_id, key),
      FOREIGN KEY (organization_id, billable_metric_id) REFERENCES billable_metrics (organization_id, id)
    ){table}`,
    // `sequence` is the order of acceptance: it decides between events of one instant. `subject` is whose usage the event is:
    // `s:` and the subscription that it names, else `c:` and its customer. Scale and tally are null where it does not count; the
    // tally is 1, or a thousand million where the value is not at the common scale, so that a sum of tallies tells.
    `CREATE TABLE events (
      ${dialect.engine === "sqlite" ? "sequence INTEGER PRIMARY KEY" : "sequence bigint GENERATED ALWAYS AS IDENTITY"},
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      transaction_id {text} NOT NULL,
      external_customer_id {text} NOT NULL,
      external_subscription_id {text},
      subject {text} NOT NULL,
      code {text} NOT NULL,
      timestamp {instant} NOT NULL,
      properties {json} NOT NULL,
      precise_total_amount_cents {decimal},
      value_coefficient {bigint},
      value_scale {integer},
      value_text {text},
      tally {integer},
      content_fingerprint {bigint} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      ${dialect.engine === "sqlite" ? "CONSTRAINT events_id UNIQUE" : "PRIMARY KEY"} (organization_id, id),
      CONSTRAINT events_transaction UNIQUE (organization_id, transaction_id)
    ){table}`,
    // All that an aggregation of numbers reads, so that it never touches the table.
    `CREATE INDEX events_usage ON events (organization_id, subject, code, timestamp, sequence, tally, value_coefficient)`,
    `CREATE INDEX events_customer ON events (organization_id, external_customer_id, code, timestamp)`,
    // For whoever asks for a code of all customers, and says so by this condition, which always holds: PostgreSQL without
    // statistics takes a code for as selective as a subject, and would read usage through this smaller index.
    `CREATE INDEX events_code ON events (organization_id, code, timestamp) WHERE code <> ''`,
    ...(["UPDATE", "DELETE"] as const).flatMap((before) =>
      dialect.refuse({
        name: `events_no_${before.toLowerCase()}`,
        table: "events",
        before,
        when: "1 = 1",
        message: "an event never changes"
      })
    )
  ]
}
