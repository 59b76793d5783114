/** Instants as a caller may give them, and as the domain keeps them: `DateTime.Utc`, millisecond precision. */
import { DateTime, ParseResult, Schema } from "effect"

const WANTED = "an instant in ISO 8601 with Z or an offset"

const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})$/

/** Earliest and latest instants that are taken: years 1970 to 9999. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Milliseconds since 1970 of an ISO 8601 text with zone, or why it is none. Impossible dates are refused, not rolled over. */
export const parseInstant = (text: string): number | string => {
  const match = text.length > 40 ? null : ISO.exec(text)
  if (match === null) return `expected ${WANTED}`
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? "0")) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const millis = Number((match[7] ?? "0").padEnd(3, "0").slice(0, 3))
  const zone = match[8]!
  const offset = zone === "Z" ? 0 : (zone.startsWith("-") ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))
  const inRange =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(year, month, 0)).getUTCDate() &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    Math.abs(offset) <= 14 * 60 &&
    (zone === "Z" || Number(zone.slice(4, 6)) <= 59)
  if (!inRange) return "expected a date and time that exist"
  const value = Date.UTC(year, month - 1, day, hour, minute, second, millis) - offset * 60_000
  return value < 0 || value > LATEST ? "expected an instant from 1970 to 9999" : value
}

/** ISO text with zone, a `Date`, or a `DateTime.Utc`; decodes to `DateTime.Utc`. */
export const Instant = Schema.declare((input: unknown): input is DateTime.Utc => DateTime.isDateTime(input) && DateTime.isUtc(input)).pipe(
  (self) =>
    Schema.transformOrFail(Schema.Union(Schema.String, Schema.DateFromSelf, self).annotations({ description: WANTED }), self, {
      strict: true,
      decode: (input, _, ast) => {
        const result = typeof input === "string" ? parseInstant(input) : input instanceof Date ? input.getTime() : input.epochMillis
        const value = typeof result === "number" && !(result >= 0 && result <= LATEST) ? "expected an instant from 1970 to 9999" : result
        return typeof value === "string" ? ParseResult.fail(new ParseResult.Type(ast, input, value)) : ParseResult.succeed(instant(value))
      },
      encode: (value) => ParseResult.succeed(value)
    })
)

/** An instant from milliseconds since 1970. */
export const instant = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)
