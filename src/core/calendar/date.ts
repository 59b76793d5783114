/**
 * Civil dates: `YYYY-MM-DD`, a day of some calendar on a wall, without zone or time. Whole-number arithmetic only.
 *
 * The proleptic Gregorian calendar; days are counted from 1970-01-01. Years run from March here, so that the leap day is the last of its year.
 */
import { Schema } from "effect"

/** A day by its number: whole days since 1970-01-01, negative before. */
export type DayNumber = number

interface YearMonthDay {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

const TEXT = /^(\d{4})-(\d{2})-(\d{2})$/

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31

const read = (text: string): YearMonthDay => ({
  year: Number(text.slice(0, -6)),
  month: Number(text.slice(-5, -3)),
  day: Number(text.slice(-2))
})

const exists = (text: string): boolean => {
  if (!TEXT.test(text)) return false
  const { year, month, day } = read(text)
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** A civil date that exists, as text. Of two such texts the earlier date is the lesser text. */
export const LocalDate = Schema.String.pipe(
  Schema.filter(exists, { message: () => "expected a date that exists, as YYYY-MM-DD" }),
  Schema.brand("LocalDate")
)
export type LocalDate = typeof LocalDate.Type

/** A literal as `LocalDate`; a defect when there is no such date. */
export const unsafeLocalDate = (text: string): LocalDate => LocalDate.make(text)

const DAYS_OF_400_YEARS = 146_097

/** Days from 1 March of year 0 to 1970-01-01. */
const EPOCH = 719_468

const numberOf = ({ year, month, day }: YearMonthDay): DayNumber => {
  const years = month > 2 ? year : year - 1
  const months = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  return years * 365 + leapDays + Math.floor((153 * months + 2) / 5) + day - 1 - EPOCH
}

/** The number of a date's day. */
export const dayNumber = (date: LocalDate): DayNumber => numberOf(read(date))

const write = (year: number, month: number, day: number): LocalDate =>
  `${String(year).padStart(4, "0")}-${month < 10 ? "0" : ""}${month}-${day < 10 ? "0" : ""}${day}` as LocalDate

/** The date of a day's number. */
export const dateOf = (number: DayNumber): LocalDate => {
  const days = number + EPOCH
  const cycle = Math.floor(days / DAYS_OF_400_YEARS)
  const ofCycle = days - cycle * DAYS_OF_400_YEARS
  // Years of 365 days, after the leap days before it are taken out: one in 4 years, none in 100, one in 400.
  const yearOfCycle = Math.floor(
    (ofCycle - Math.floor(ofCycle / 1460) + Math.floor(ofCycle / 36_524) - Math.floor(ofCycle / 146_096)) / 365
  )
  const ofYear = ofCycle - (yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100))
  const months = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * months + 2) / 5) + 1
  const month = months < 10 ? months + 3 : months - 9
  return write(cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, day)
}

/** Whole months since January 1970, by date. */
export const monthNumber = (date: LocalDate): number => {
  const { year, month } = read(date)
  return (year - 1970) * 12 + month - 1
}

/** The date `days` later; earlier where negative. */
export const addDays = (date: LocalDate, days: number): LocalDate => dateOf(dayNumber(date) + days)

/** The same day of the month `months` later, or the last of that month where it has no such day: 31 January + 1 = 28 February. */
export const addMonths = (date: LocalDate, months: number): LocalDate => {
  const target = monthNumber(date) + months
  const year = 1970 + Math.floor(target / 12)
  const month = target - (year - 1970) * 12 + 1
  return write(year, month, Math.min(read(date).day, daysInMonth(year, month)))
}

/** Days from `from` to `to`; negative where `to` is earlier. */
export const daysBetween = (from: LocalDate, to: LocalDate): number => dayNumber(to) - dayNumber(from)

/** The earlier of two dates. */
export const earlierDate = (a: LocalDate, b: LocalDate): LocalDate => (daysBetween(a, b) < 0 ? b : a)

/** The later of two dates. */
export const laterDate = (a: LocalDate, b: LocalDate): LocalDate => (daysBetween(a, b) > 0 ? b : a)

/** 1 for Monday to 7 for Sunday. */
export const weekday = (date: LocalDate): number => {
  const sinceMonday = (dayNumber(date) + 3) % 7
  return (sinceMonday < 0 ? sinceMonday + 7 : sinceMonday) + 1
}
