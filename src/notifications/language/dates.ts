/** Dates as a recipient reads them: in their zone and locale, by a format of Django's letters or the locale's own way. */
import type { Moment } from "./values.js"

/** Whom a text is for. */
export interface Reader {
  readonly locale: string
  readonly timezone: string
}

/** Digits are Latin everywhere; a locale or zone that `Intl` does not know reads as English, as UTC. */
const localeTag = (locale: string): string => {
  try {
    return `${new Intl.Locale(locale).toString()}-u-nu-latn`
  } catch {
    return "en-u-nu-latn"
  }
}

const formatter = (reader: Reader, moment: Moment, options: Intl.DateTimeFormatOptions, locale = localeTag(reader.locale)) => {
  const timeZone = moment.is_day ? "UTC" : reader.timezone
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone })
  } catch {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" })
  }
}

const NAMED: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  DATE_FORMAT: { dateStyle: "long" },
  SHORT_DATE_FORMAT: { dateStyle: "short" },
  DATETIME_FORMAT: { dateStyle: "long", timeStyle: "short" },
  SHORT_DATETIME_FORMAT: { dateStyle: "short", timeStyle: "short" },
  TIME_FORMAT: { timeStyle: "short" }
}

/** The locale's own way: the day, and the time where there is one. */
export const shownMoment = (moment: Moment, reader: Reader): string =>
  formatter(reader, moment, NAMED[moment.is_day ? "DATE_FORMAT" : "DATETIME_FORMAT"]!).format(moment.epochMillis)

type Parts = Readonly<Record<string, string>>

const partsOf = (moment: Moment, reader: Reader, options: Intl.DateTimeFormatOptions, locale?: string): Parts =>
  Object.fromEntries(
    formatter(reader, moment, options, locale)
      .formatToParts(moment.epochMillis)
      .map(({ type, value }) => [type, value])
  )

const FIGURES: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23"
}

const unpadded = (figure: string): string => String(Number(figure))
const hourOf12 = (hour: string): number => Number(hour) % 12 || 12

/** What a letter of a format stands for. */
const letter = (of: string, moment: Moment, reader: Reader, figures: Parts): string | undefined => {
  const { day = "", hour = "", minute = "", month = "", second = "", year = "" } = figures
  const word = (type: string, options: Intl.DateTimeFormatOptions) => partsOf(moment, reader, options)[type] ?? ""
  switch (of) {
    case "d":
      return day
    case "j":
      return unpadded(day)
    case "D":
      return word("weekday", { weekday: "short" })
    case "l":
      return word("weekday", { weekday: "long" })
    case "m":
      return month
    case "n":
      return unpadded(month)
    case "M":
    case "N":
      return word("month", { month: "short", day: "numeric" })
    case "F":
      return word("month", { month: "long", day: "numeric" })
    case "y":
      return year.slice(-2)
    case "Y":
      return year.padStart(4, "0")
    case "H":
      return hour
    case "G":
      return unpadded(hour)
    case "h":
      return String(hourOf12(hour)).padStart(2, "0")
    case "g":
      return String(hourOf12(hour))
    case "i":
      return minute
    case "s":
      return second
    case "A":
      return Number(hour) < 12 ? "AM" : "PM"
    case "a":
      return Number(hour) < 12 ? "a.m." : "p.m."
    case "P":
      return `${hourOf12(hour)}${minute === "00" ? "" : `:${minute}`} ${Number(hour) < 12 ? "a.m." : "p.m."}`
    case "e":
    case "T":
      return word("timeZoneName", { timeZoneName: "short" })
    default:
      return undefined
  }
}

/** By a named format, or letter by letter; a backslash keeps the letter behind it, what is no letter of a format stays. */
export const formatMoment = (moment: Moment, format: string, reader: Reader): string => {
  const named = Object.hasOwn(NAMED, format) ? NAMED[format] : undefined
  if (named !== undefined) return formatter(reader, moment, named).format(moment.epochMillis)
  const figures = partsOf(moment, reader, FIGURES, "en-GB-u-nu-latn")
  return format.replace(/\\(.)|[A-Za-z]/g, (found, kept: string | undefined) =>
    kept !== undefined ? kept : (letter(found, moment, reader, figures) ?? found)
  )
}
