/** The job that keeps usage by local days: yesterday of every running subscription, and every day that events have come to since. */
import { DateTime, Effect } from "effect"
import {
  addDays,
  type CurrentOrganization,
  type IdSource,
  type LocalDate,
  localDate,
  type StorageError,
  type UnitOfWork
} from "../../core/index.js"
import type { UsageLookup, UsageWindows } from "../../invoicing/index.js"
import { type BillableMetric, dayOf, hourOf, type MetricStore, type UsageStore } from "../../metering/index.js"
import { subjectOf } from "../../rating/index.js"
import type { Subscription, SubscriptionStore } from "../../subscriptions/index.js"
import { trendRequests } from "../trend.js"
import { type AskedDay, type DailyUsage, dayFigures, endedDays, SETTLES_AFTER } from "./daily-usage.js"
import type { DailyUsageStore, MarkedDay } from "./store.js"

export interface DailyServices {
  readonly daily: typeof DailyUsageStore.Service
  readonly metrics: typeof MetricStore.Service
  readonly subscriptions: typeof SubscriptionStore.Service
  readonly usage: typeof UsageStore.Service
  readonly windows: typeof UsageWindows.Service
  readonly unit: UnitOfWork
  readonly ids: IdSource
}

type Work<A> = Effect.Effect<A, StorageError, CurrentOrganization>

/** Subscriptions or marked days of one transaction. */
const PIECE = 200

interface Asked extends AskedDay {
  readonly row: Subscription
}

/** Each subscription, metric and day once. */
const distinct = (asked: ReadonlyArray<Asked>): ReadonlyArray<Asked> => [
  ...new Map(asked.map((each) => [`${each.row.id} ${each.metric.id} ${each.day}`, each])).values()
]

/** The figures of days, from one request for each. */
export const figuresOf = (
  usage: typeof UsageStore.Service,
  lookup: UsageLookup,
  asked: ReadonlyArray<Asked>
): Work<ReadonlyArray<Pick<DailyUsage, "usage_value" | "events_count">>> =>
  Effect.map(
    usage.aggregate(
      asked.flatMap(({ day, metric, row }) =>
        trendRequests([day], metric, subjectOf(lookup.lifeOf(row), metric.id), lookup.timezoneOf(row))
      )
    ),
    (answers) => answers.map(dayFigures)
  )

/** Counts days and writes their rows; a day without events of a metric that the subscription's plan does not price has none. */
const write = ({ daily, ids, usage }: DailyServices, lookup: UsageLookup, asked: ReadonlyArray<Asked>, now: DateTime.Utc): Work<number> =>
  Effect.gen(function* () {
    const figures = yield* figuresOf(usage, lookup, asked)
    const kept = asked.flatMap((each, index) => {
      const isPriced = lookup.termsOf(each.row).charges.some(({ metric }) => metric.id === each.metric.id)
      return isPriced || figures[index]!.events_count > 0 ? [{ ...each, figures: figures[index]! }] : []
    })
    const fresh = yield* ids.many(kept.length)
    yield* daily.save(
      kept.map(
        ({ day, figures: counted, metric, row }, index): DailyUsage => ({
          id: fresh[index]!,
          organization_id: row.organization_id,
          subscription_id: row.id,
          billable_metric_id: metric.id,
          external_customer_id: lookup.lifeOf(row).external_customer_id,
          usage_date: day,
          timezone: lookup.timezoneOf(row),
          ...counted,
          created_at: now,
          updated_at: now
        })
      )
    )
    return kept.length
  })

const metricsOf = (lookup: UsageLookup, row: Subscription): ReadonlyArray<BillableMetric> => [
  ...new Map(lookup.termsOf(row).charges.map(({ metric }) => [metric.id as string, metric])).values()
]

const hasStarted = (row: Subscription, day: LocalDate, timezone: string): boolean =>
  row.started_at !== null && localDate(row.started_at, timezone) <= day

/** Yesterday of some running subscriptions, where it has no row yet. */
const yesterdays = (services: DailyServices, ids: ReadonlyArray<string>, now: DateTime.Utc): Work<number> =>
  services.unit.transaction(
    Effect.gen(function* () {
      const { daily, subscriptions, windows } = services
      const rows = yield* subscriptions.lock(ids)
      const lookup = yield* windows.load(rows, now)
      const yesterdayOf = (row: Subscription) => addDays(localDate(now, lookup.timezoneOf(row)), -1)
      yield* daily.renew(rows.map((row) => ({ subscription_id: row.id, timezone: lookup.timezoneOf(row) })))
      const known = new Set(
        (yield* daily.load(ids, [...new Set(rows.map(yesterdayOf))])).map(
          (row) => `${row.subscription_id} ${row.billable_metric_id} ${row.usage_date}`
        )
      )
      const asked = rows
        .filter((row) => hasStarted(row, yesterdayOf(row), lookup.timezoneOf(row)))
        .flatMap((row) => metricsOf(lookup, row).map((metric): Asked => ({ row, metric, day: yesterdayOf(row) })))
        .filter(({ day, metric, row }) => !known.has(`${row.id} ${metric.id} ${day}`))
      return yield* write(services, lookup, asked, now)
    })
  )

/** Some days to which events have come, and the last of them; their marks go once no zone's day that they touch lasts. */
const marked = (
  services: DailyServices,
  after: MarkedDay | null,
  now: DateTime.Utc
): Work<{ readonly last: MarkedDay | undefined; readonly written: number }> =>
  services.unit.transaction(
    Effect.gen(function* () {
      const { daily, metrics, subscriptions, windows } = services
      const hour = hourOf(now.epochMillis)
      const days = yield* daily.claim(hour, PIECE, after)
      const concerned = yield* daily.subscriptionsOf([...new Set(days.map(({ subject }) => subject))])
      // Locked, so that two runs write the same day one after the other.
      const locked = yield* subscriptions.lock([...new Set(concerned.map(({ subscription_id }) => subscription_id))])
      const rows = new Map(locked.map((row) => [row.id as string, row]))
      const lookup = yield* windows.load(locked, now)
      const loaded = yield* metrics.load({ ids: [], codes: [...new Set(days.map(({ code }) => code))] })
      const known = new Map(loaded.map((metric) => [metric.code, metric]))
      const asked = days.flatMap((day) =>
        concerned
          .filter(({ subject }) => subject === day.subject)
          .flatMap(({ subscription_id }) => {
            const row = rows.get(subscription_id)!
            const timezone = lookup.timezoneOf(row)
            return endedDays(day.hour, timezone, now)
              .filter((ended) => hasStarted(row, ended, timezone))
              .map((ended): Asked => ({ row, metric: known.get(day.code)!, day: ended }))
          })
      )
      const written = yield* write(services, lookup, distinct(asked), now)
      yield* daily.settle(days.filter((day) => dayOf(day.hour) + 24 + SETTLES_AFTER <= hour))
      return { last: days.at(-1), written }
    })
  )

/** Answers how many rows were written. */
export const aggregateDays = (services: DailyServices): Work<number> =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    let written = 0
    for (let after: string | null = null; ; ) {
      const ids: ReadonlyArray<string> = yield* services.daily.running(after, PIECE)
      if (ids.length > 0) written += yield* yesterdays(services, ids, now)
      if (ids.length < PIECE) break
      after = ids.at(-1)!
    }
    for (let after: MarkedDay | null = null; ; ) {
      const { last, written: more }: { readonly last: MarkedDay | undefined; readonly written: number } = yield* marked(
        services,
        after,
        now
      )
      written += more
      if (last === undefined) return written
      after = last
    }
  })
