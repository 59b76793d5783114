/** What was added up of events as they came, and what was written down of days, is what comes out when they are counted again (U5). Pure. */
import type { WrongSlot } from "../../metering/index.js"
import type { WrongDay } from "../../usage/index.js"
import type { Violation } from "./violation.js"

const HOUR = 3_600_000

export const checkSlot = ({ counted, kept, slot: { code, hour, subject, width } }: WrongSlot): Violation => ({
  code: "U5",
  table: "usage_slots",
  id: `${code} ${subject} ${new Date(hour * HOUR).toISOString()}`,
  reason: `the ${width === 1 ? "hour" : "day"} says ${kept} events, there are ${counted}${kept === counted ? ": their values differ" : ""}`
})

export const checkDay = ({ counted, row: { events_count, id, usage_date, usage_value } }: WrongDay): Violation => ({
  code: "U5",
  table: "daily_usages",
  id,
  reason: `${usage_date} says ${usage_value} of ${events_count} events, they come to ${counted.usage_value} of ${counted.events_count}`
})
