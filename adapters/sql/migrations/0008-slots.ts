/** Usage added up by hours and days as events arrive, and by the local days of subscriptions. */
import type { DialectShape } from "../dialect.js"
import { byCodePoint, type Migration } from "../migration.js"

/** Slots of the events that there are already; they know no filter keys until they are recounted. */
const fill = ({ engine }: DialectShape, width: 1 | 24): string => {
  const pending = engine === "sqlite" ? Number(width === 24) : width === 24
  const [hour, now] =
    engine === "sqlite"
      ? [`CAST(strftime('%s', e.timestamp) AS INTEGER) / ${3600 * width} * ${width}`, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"]
      : [`floor(extract(epoch FROM e.timestamp) / ${3600 * width})::integer * ${width}`, "now()"]
  return `INSERT INTO usage_slots (organization_id, code, subject, width, hour, split, scale, events_count, high, low, greatest, pending, created_at, updated_at)
    SELECT e.organization_id, e.code, e.subject, ${width}, ${hour}, '{}', e.value_scale, COUNT(*),
      SUM(COALESCE(e.value_coefficient, 0) >> 20), SUM(COALESCE(e.value_coefficient, 0) & 1048575), MAX(e.value_coefficient), ${pending}, ${now}, ${now}
    FROM events e WHERE e.tally IS NOT NULL
    GROUP BY e.organization_id, e.code, e.subject, 5, e.value_scale`
}

export const slots: Migration = {
  id: 8,
  name: "slots",
  statements: (dialect) => [
    // Keys are compared as bytes: nobody looks at their order.
    // `width` is 1 for an hour and 24 for a day, `hour` its first one, counted from 1970 in UTC; `split` is a part of the key, and
    // so are the decimals of what is added up. The halves of a sum are `high` × 2^20 + `low`.
    // `pending` are days to which events have come since the local days that they touch were counted.
    `CREATE TABLE usage_slots (
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text}${byCodePoint(dialect)} NOT NULL,
      subject {text}${byCodePoint(dialect)} NOT NULL,
      width {integer} NOT NULL CHECK (width IN (1, 24)),
      hour {integer} NOT NULL CHECK (hour % width = 0),
      split {text}${byCodePoint(dialect)} NOT NULL,
      scale {integer} NOT NULL,
      events_count {bigint} NOT NULL CHECK (events_count > 0),
      high {bigint} NOT NULL,
      low {bigint} NOT NULL,
      greatest {bigint},
      pending {boolean} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, code, subject, width, hour, split, scale)
    ){table}${dialect.engine === "sqlite" ? ", WITHOUT ROWID" : " WITH (fillfactor = 80)"}`,
    // For a recount, which asks for a code of all subjects and says so by this condition, which always holds.
    `CREATE INDEX usage_slots_code ON usage_slots (organization_id, code, hour) WHERE code <> ''`,
    `CREATE INDEX usage_slots_pending ON usage_slots (organization_id, code, subject, hour, split, scale) WHERE pending`,
    fill(dialect, 1),
    fill(dialect, 24),
    // A day of the customer's zone as it was when the row was written.
    `CREATE TABLE daily_usages (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      subscription_id {uuid} NOT NULL,
      billable_metric_id {uuid} NOT NULL,
      external_customer_id {text} NOT NULL,
      usage_date {date} NOT NULL,
      timezone {text} NOT NULL,
      usage_value {decimal} NOT NULL,
      events_count {integer} NOT NULL CHECK (events_count >= 0),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT daily_usages_usage_date UNIQUE (organization_id, subscription_id, billable_metric_id, usage_date),
      FOREIGN KEY (organization_id, subscription_id) REFERENCES subscriptions (organization_id, id),
      FOREIGN KEY (organization_id, billable_metric_id) REFERENCES billable_metrics (organization_id, id)
    ){table}`,
    `CREATE INDEX daily_usages_metric ON daily_usages (organization_id, billable_metric_id)`
  ]
}
