/** The service of analytics: figures of an organization's billing, per currency, by days of its own zone (billing 23; docs/analytics.md). */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { OrganizationNotFound, OrganizationStore } from "../../accounts/index.js"
import {
  addDays,
  addMonths,
  type CurrentOrganization,
  decodeInput,
  InvalidInput,
  instant,
  LocalDate,
  localDate,
  type StorageError,
  startOfDay
} from "../../core/index.js"
import { overdueEverywhere } from "../../invoicing/index.js"
import { type MrrMovement, meanDays, movementOf, perCent, type Receivables, receivablesOf, trendOf } from "./figures.js"
import { AnalyticsStore, type MetricEvents, type Revenue, type Span, type SpanSums } from "./store.js"

const days = {
  /** The first local day; that of the running month unless given. */
  from_date: Schema.optional(LocalDate),
  /** The last local day; today unless given. */
  to_date: Schema.optional(LocalDate)
}
const Days = Schema.Struct(days)
export type AnalyticsDays = typeof Days.Encoded
const Limited = Schema.Struct({ ...days, limit: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 100)), { default: () => 10 }) })
/** `limit`: 1 to 100; 10 unless given. */
export type LimitedAnalyticsDays = typeof Limited.Encoded
const Series = Schema.Struct({
  /** Stretches of which length; months unless given. */
  by: Schema.optionalWith(Schema.Literal("day", "month"), { default: () => "month" as const }),
  /** How many, the running one the last; 12 unless given. */
  count: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 366)), { default: () => 12 })
})
export type SeriesInput = typeof Series.Encoded

/** Minor units a month. */
export interface Mrr {
  readonly currency: string
  readonly mrr_cents: bigint
}

export interface RevenueFigures {
  readonly currency: string
  readonly invoiced_cents: bigint
  /** Credit notes that became final, but for voided ones and those on purchases of credits. */
  readonly credited_cents: bigint
  readonly net_revenue_cents: bigint
  /** By the day of the payment: of one by hand the day that it carries. */
  readonly collected_cents: bigint
  /** Collected of invoiced, in per cent with one decimal; null where nothing was invoiced. */
  readonly collection_rate: string | null
  /** From issue to payment, of invoices paid in these days; one decimal. */
  readonly average_days_to_payment: string | null
}

/** A stretch of a series: of each currency that the series has, also where nothing happened. */
export interface RevenuePoint extends RevenueFigures {
  readonly first_day: LocalDate
  /** What was invoiced, against the stretch before: in per cent with one decimal; null for the first and after nothing. */
  readonly trend: string | null
}

export interface CustomerFigures {
  readonly total: number
  readonly new: number
  readonly active: number
  readonly churned: number
  /** Churned of those that were active when the days began, in per cent with one decimal. */
  readonly churn_rate: string | null
}

export interface SubscriptionFigures {
  readonly by_status: Readonly<Record<string, number>>
  /** Running ones, by plan. */
  readonly by_plan: ReadonlyArray<{ readonly plan_id: string; readonly subscriptions: number }>
  readonly new: number
  readonly canceled: number
  readonly on_trial: number
}

type Call<A> = Effect.Effect<A, InvalidInput | OrganizationNotFound | StorageError, CurrentOrganization>

export interface AnalyticsShape {
  /** Monthly recurring revenue now. */
  readonly mrr: () => Call<ReadonlyArray<Mrr>>
  /** How it came from the beginning of some days to their end. */
  readonly mrrMovement: (input?: AnalyticsDays) => Call<ReadonlyArray<MrrMovement>>
  /** What was invoiced, credited and collected in some days. */
  readonly revenue: (input?: AnalyticsDays) => Call<ReadonlyArray<RevenueFigures>>
  /** The same for the last months or days, oldest first, with trends. */
  readonly revenueSeries: (input?: SeriesInput) => Call<ReadonlyArray<RevenuePoint>>
  /** By type of fee. */
  readonly revenueByType: (input?: AnalyticsDays) => Call<ReadonlyArray<Revenue>>
  /** By plan of the subscription; null for what has none. */
  readonly revenueByPlan: (input?: LimitedAnalyticsDays) => Call<ReadonlyArray<Revenue>>
  /** Customers by what they were invoiced, by their external ids. */
  readonly topCustomers: (input?: LimitedAnalyticsDays) => Call<ReadonlyArray<Revenue>>
  /** Metrics by what their usage came to, by their codes. */
  readonly topMetricsByAmount: (input?: LimitedAnalyticsDays) => Call<ReadonlyArray<Revenue>>
  readonly topMetricsByEvents: (input?: LimitedAnalyticsDays) => Call<ReadonlyArray<MetricEvents>>
  /** What is due now, and of it what is overdue. */
  readonly receivables: () => Call<ReadonlyArray<Receivables>>
  readonly customers: (input?: AnalyticsDays) => Call<CustomerFigures>
  readonly subscriptions: (input?: AnalyticsDays) => Call<SubscriptionFigures>
}

