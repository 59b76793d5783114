/** What subscriptions have used of a metric in their running periods, for the quantities that their plans grant. */
import { DateTime, Effect, Layer } from "effect"
import { Exact, Transactor } from "../core/index.js"
import { EntitlementUsage, type PeriodUsed } from "../entitlements/index.js"
import { UsageWindows } from "../invoicing/index.js"
import { MetricStore, NOTHING_MORE, ONE_BUCKET, type Subject, type UsageRequest, UsageStore } from "../metering/index.js"
import { periodOf, type RatingWindow, subjectOf } from "../rating/index.js"
import { SubscriptionStore } from "../subscriptions/index.js"

/** Later than any instant that is taken. */
const ALWAYS = Date.UTC(10_000, 0, 1)

/**
 * Whose events count. Of a metric that no plan of the customer has ever priced, those that name no subscription are nobody's by P10:
 * they count for each of its subscriptions then, as what is limited is used all the same.
 */
const limitedSubject = (window: RatingWindow, metric_id: string): Subject => {
  const subject = subjectOf(window, metric_id)
  const priced = window.siblings.some(({ stretches }) => stretches.some(({ metric_ids }) => metric_ids.has(metric_id)))
  return priced ? subject : { ...subject, owned: [{ from: window.started_at.epochMillis, to: ALWAYS }] }
}

export const entitlementUsageLayer: Layer.Layer<
  EntitlementUsage,
  never,
  SubscriptionStore | MetricStore | UsageWindows | UsageStore | Transactor
> = Layer.effect(
  EntitlementUsage,
  Effect.gen(function* () {
    const subscriptions = yield* SubscriptionStore
    const metrics = yield* MetricStore
    const windows = yield* UsageWindows
    const usage = yield* UsageStore
    const { snapshot } = yield* Transactor

    return EntitlementUsage.of({
      used: Effect.fn("EntitlementUsage.used")((subscription_ids, metric_id) =>
        snapshot(
          Effect.gen(function* () {
            const rows = yield* subscriptions.load(subscription_ids)
            const lookup = yield* windows.load(rows, yield* DateTime.now)
            const running = rows.flatMap((row) => lookup.runningOf(row)?.window ?? [])
            const [metric] = yield* metrics.load({ ids: [metric_id], codes: [] })
            if (metric === undefined || running.length === 0) return new Map<string, PeriodUsed>()
            const found = yield* usage.aggregate(
              running.map(
                (window): UsageRequest => ({
                  subject: limitedSubject(window, metric.id),
                  metric,
                  period: periodOf(window),
                  buckets: ONE_BUCKET,
                  needs: NOTHING_MORE
                })
              )
            )
            return new Map(
              running.map((window, index): readonly [string, PeriodUsed] => [
                window.subscription_id,
                { used: Exact.toText(found[index]![0]![0]!.usage.value), period_start: window.from, period_end: window.to }
              ])
            )
          })
        )
      )
    })
  })
)
