/** The statement that adds increments to slots: one text for any number of them, all in one JSON parameter. */

import type { Slot } from "../../../../src/metering/index.js"
import type { DialectShape } from "../../dialect.js"
import type { Increment } from "./increments.js"

/** Columns that each row brings, in the order of its JSON array. */
const COLUMNS = ["code", "subject", "width", "hour", "split", "scale", "events_count", "high", "low", "greatest"] as const

const TYPES: Partial<Record<(typeof COLUMNS)[number], string>> = {
  width: "integer",
  hour: "integer",
  scale: "integer",
  events_count: "bigint",
  high: "bigint",
  low: "bigint",
  greatest: "bigint"
}

/** Parameters: the organization, the time of ingestion (twice), the rows. */
export const addStatement = ({ engine }: DialectShape): string => {
  const [placeholders, items, greater] =
    engine === "sqlite"
      ? [["?", "?", "?"], "json_each(?) item", "max"]
      : [["$1::uuid", "$2::timestamptz", "$3::timestamptz"], "jsonb_array_elements($4::jsonb) item(value)", "greatest"]
  const days = engine === "sqlite" ? "item.value->>2 = 24" : "(item.value->>2)::integer = 24"
  const read = COLUMNS.map((name, index) => {
    const type = engine === "sqlite" ? undefined : TYPES[name]
    return type === undefined ? `item.value->>${index}` : `(item.value->>${index})::${type}`
  })
  const sums = ["events_count", "high", "low"].map((name) => `${name} = usage_slots.${name} + excluded.${name}`)
  return `INSERT INTO usage_slots (organization_id, created_at, updated_at, pending, ${COLUMNS.join(", ")})
    SELECT ${placeholders.join(", ")}, ${days}, ${read.join(", ")} FROM ${items} WHERE true
    ON CONFLICT (organization_id, code, subject, width, hour, split, scale) DO UPDATE SET ${sums.join(", ")},
      greatest = ${greater}(usage_slots.greatest, excluded.greatest), pending = excluded.pending, updated_at = excluded.updated_at`
}

type Added = Pick<Slot | Increment, (typeof COLUMNS)[number]>

/** A whole number that may pass 2^53 goes as text. */
const wholeText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value)

export const addRows = (increments: ReadonlyArray<Added>): string =>
  JSON.stringify(
    increments.map(({ code, events_count, greatest, high, hour, low, scale, split, subject, width }) => [
      code,
      subject,
      width,
      hour,
      split,
      scale,
      events_count,
      high,
      low,
      greatest
    ]),
    wholeText
  )
