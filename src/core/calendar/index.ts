/** The calendar: civil dates, zones, local days, billing intervals and periods. */
export { addDays, addMonths, daysBetween, earlierDate, LocalDate, laterDate, unsafeLocalDate, weekday } from "./date.js"
export {
  addLocalDays,
  countDays,
  type DayRange,
  daysBeforeChange,
  localDate,
  localDaysTouched,
  periodDays,
  startOfDay,
  touchedDays,
  type UsagePeriod
} from "./day.js"
export { BillingInterval, BillingTime, type BoundaryRule, boundaryDay, intervalsPerYear, periodNumber } from "./interval.js"
export { nextPeriod, type PeriodRule, periodAt, periodOf, periodOn, periodsFrom } from "./period.js"
export { TimeZone } from "./zone.js"
