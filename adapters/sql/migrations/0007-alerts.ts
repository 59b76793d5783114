/** Usage alerts and their firings. */
import type { Migration } from "../migration.js"

export const alerts: Migration = {
  id: 7,
  name: "alerts",
  statements: () => [
    `CREATE TABLE usage_alerts (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      billable_metric_id {uuid} NOT NULL,
      name {text} NOT NULL,
      threshold_value {decimal} NOT NULL,
      recurring {boolean} NOT NULL,
      times_triggered {integer} NOT NULL CHECK (times_triggered >= 0),
      triggered_at {instant},
      counted_from {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT usage_alerts_fired CHECK ((triggered_at IS NULL) = (counted_from IS NULL) AND (times_triggered = 0 OR triggered_at IS NOT NULL)),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, billable_metric_id) REFERENCES billable_metrics (organization_id, id)
    ){table}`,
    `CREATE INDEX usage_alerts_subscription ON usage_alerts (organization_id, subscription_id, billable_metric_id)`,
    `CREATE INDEX usage_alerts_created ON usage_alerts (organization_id, created_at, id)`,
    `CREATE INDEX usage_alerts_metric ON usage_alerts (organization_id, billable_metric_id)`,
    // `firings` is above 1 only where a jump reached more values than a check tells one by one.
    `CREATE TABLE usage_alert_triggers (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      usage_alert_id {uuid} NOT NULL,
      current_usage {decimal} NOT NULL,
      threshold_value {decimal} NOT NULL,
      metric_code {text} NOT NULL,
      firings {integer} NOT NULL CHECK (firings >= 1),
      triggered_at {instant} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, usage_alert_id) REFERENCES usage_alerts (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX usage_alert_triggers_alert ON usage_alert_triggers (organization_id, usage_alert_id, triggered_at, id)`
  ]
}
