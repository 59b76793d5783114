/** Weeks and months as OEMs' calendars have them. Pure. */
import { type DateTime, Either } from "effect"
import { addDays, addMonths, InvalidInput, type LocalDate, localDate, startOfDay, weekday } from "../core/index.js"

/** Whole days in a zone, as instants: from the first of them to before `to`. */
export interface Period {
  readonly first_day: LocalDate
  readonly last_day: LocalDate
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

const periodOf = (first_day: LocalDate, next: LocalDate, timezone: string): Period => ({
  first_day,
  last_day: addDays(next, -1),
  from: startOfDay(first_day, timezone),
  to: startOfDay(next, timezone)
})

/** Seven days from a Monday. Fails with `InvalidInput` for another day. */
export const weekOf = (monday: LocalDate, timezone: string): Either.Either<Period, InvalidInput> =>
  weekday(monday) === 1
    ? Either.right(periodOf(monday, addDays(monday, 7), timezone))
    : Either.left(new InvalidInput({ field: "week_start", reason: "expected a Monday" }))

/** A month from its first day. Fails with `InvalidInput` for another day. */
export const monthOf = (first: LocalDate, timezone: string): Either.Either<Period, InvalidInput> =>
  first.endsWith("-01")
    ? Either.right(periodOf(first, addMonths(first, 1), timezone))
    : Either.left(new InvalidInput({ field: "month", reason: "expected the first day of a month" }))

/** The Monday of the week that an instant lies in. */
export const mondayAt = (at: DateTime.Utc, timezone: string): LocalDate => {
  const day = localDate(at, timezone)
  return addDays(day, 1 - weekday(day))
}

/** The first day of the month that an instant lies in. */
export const firstAt = (at: DateTime.Utc, timezone: string): LocalDate => `${localDate(at, timezone).slice(0, 7)}-01` as LocalDate
