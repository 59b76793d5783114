/** The service of usage by days: what is added up as events arrive, counted again on request. */
import { Context, Effect, Layer, Schema } from "effect"
import { type CurrentOrganization, decodeInput, Ids, Instant, InvalidInput, type StorageError, Text, Transactor } from "../../core/index.js"
import { UsageWindows } from "../../invoicing/index.js"
import {
  type BillableMetric,
  daysOf,
  eachMetric,
  MetricNotFound,
  MetricStore,
  type Recounted,
  recountSlots,
  SlotStore,
  UsageStore
} from "../../metering/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import { aggregateDays } from "./aggregation.js"
import { DailyUsageStore } from "./store.js"

const Recount = Schema.Struct({
  /** The days that [`from`, `to`) touches, in UTC; all there are unless given. */
  from: Schema.optional(Instant),
  to: Schema.optional(Instant),
  /** All metrics unless given. */
  metric_code: Schema.optional(Text.name(255))
})
export type RecountInput = typeof Recount.Encoded

const decodeRecount = decodeInput(Recount)

export interface DailyUsagesShape {
  /**
   * Writes `daily_usages`: for every running subscription and metric of its plan what it used yesterday, by the customer's local
   * days, and again every day over by now to which events have come since; answers how many rows were written. A second run at the same instant
   * writes what the first one wrote.
   *
   * @see spec billing 6.2
   */
  readonly aggregate: () => Effect.Effect<{ readonly written: number }, StorageError, CurrentOrganization>
  /**
   * Counts again what was added up of events by hours and days, and puts right what differs. Idempotent; a transaction for each piece
   * of days and metric, during which events of that metric wait. Needed after a metric got a filter key, so that it answers for days before.
   *
   * Fails with `InvalidInput`, `MetricNotFound`.
   */
  readonly recount: (input?: RecountInput) => Effect.Effect<Recounted, InvalidInput | MetricNotFound | StorageError, CurrentOrganization>
}

type Needs = DailyUsageStore | MetricStore | SlotStore | SubscriptionStore | UsageStore | UsageWindows | Transactor | Ids

export class DailyUsages extends Context.Tag("billwright/DailyUsages")<DailyUsages, DailyUsagesShape>() {
  static readonly layer: Layer.Layer<DailyUsages, never, Needs> = Layer.effect(
    DailyUsages,
    Effect.gen(function* () {
      const metrics = yield* MetricStore
      const services = {
        daily: yield* DailyUsageStore,
        metrics,
        slots: yield* SlotStore,
        subscriptions: yield* SubscriptionStore,
        usage: yield* UsageStore,
        windows: yield* UsageWindows,
        unit: yield* Transactor,
        ids: yield* Ids
      }

      return DailyUsages.of({
        aggregate: Effect.fn("DailyUsages.aggregate")(() => Effect.map(aggregateDays(services), (written) => ({ written }))),

        recount: Effect.fn("DailyUsages.recount")(function* (input = {}) {
          const { from, metric_code, to } = yield* decodeRecount(input)
          const days = daysOf(from?.epochMillis, to?.epochMillis)
          if (days.from >= days.to) return yield* new InvalidInput({ field: "to", reason: "expected an instant after from" })
          const total = { slots: 0, corrected: 0 }
          const recount = (metric: BillableMetric) =>
            Effect.map(recountSlots(services, metric, days), ({ corrected, slots }) => {
              total.slots += slots
              total.corrected += corrected
            })
          if (metric_code === undefined) yield* eachMetric(metrics, recount)
          else {
            const [metric] = yield* metrics.load({ ids: [], codes: [metric_code] })
            if (metric === undefined) return yield* new MetricNotFound({ code: metric_code })
            yield* recount(metric)
          }
          return total
        })
      })
    })
  )
}
