/** Usage added up by hours and days as events arrive. */
import type { DialectShape } from "../dialect.js"
import type { Migration } from "../migration.js"

/** Slots of the events that there are already; they know no filter keys until they are recounted. */
const fill = ({ engine }: DialectShape, width: 1 | 24): string => {
  const [hour, now] =
    engine === "sqlite"
      ? [`CAST(strftime('%s', e.timestamp) AS INTEGER) / ${3600 * width} * ${width}`, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"]
      : [`floor(extract(epoch FROM e.timestamp) / ${3600 * width})::integer * ${width}`, "now()"]
  return `INSERT INTO usage_slots (organization_id, code, subject, width, hour, split, scale, events_count, high, low, greatest, created_at, updated_at)
    SELECT e.organization_id, e.code, e.subject, ${width}, ${hour}, '{}', e.value_scale, COUNT(*),
      SUM(COALESCE(e.value_coefficient, 0) >> 20), SUM(COALESCE(e.value_coefficient, 0) & 1048575), MAX(e.value_coefficient), ${now}, ${now}
    FROM events e JOIN billable_metrics m ON m.organization_id = e.organization_id AND m.code = e.code
    WHERE e.tally IS NOT NULL AND m.aggregation_type NOT IN ('unique_count', 'weighted_sum')
    GROUP BY e.organization_id, e.code, e.subject, 5, e.value_scale`
}

export const slots: Migration = {
  id: 8,
  name: "slots",
  statements: (dialect) => [
    // `width` is 1 for an hour and 24 for a day, `hour` its first one, counted from 1970 in UTC; `split` is a part of the key, and
    // so are the decimals of what is added up. The halves of a sum are `high` × 2^20 + `low`.
    `CREATE TABLE usage_slots (
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      subject {text} NOT NULL,
      width {integer} NOT NULL CHECK (width IN (1, 24)),
      hour {integer} NOT NULL CHECK (hour % width = 0),
      split {text} NOT NULL,
      scale {integer} NOT NULL,
      events_count {bigint} NOT NULL CHECK (events_count > 0),
      high {bigint} NOT NULL,
      low {bigint} NOT NULL,
      greatest {bigint},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, code, subject, width, hour, split, scale)
    ){table}${dialect.engine === "sqlite" ? ", WITHOUT ROWID" : " WITH (fillfactor = 80)"}`,
    // For a recount, which asks for a code of all subjects and says so by this condition, which always holds.
    `CREATE INDEX usage_slots_code ON usage_slots (organization_id, code, hour) WHERE code <> ''`,
    fill(dialect, 1),
    fill(dialect, 24)
  ]
}
