/** Local days: when they begin, which one an instant lies in, and how many a stretch of time touches (S2). */
import type { DateTime } from "effect"
import { instant } from "../instant.js"
import { dateOf, dayNumber, type LocalDate } from "./date.js"
import { dayAt, dayStart, MILLIS_PER_DAY, sameTimeOfDay } from "./zone.js"

/**
 * The first instant of a local day: after the gap where the clocks skip midnight, the first one where they show it twice.
 * A day that a zone left out (30 December 2011 in Apia) begins with the next one.
 */
export const startOfDay = (date: LocalDate, timezone: string): DateTime.Utc => instant(dayStart(timezone, dayNumber(date)))

/** The local day of an instant: the one that has begun and whose next one has not. */
export const localDate = (at: DateTime.Utc, timezone: string): LocalDate => dateOf(dayAt(timezone, at.epochMillis))

/** `days` local days later at the same time on the wall; after the gap where the clocks skip it, the first of two. */
export const addLocalDays = (at: DateTime.Utc, days: number, timezone: string): DateTime.Utc =>
  instant(sameTimeOfDay(timezone, at.epochMillis, days))

/** Days in a row: from `first_day` to the day before `next_first_day`. */
export interface DayRange {
  readonly first_day: LocalDate
  readonly next_first_day: LocalDate
}

/** The local days of which [from, to) holds any moment, however short. An end at midnight does not touch the day that begins. */
export const touchedDays = (from: DateTime.Utc, to: DateTime.Utc, timezone: string): DayRange => {
  const first = dayAt(timezone, from.epochMillis)
  if (to.epochMillis <= from.epochMillis) return { first_day: dateOf(first), next_first_day: dateOf(first) }
  return { first_day: dateOf(first), next_first_day: dateOf(dayAt(timezone, to.epochMillis - 1) + 1) }
}

/** The local days of [from, to) where `to` is a change of plan: its day belongs to what follows. */
export const daysBeforeChange = (from: DateTime.Utc, to: DateTime.Utc, timezone: string): DayRange => ({
  first_day: localDate(from, timezone),
  next_first_day: localDate(to, timezone)
})

/**
 * How many days a range holds; 0 where it ends before it begins. A day that the zone left out counts nothing: the time from
 * start to start is then a whole day short, where changes of clocks only make it some hours longer or shorter.
 */
export const countDays = (range: DayRange, timezone: string): number => {
  const [first, next] = [dayNumber(range.first_day), dayNumber(range.next_first_day)]
  return next <= first ? 0 : Math.round((dayStart(timezone, next) - dayStart(timezone, first)) / MILLIS_PER_DAY)
}

/** How many local days [from, to) touches. */
export const localDaysTouched = (from: DateTime.Utc, to: DateTime.Utc, timezone: string): number =>
  countDays(touchedDays(from, to, timezone), timezone)

/** A stretch whose usage is priced, and the full billing period that it is a part of (by default the same). */
export interface UsagePeriod {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly full_from?: DateTime.Utc
  readonly full_to?: DateTime.Utc
  /** The customer's zone; UTC by default. */
  readonly timezone?: string
  /** Cut by a change of plan: the day of the cut belongs to what follows, so that the parts add up to the whole. */
  readonly superseded?: boolean
}

/**
 * Days of a usage period and of the full billing period around it.
 *
 * @see decisions S2, P18
 */
export const periodDays = (period: UsagePeriod): { readonly days: number; readonly full_days: number } => {
  const { from, to, full_from = from, full_to = to, timezone = "UTC" } = period
  const range = period.superseded === true ? daysBeforeChange(from, to, timezone) : touchedDays(from, to, timezone)
  return { days: countDays(range, timezone), full_days: localDaysTouched(full_from, full_to, timezone) }
}