/** More than there are of what is not limited. */
const ALL = 10_000

const decodeDays = decodeInput(Days)
const decodeLimited = decodeInput(Limited)
const decodeSeries = decodeInput(Series)

const figuresOf = (sums: Omit<SpanSums, "place">): RevenueFigures => ({
  currency: sums.currency,
  invoiced_cents: sums.invoiced_cents,
  credited_cents: sums.credited_cents,
  net_revenue_cents: sums.invoiced_cents - sums.credited_cents,
  collected_cents: sums.collected_cents,
  collection_rate: perCent(sums.collected_cents, sums.invoiced_cents),
  average_days_to_payment: meanDays(sums.paid_after_seconds, sums.paid)
})

const NOTHING = { invoiced_cents: 0n, credited_cents: 0n, collected_cents: 0n, paid: 0n, paid_after_seconds: 0n }

/** Every stretch of every currency, each against the one before. */
const pointsOf = (firstDays: ReadonlyArray<LocalDate>, found: ReadonlyArray<SpanSums>): ReadonlyArray<RevenuePoint> => {
  const known = new Map(found.map((sums) => [`${sums.currency} ${sums.place}`, sums]))
  const currencies = [...new Set(found.map(({ currency }) => currency))].toSorted()
  return currencies.flatMap((currency) => {
    const at = (place: number) => known.get(`${currency} ${place}`) ?? { currency, ...NOTHING }
    return firstDays.map((first_day, place) => ({
      first_day,
      ...figuresOf(at(place)),
      trend: place === 0 ? null : trendOf(at(place).invoiced_cents, at(place - 1).invoiced_cents)
    }))
  })
}

const countsOf = (
  rows: ReadonlyArray<{ readonly kind: string; readonly key: string | null; readonly subscriptions: number }>
): SubscriptionFigures => {
  const of = (kind: string) => rows.filter((row) => row.kind === kind)
  const one = (kind: string) => of(kind)[0]?.subscriptions ?? 0
  return {
    by_status: Object.fromEntries(of("status").map(({ key, subscriptions }) => [key ?? "", subscriptions])),
    by_plan: of("plan").map(({ key, subscriptions }) => ({ plan_id: key ?? "", subscriptions })),
    new: one("new"),
    canceled: one("canceled"),
    on_trial: one("trial")
  }
}

