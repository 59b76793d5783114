/** Charges paid in advance: where each line's level stands and what of it was billed (P17). */
import type { Migration } from "../migration.js"

export const advance: Migration = {
  id: 16,
  name: "advance",
  statements: () => [
    // Levels as exact texts, since a share of days need not end. `group_key` stands for `group_values`, which may be long.
    `CREATE TABLE advance_lines (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      charge_id {uuid} NOT NULL,
      charge_filter_id {uuid},
      bucket {text} NOT NULL,
      group_key {text} NOT NULL,
      group_values {json} NOT NULL,
      period_start {instant} NOT NULL,
      period_end {instant} NOT NULL,
      level {text} NOT NULL,
      peak {text} NOT NULL,
      billed {text} NOT NULL,
      begun {boolean} NOT NULL,
      free_events {text},
      free_units {text},
      apart {text} NOT NULL,
      pending {boolean} NOT NULL,
      carried {json},
      events_count {integer} NOT NULL CHECK (events_count >= 0),
      amount_cents {money} NOT NULL CHECK (amount_cents >= 0),
      amount {text} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT advance_lines_once UNIQUE (organization_id, subscription_id, period_start, charge_id, bucket, group_key),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, charge_id) REFERENCES charges (organization_id, id)
    ){table}`,
    // One fee per event and charge, whatever happens (U1).
    `CREATE UNIQUE INDEX fees_event ON fees (organization_id, charge_id, event_id) WHERE event_id IS NOT NULL`,
    // What billing reads of a window passes over the fees of its events.
    `CREATE INDEX fees_window ON fees (organization_id, subscription_id, period_start) WHERE event_id IS NULL`,
    // Which of a unique count's items are active is asked item by item; items may be longer than an index takes.
    `CREATE INDEX events_items ON events (organization_id, subject, code, substr(value_text, 1, 100)) WHERE value_text IS NOT NULL`
  ]
}
