/** What subscriptions have used of a metric in their running periods, for the quantities that their plans grant. */
import { DateTime, Effect, Layer } from "effect"
import { Exact, Transactor } from "../core/index.js"
import { EntitlementUsage, type PeriodUsed } from "../entitlements/index.js"
import { type RunningUsage, UsageWindows } from "../invoicing/index.js"
import { MetricStore, NOTHING_MORE, ONE_BUCKET, type Subject, type UsageRequest, UsageStore } from "../metering/index.js"
import { periodOf, type RatingWindow, subjectOf } from "../rating/index.js"

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

export const entitlementUsageLayer: Layer.Layer<EntitlementUsage, never, MetricStore | UsageWindows | UsageStore | Transactor> =
  Layer.effect(
    EntitlementUsage,
    Effect.gen(function* () {
      const metrics = yield* MetricStore
      const windows = yield* UsageWindows
      const usage = yield* UsageStore
      const { snapshot } = yield* Transactor

      /** Known already where a plan prices it. */
      const metricOf = (running: ReadonlyArray<RunningUsage>, metric_id: string) => {
        const priced = running.flatMap(({ terms }) => terms.charges).find(({ metric }) => metric.id === metric_id)
        return priced === undefined
          ? Effect.map(metrics.load({ ids: [metric_id], codes: [] }), ([found]) => found)
          : Effect.succeed(priced.metric)
      }

      return EntitlementUsage.of({
        facts: (subject, feature_code) =>
          snapshot(
            Effect.gen(function* () {
              const { facts, running } = yield* windows.granted(subject, feature_code, yield* DateTime.now)
              const metric = facts.metric_id === null || running.length === 0 ? undefined : yield* metricOf(running, facts.metric_id)
              if (metric === undefined) return { used: new Map<string, PeriodUsed>(), ...facts }
              const counted = yield* usage.aggregate(
                running.map(
                  ({ window }): UsageRequest => ({
                    subject: limitedSubject(window, metric.id),
                    metric,
                    period: periodOf(window),
                    buckets: ONE_BUCKET,
                    needs: NOTHING_MORE
                  })
                )
              )
              const used = running.map(({ window }, index): readonly [string, PeriodUsed] => [
                window.subscription_id,
                { used: Exact.toText(counted[index]![0]![0]!.usage.value), period_start: window.from, period_end: window.to }
              ])
              return { used: new Map(used), ...facts }
            })
          )
      })
    })
  )
