/** What a subscription used of a metric on one local day: kept for whoever asks for days, and never read to price anything. Pure. */
import type { DateTime } from "effect"
import { addDays, Exact, instant, type LocalDate, localDate, type OrganizationId, startOfDay } from "../../core/index.js"
import type { BillableMetric, BucketUsage } from "../../metering/index.js"

/** A row; `usage_value` is a decimal text, `usage_date` a day in `timezone`, the customer's. */
export interface DailyUsage {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly subscription_id: string
  readonly billable_metric_id: string
  readonly external_customer_id: string
  readonly usage_date: LocalDate
  readonly timezone: string
  readonly usage_value: string
  readonly events_count: number
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** A day of a subscription and metric, as it is asked for. */
export interface AskedDay {
  readonly metric: BillableMetric
  readonly day: LocalDate
}

const HOUR = 3_600_000
const DAY_HOURS = 24

/** Hours after the end of a day of UTC by which every zone's days that touch it are over. */
export const SETTLES_AFTER = 12

/** The local days that a day of UTC touches and that are over. */
export const endedDays = (hour: number, timezone: string, now: DateTime.Utc): ReadonlyArray<LocalDate> => {
  const first = localDate(instant(hour * HOUR), timezone)
  const last = localDate(instant((hour + DAY_HOURS) * HOUR - 1), timezone)
  const days = first === last ? [first] : [first, last]
  return days.filter((day) => startOfDay(addDays(day, 1), timezone).epochMillis <= now.epochMillis)
}

/** What the usage of a day is in its row. */
export const dayFigures = ([bucket]: ReadonlyArray<BucketUsage>): Pick<DailyUsage, "usage_value" | "events_count"> => {
  const { events_count, value } = bucket![0]!.usage
  return { usage_value: Exact.toText(value), events_count }
}
