/** Timestamps of events: milliseconds since 1970, read fast where they are written the common way. */
import { DateTime } from "effect"
import { parseInstant } from "../core/instant.js"

const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const digits = (text: string, from: number, to: number): number => {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const daysInMonth = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : (DAYS[month - 1] ?? 0)

/** `YYYY-MM-DDTHH:MM:SSZ` or with milliseconds; undefined for everything else, wrong or only uncommon. */
const common = (text: string): number | undefined => {
  if (
    !(text.length === 20 || text.length === 24) ||
    text.charCodeAt(text.length - 1) !== 90 ||
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(10) !== 84 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58 ||
    (text.length === 24 && text.charCodeAt(19) !== 46)
  ) {
    return undefined
  }
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const millis = text.length === 24 ? digits(text, 20, 23) : 0
  const exists = year >= 1970 && day >= 1 && day <= daysInMonth(year, month) && hour <= 23 && minute <= 59 && second <= 59 && millis >= 0
  return exists ? Date.UTC(year, month - 1, day, hour, minute, second, millis) : undefined
}

/** Milliseconds since 1970 of an ISO text with zone, a `Date` or a `DateTime.Utc`, from 1970 to 9999; in words why it is none. */
export const timestampOf = (value: unknown): number | string => {
  if (typeof value === "string") return common(value) ?? parseInstant(value)
  const millis = value instanceof Date ? value.getTime() : DateTime.isDateTime(value) ? value.epochMillis : Number.NaN
  return millis >= 0 && millis <= LATEST ? millis : "expected an instant from 1970 to 9999"
}