export class Analytics extends Context.Tag("billwright/Analytics")<Analytics, AnalyticsShape>() {
  static readonly layer: Layer.Layer<Analytics, never, AnalyticsStore | OrganizationStore> = Layer.effect(
    Analytics,
    Effect.gen(function* () {
      const store = yield* AnalyticsStore
      const organizations = yield* OrganizationStore

      const zone = Effect.gen(function* () {
        const organization = yield* organizations.current
        return organization === undefined ? yield* new OrganizationNotFound({ id: "" }) : organization.timezone
      })

      /** The span of some local days, to now where they are not over. */
      const spanOf = Effect.fnUntraced(function* ({
        from_date,
        to_date
      }: {
        readonly from_date?: LocalDate | undefined
        readonly to_date?: LocalDate | undefined
      }) {
        const timezone = yield* zone
        const now = yield* DateTime.now
        const today = localDate(now, timezone)
        const last = to_date ?? today
        const first = from_date ?? LocalDate.make(`${last.slice(0, 7)}-01`)
        if (first > last) return yield* new InvalidInput({ field: "from_date", reason: "must not be later than to_date" })
        return { from: startOfDay(first, timezone), to: startOfDay(addDays(last, 1), timezone) } satisfies Span
      })

      const by = (kind: "type" | "plan" | "customer" | "metric") =>
        Effect.fnUntraced(function* (input: LimitedAnalyticsDays) {
          const { limit, ...given } = yield* decodeLimited(input)
          return yield* store.revenueBy(kind, yield* spanOf(given), limit)
        })

      return Analytics.of({
        mrr: Effect.fn("Analytics.mrr")(function* () {
          const now = yield* DateTime.now
          // What there is at this very instant, too.
          const after = instant(now.epochMillis + 1)
          const found = yield* store.movements({ from: after, to: after })
          return found.map((raw) => {
            const { closing_cents, currency } = movementOf(raw)
            return { currency, mrr_cents: closing_cents }
          })
        }),

        mrrMovement: Effect.fn("Analytics.mrrMovement")(function* (input = {}) {
          const { from, to } = yield* Effect.flatMap(decodeDays(input), spanOf)
          const after = instant((yield* DateTime.now).epochMillis + 1)
          const found = yield* store.movements({ from, to: DateTime.max(from, DateTime.min(to, after)) })
          return found.map(movementOf)
        }),

        revenue: Effect.fn("Analytics.revenue")(function* (input = {}) {
          const span = yield* Effect.flatMap(decodeDays(input), spanOf)
          return (yield* store.sums([span])).map(figuresOf)
        }),

        revenueSeries: Effect.fn("Analytics.revenueSeries")(function* (input = {}) {
          const { by: length, count } = yield* decodeSeries(input)
          const timezone = yield* zone
          const today = localDate(yield* DateTime.now, timezone)
          const last = length === "day" ? today : LocalDate.make(`${today.slice(0, 7)}-01`)
          const step = (days: number) => (length === "day" ? addDays(last, days) : addMonths(last, days))
          const firstDays = Array.from({ length: count }, (_, place) => step(place - count + 1))
          const bounds = [...firstDays, step(1)].map((day) => startOfDay(day, timezone))
          const spans = firstDays.map((_, place) => ({ from: bounds[place]!, to: bounds[place + 1]! }))
          return pointsOf(firstDays, yield* store.sums(spans))
        }),

        revenueByType: Effect.fn("Analytics.revenueByType")(function* (input = {}) {
          return yield* store.revenueBy("type", yield* Effect.flatMap(decodeDays(input), spanOf), ALL)
        }),
        revenueByPlan: Effect.fn("Analytics.revenueByPlan")((input = {}) => by("plan")(input)),
        topCustomers: Effect.fn("Analytics.topCustomers")((input = {}) => by("customer")(input)),
        topMetricsByAmount: Effect.fn("Analytics.topMetricsByAmount")((input = {}) => by("metric")(input)),

        topMetricsByEvents: Effect.fn("Analytics.topMetricsByEvents")(function* (input = {}) {
          const { limit, ...given } = yield* decodeLimited(input)
          return yield* store.events(yield* spanOf(given), limit)
        }),

        receivables: Effect.fn("Analytics.receivables")(function* () {
          const now = yield* DateTime.now
          return receivablesOf(yield* store.receivables({ now, long_due_before: overdueEverywhere(now) }), now)
        }),

        customers: Effect.fn("Analytics.customers")(function* (input = {}) {
          const { from, to } = yield* Effect.flatMap(decodeDays(input), spanOf)
          const after = instant((yield* DateTime.now).epochMillis + 1)
          const { active_before, ...counts } = yield* store.customers({ from, to: DateTime.max(from, DateTime.min(to, after)) })
          return {
            total: counts.total,
            new: counts.new,
            active: counts.active,
            churned: counts.churned,
            churn_rate: perCent(BigInt(counts.churned), BigInt(active_before))
          }
        }),

        subscriptions: Effect.fn("Analytics.subscriptions")(function* (input = {}) {
          return countsOf(yield* store.subscriptions(yield* Effect.flatMap(decodeDays(input), spanOf)))
        })
      })
    })
  )
}
