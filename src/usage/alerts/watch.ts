/** What alerts watch: the usage of their metrics in the running periods of their subscriptions, many at once. */
import { type DateTime, Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { UsageWindows } from "../../invoicing/index.js"
import {
  type BillableMetric,
  type MetricStore,
  NOTHING_MORE,
  ONE_BUCKET,
  type UsageRequest,
  type UsageStore
} from "../../metering/index.js"
import { periodOf, type RatingWindow, subjectOf } from "../../rating/index.js"
import type { SubscriptionStore } from "../../subscriptions/index.js"
import type { UsageAlert } from "./alert.js"
import type { WatchedUsage } from "./firing.js"

export interface WatchServices {
  readonly subscriptions: typeof SubscriptionStore.Service
  readonly metrics: typeof MetricStore.Service
  readonly windows: typeof UsageWindows.Service
  readonly usage: typeof UsageStore.Service
}

/** An alert with the usage that it is held against; null where its subscription is not running. */
export interface Watched {
  readonly alert: UsageAlert
  readonly metric: BillableMetric
  readonly seen: (WatchedUsage & { readonly window: RatingWindow }) | null
}

/** The whole of the metric, whatever the charges split it into. */
const requestOf = (window: RatingWindow, metric: BillableMetric): UsageRequest => ({
  subject: subjectOf(window, metric.id),
  metric,
  period: periodOf(window),
  buckets: ONE_BUCKET,
  needs: NOTHING_MORE
})

/** The number of statements does not grow with the alerts; alerts of one subscription and metric share a request. */
export const watch = (
  { metrics, subscriptions, usage, windows }: WatchServices,
  alerts: ReadonlyArray<UsageAlert>,
  now: DateTime.Utc
): Effect.Effect<ReadonlyArray<Watched>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const rows = yield* subscriptions.load([...new Set(alerts.map((alert) => alert.subscription_id))])
    const lookup = yield* windows.load(rows, now)
    const running = new Map(rows.map((row) => [row.id as string, lookup.runningOf(row)?.window ?? null]))
    const loaded = yield* metrics.load({ ids: [...new Set(alerts.map((alert) => alert.billable_metric_id))], codes: [] })
    const known = new Map(loaded.map((metric) => [metric.id as string, metric]))
    const requests: Array<UsageRequest> = []
    const places = new Map<string, number>()
    for (const { billable_metric_id, subscription_id } of alerts) {
      const window = running.get(subscription_id)!
      const key = `${subscription_id} ${billable_metric_id}`
      if (window !== null && !places.has(key)) places.set(key, requests.push(requestOf(window, known.get(billable_metric_id)!)) - 1)
    }
    const found = requests.length === 0 ? [] : yield* usage.aggregate(requests)
    return alerts.map((alert): Watched => {
      const window = running.get(alert.subscription_id)!
      const place = places.get(`${alert.subscription_id} ${alert.billable_metric_id}`)
      const metric = known.get(alert.billable_metric_id)!
      if (window === null || place === undefined) return { alert, metric, seen: null }
      return { alert, metric, seen: { window, period_start: window.from, usage: found[place]![0]![0]!.usage.value } }
    })
  })
