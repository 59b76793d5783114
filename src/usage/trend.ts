/** Usage of a metric day by day: a period of its own for each local day. Pure. */
import { Either } from "effect"
import { addDays, daysBetween, Exact, InvalidInput, type LocalDate, startOfDay } from "../core/index.js"
import { type BillableMetric, type BucketUsage, NOTHING_MORE, ONE_BUCKET, type Subject, type UsageRequest } from "../metering/index.js"

/** What the events of one local day come to. */
export interface DayUsage {
  readonly day: LocalDate
  /** Decimal text. */
  readonly units: string
  readonly events_count: number
}

const MOST_DAYS = 366
const DEFAULT_DAYS = 30

/** The days from the first to the last, both counted; the last 30 up to today unless given. Fails with `InvalidInput`. */
export const trendDays = (
  today: LocalDate,
  { from, to = today }: { readonly from?: LocalDate | undefined; readonly to?: LocalDate | undefined }
): Either.Either<ReadonlyArray<LocalDate>, InvalidInput> => {
  const first = from ?? addDays(to, 1 - DEFAULT_DAYS)
  const count = daysBetween(first, to) + 1
  return count < 1 || count > MOST_DAYS
    ? Either.left(new InvalidInput({ field: "from", reason: `expected at most ${MOST_DAYS} days up to ${to}` }))
    : Either.right(Array.from({ length: count }, (_, index) => addDays(first, index)))
}

/** A day reads its own events only: nothing is carried over from the day before. */
export const trendRequests = (
  days: ReadonlyArray<LocalDate>,
  metric: BillableMetric,
  subject: Subject,
  timezone: string
): ReadonlyArray<UsageRequest> =>
  days.map((day) => ({
    subject,
    metric: { ...metric, recurring: false },
    period: { from: startOfDay(day, timezone), to: startOfDay(addDays(day, 1), timezone), timezone },
    buckets: ONE_BUCKET,
    needs: NOTHING_MORE
  }))

export const dayUsage = (day: LocalDate, [bucket]: ReadonlyArray<BucketUsage>): DayUsage => {
  const { events_count, value } = bucket![0]!.usage
  return { day, units: Exact.toText(value), events_count }
}
