/** Usage thresholds and which of them subscriptions have crossed. */
import type { Migration } from "../migration.js"

export const thresholds: Migration = {
  id: 13,
  name: "thresholds",
  statements: () => [
    `CREATE TABLE usage_thresholds (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      plan_id {uuid},
      subscription_id {uuid},
      amount_cents {money} NOT NULL CHECK (amount_cents > 0),
      currency {text} NOT NULL,
      recurring {boolean} NOT NULL,
      threshold_display_name {text},
      retired_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT usage_thresholds_owner CHECK ((plan_id IS NULL) <> (subscription_id IS NULL)),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id)
    ){table}`,
    `CREATE UNIQUE INDEX usage_thresholds_plan ON usage_thresholds (organization_id, plan_id, amount_cents, recurring)
      WHERE plan_id IS NOT NULL AND retired_at IS NULL`,
    `CREATE UNIQUE INDEX usage_thresholds_subscription ON usage_thresholds (organization_id, subscription_id, amount_cents, recurring)
      WHERE subscription_id IS NOT NULL AND retired_at IS NULL`,
    // What makes a crossing happen once: of a recurring threshold once in each period, by the first local day of it; else once.
    `CREATE TABLE applied_usage_thresholds (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      usage_threshold_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      invoice_id {uuid},
      crossed_at {instant} NOT NULL,
      lifetime_usage_amount_cents {money} NOT NULL CHECK (lifetime_usage_amount_cents > 0),
      period_first_day {date},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, usage_threshold_id) REFERENCES usage_thresholds (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id)
    ){table}`,
    `CREATE UNIQUE INDEX applied_usage_thresholds_once ON applied_usage_thresholds (organization_id, subscription_id, usage_threshold_id)
      WHERE period_first_day IS NULL`,
    `CREATE UNIQUE INDEX applied_usage_thresholds_period ON applied_usage_thresholds
      (organization_id, subscription_id, usage_threshold_id, period_first_day) WHERE period_first_day IS NOT NULL`,
    `CREATE INDEX applied_usage_thresholds_subscription ON applied_usage_thresholds (organization_id, subscription_id, crossed_at, id)`,
    `CREATE INDEX applied_usage_thresholds_crossed ON applied_usage_thresholds (organization_id, crossed_at, id)`,
    `CREATE INDEX applied_usage_thresholds_threshold ON applied_usage_thresholds (organization_id, usage_threshold_id)`,
    `CREATE INDEX applied_usage_thresholds_invoice ON applied_usage_thresholds (organization_id, invoice_id) WHERE invoice_id IS NOT NULL`
  ]
}
