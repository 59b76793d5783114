/** A usage period made ready for folding: its instants as milliseconds, and shares of days in the customer's zone (S2, P18). */
import {
  countDays,
  type DayRange,
  daysBeforeChange,
  type LocalDate,
  localDate,
  periodDays,
  touchedDays,
  type UsagePeriod
} from "../../core/calendar/index.js"
import { type Exact, share } from "../../core/exact.js"
import { instant } from "../../core/instant.js"

export interface FoldPeriod {
  readonly from: number
  readonly to: number
  /** Elapsed milliseconds of the full billing period. */
  readonly full_millis: bigint
  /** Days of the period; of the full billing period. */
  readonly days: number
  readonly full_days: number
  /** The local day of an instant: days compare as texts. */
  readonly dayOf: (at: number) => LocalDate
  /** Days from a local day to the period's last, both counted; 0 for a day that belongs to what follows. */
  readonly daysFrom: (day: LocalDate) => number
  /** `value` × days ÷ full days, exact. */
  readonly share: (value: Exact, days: number) => Exact
}

export const foldPeriod = (period: UsagePeriod): FoldPeriod => {
  const { from, to, full_from = from, full_to = to, timezone = "UTC" } = period
  const range: DayRange = period.superseded === true ? daysBeforeChange(from, to, timezone) : touchedDays(from, to, timezone)
  const { days, full_days } = periodDays(period)
  const full = BigInt(Math.max(full_days, 1))
  const known = new Map<LocalDate, number>()
  const daysFrom = (day: LocalDate): number => {
    let count = known.get(day)
    if (count === undefined) {
      count = countDays({ first_day: day, next_first_day: range.next_first_day }, timezone)
      known.set(day, count)
    }
    return count
  }
  return {
    from: from.epochMillis,
    to: to.epochMillis,
    full_millis: BigInt(full_to.epochMillis - full_from.epochMillis),
    days,
    full_days,
    dayOf: (at) => localDate(instant(at), timezone),
    daysFrom,
    share: (value, count) => share(value, BigInt(count), full)
  }
}
