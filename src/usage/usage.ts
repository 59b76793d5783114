/** The service of usage reads: what a subscription has used, what it costs, and where it is going. Stores nothing. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../accounts/index.js"
import { CustomFunctions } from "../catalog/index.js"
import { Ids, type InvalidInput, localDate, Transactor } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import { AdvanceBilling, UsageWindows } from "../invoicing/index.js"
import { EventStore, type MetricNotFound, MetricStore, UsageStore } from "../metering/index.js"
import { AdvanceRating, AdvanceStore, Rating, subjectOf } from "../rating/index.js"
import { type SubscriptionNotFound, type SubscriptionRef, SubscriptionStore } from "../subscriptions/index.js"
import { BilledUsageStore, type PastUsage, pastUsage } from "./billed-usage.js"
import { type Desk, find, metricOf, type Read } from "./desk.js"
import type { Estimate } from "./estimate.js"
import { type EstimateError, estimateAlone, estimateEvent } from "./estimation.js"
import { currentUsage, type PeriodError, type ProjectedUsage, projectedUsage } from "./period-reads.js"
import { type DayUsage, dayUsage, trendDays, trendRequests } from "./trend.js"
import { decodePast, decodeTrend, type EstimateInput, type PastInput, type TrendInput } from "./usage-input.js"
import type { PeriodUsage } from "./view.js"

export interface UsageShape {
  /**
   * The running period of a subscription, each charge with its filters and groups, priced as the invoice will be but for
   * minimum spends. Charges paid in advance show what was billed and the present level.
   *
   * Fails with `SubscriptionNotFound`, `InvalidTransition` before the start and after the end, `ChargeNotRatable`.
   *
   * @see spec pricing 8
   */
  readonly current: (ref: SubscriptionRef) => Read<PeriodUsage, PeriodError>
  /**
   * The same at the end of the period: units scaled by the days gone, today included, and priced again; recurring metrics
   * as they are. Fails like `current`.
   *
   * @see decisions P20
   */
  readonly projected: (ref: SubscriptionRef) => Read<ProjectedUsage, PeriodError>
  /**
   * The last 1 to 36 ended periods as they were billed, latest first, with minimum spends and corrections, less what these gave back. Fails with
   * `SubscriptionNotFound`, `InvalidInput`.
   */
  readonly past: (ref: SubscriptionRef, input?: PastInput) => Read<ReadonlyArray<PastUsage>, SubscriptionNotFound | InvalidInput>
  /**
   * What a metric counts on each local day of the customer, days without events as 0; nothing is carried over from day to
   * day. Fails with `SubscriptionNotFound`, `MetricNotFound`, `InvalidInput` (more than 366 days).
   */
  readonly trend: (
    ref: SubscriptionRef,
    input: TrendInput
  ) => Read<ReadonlyArray<DayUsage>, SubscriptionNotFound | MetricNotFound | InvalidInput>
  /**
   * What one more event would cost: price of the running period with it less price without it, over all charges of its
   * metric. Nothing stays stored.
   *
   * Fails with `InvalidInput`, `MetricNotFound`, `CustomerNotFound`, `SubscriptionNotFound` (or where no subscription of the
   * customer prices the metric), `InvalidTransition` where it is not running, `ChargeNotRatable`.
   *
   * @see spec pricing 8
   */
  readonly estimate: (event: EstimateInput) => Read<Estimate, EstimateError>
  /** The price of an event by itself, without reading any usage; null where a model depends on history. Fails like `estimate`. */
  readonly estimateInstant: (event: EstimateInput) => Read<Estimate | null, EstimateError>
}

type Needs =
  | SubscriptionStore
  | CustomerStore
  | MetricStore
  | EventStore
  | UsageStore
  | BilledUsageStore
  | UsageWindows
  | Rating
  | AdvanceRating
  | CreditNoteStore
  | AdvanceStore
  | AdvanceBilling
  | Transactor
  | Ids

export class Usage extends Context.Tag("billwright/Usage")<Usage, UsageShape>() {
  static readonly layer: Layer.Layer<Usage, never, Needs> = Layer.effect(
    Usage,
    Effect.gen(function* () {
      const desk: Desk = {
        subscriptions: yield* SubscriptionStore,
        customers: yield* CustomerStore,
        metrics: yield* MetricStore,
        events: yield* EventStore,
        usage: yield* UsageStore,
        windows: yield* UsageWindows,
        rating: yield* Rating,
        advance: yield* AdvanceRating,
        notes: yield* CreditNoteStore,
        advanceLines: yield* AdvanceStore,
        advanceBilling: yield* AdvanceBilling,
        functions: yield* CustomFunctions,
        unit: yield* Transactor,
        ids: yield* Ids
      }
      const billed = yield* BilledUsageStore

      return Usage.of({
        current: Effect.fn("Usage.current")((ref) => currentUsage(desk, ref)),
        projected: Effect.fn("Usage.projected")((ref) => projectedUsage(desk, ref)),

        past: Effect.fn("Usage.past")(function* (ref, input = {}) {
          const { periods_count } = yield* decodePast(input)
          return yield* desk.unit.snapshot(
            Effect.gen(function* () {
              const { id } = yield* find(desk, ref)
              const { fees, windows } = yield* billed.lastWindows(id, periods_count)
              return pastUsage(windows, fees, yield* desk.notes.itemsOf(fees.map((fee) => fee.id)))
            })
          )
        }),

        trend: Effect.fn("Usage.trend")(function* (ref, input) {
          const { from, metric_code, to } = yield* decodeTrend(input)
          return yield* desk.unit.snapshot(
            Effect.gen(function* () {
              const now = yield* DateTime.now
              const { row, usage } = yield* desk.windows.find(ref, now)
              const metric = yield* metricOf(desk, metric_code)
              const timezone = usage.timezoneOf(row)
              const days = yield* trendDays(localDate(now, timezone), { from, to })
              const subject = subjectOf(usage.lifeOf(row), metric.id)
              const counted = yield* desk.usage.aggregate(trendRequests(days, metric, subject, timezone))
              return days.map((day, index) => dayUsage(day, counted[index]!))
            })
          )
        }),

        estimate: Effect.fn("Usage.estimate")((event) => estimateEvent(desk, event)),
        estimateInstant: Effect.fn("Usage.estimateInstant")((event) => estimateAlone(desk, event))
      })
    })
  )
}
