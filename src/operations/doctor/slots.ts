/** What was added up of events as they came is what they add up to when they are counted again (U5). Pure. */
import type { WrongSlot } from "../../metering/index.js"
import type { Violation } from "./violation.js"

const HOUR = 3_600_000

export const checkSlot = ({ counted, kept, slot: { code, hour, subject, width } }: WrongSlot): Violation => ({
  code: "U5",
  table: "usage_slots",
  id: `${code} ${subject} ${new Date(hour * HOUR).toISOString()}`,
  reason: `the ${width === 1 ? "hour" : "day"} says ${kept} events, there are ${counted}${kept === counted ? ": their values differ" : ""}`
})
