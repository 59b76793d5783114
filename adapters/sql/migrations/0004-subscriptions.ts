/** Subscriptions and their pauses. */
import { byCodePoint, type Migration } from "../migration.js"

export const subscriptions: Migration = {
  id: 4,
  name: "subscriptions",
  statements: (dialect) => [
    `CREATE TABLE subscriptions (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      external_id {text} NOT NULL,
      customer_id {uuid} NOT NULL,
      plan_id {uuid} NOT NULL,
      plan_version {integer} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'canceled', 'terminated')),
      billing_time {text} NOT NULL CHECK (billing_time IN ('calendar', 'anniversary')),
      pay_in_advance {boolean} NOT NULL,
      trial_period_days {integer} NOT NULL CHECK (trial_period_days >= 0),
      trial_ended_at {instant},
      subscription_at {instant} NOT NULL,
      anchor_date {date} NOT NULL,
      previous_plan_id {uuid},
      previous_plan_version {integer},
      migrates_to_version {integer},
      downgraded_at {instant},
      billing_entity_id {uuid},
      on_termination_action {text} NOT NULL CHECK (on_termination_action IN ('generate_invoice', 'generate_credit_note', 'skip')),
      starts_at {instant} NOT NULL,
      started_at {instant},
      ending_at {instant},
      canceled_at {instant},
      paused_at {instant},
      resumed_at {instant},
      window_start {instant},
      window_first_day {date},
      period_first_day {date},
      next_first_day {date},
      next_due_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT subscriptions_external_id UNIQUE (organization_id, external_id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, previous_plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, plan_id, migrates_to_version) REFERENCES plan_versions (organization_id, plan_id, version),
      FOREIGN KEY (organization_id, billing_entity_id) REFERENCES billing_entities (organization_id, id),
      CONSTRAINT subscriptions_downgrade CHECK ((previous_plan_id IS NULL) = (downgraded_at IS NULL) AND (previous_plan_id IS NULL) = (previous_plan_version IS NULL)),
      CONSTRAINT subscriptions_window CHECK ((window_start IS NULL) = (next_first_day IS NULL)),
      CONSTRAINT subscriptions_started CHECK (status NOT IN ('active', 'paused') OR started_at IS NOT NULL)
    ){table}`,
    `CREATE INDEX subscriptions_created ON subscriptions (organization_id, created_at, id)`,
    // As a list is sorted; SQLite has the unique key in this order.
    ...(dialect.engine === "postgres"
      ? [`CREATE INDEX subscriptions_external ON subscriptions (organization_id, external_id${byCodePoint(dialect)}, id)`]
      : []),
    `CREATE INDEX subscriptions_customer ON subscriptions (organization_id, customer_id)`,
    `CREATE INDEX subscriptions_previous_plan ON subscriptions (organization_id, previous_plan_id) WHERE previous_plan_id IS NOT NULL`,
    `CREATE INDEX subscriptions_billing_entity ON subscriptions (organization_id, billing_entity_id) WHERE billing_entity_id IS NOT NULL`,
    `CREATE INDEX subscriptions_plan ON subscriptions (organization_id, plan_id, id)`,
    `CREATE INDEX subscriptions_due ON subscriptions (organization_id, next_due_at, id) WHERE next_due_at IS NOT NULL`,
    `CREATE TABLE subscription_pauses (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      paused_at {instant} NOT NULL,
      resumed_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      CONSTRAINT subscription_pauses_order CHECK (resumed_at IS NULL OR paused_at <= resumed_at)
    ){table}`,
    `CREATE INDEX subscription_pauses_subscription ON subscription_pauses (organization_id, subscription_id, paused_at)`,
    `CREATE UNIQUE INDEX subscription_pauses_open ON subscription_pauses (organization_id, subscription_id) WHERE resumed_at IS NULL`,
    // That an event came after its window was closed: the next billing prices the closed windows from there on again (P12).
    `CREATE TABLE late_usage (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      since {instant} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id)
    ){table}`,
    `CREATE INDEX late_usage_subscription ON late_usage (organization_id, subscription_id)`
  ]
}
