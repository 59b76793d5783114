/** Arrivals with alerts: after everybody else was told, what watches the metrics of the events is checked. */
import { Effect, Layer } from "effect"
import { Ids } from "../../core/index.js"
import { UsageWindows } from "../../invoicing/index.js"
import { type Arrival, Arrivals, MetricStore, UsageStore } from "../../metering/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import { checkAlerts } from "./check.js"
import { type ArrivedCode, UsageAlertStore } from "./store.js"
import type { WatchServices } from "./watch.js"

const arrivedCodes = (arrivals: ReadonlyArray<Arrival>): ReadonlyArray<ArrivedCode> =>
  arrivals.flatMap(({ codes, external_customer_id, external_subscription_id }) =>
    Array.from(codes, (code) => ({ external_customer_id, external_subscription_id, code }))
  )

export const watchedArrivalsLayer: Layer.Layer<
  Arrivals,
  never,
  Arrivals | UsageAlertStore | SubscriptionStore | MetricStore | UsageWindows | UsageStore | Ids
> = Layer.effect(
  Arrivals,
  Effect.gen(function* () {
    const told = yield* Arrivals
    const store = yield* UsageAlertStore
    const services: WatchServices = {
      subscriptions: yield* SubscriptionStore,
      metrics: yield* MetricStore,
      windows: yield* UsageWindows,
      usage: yield* UsageStore
    }
    const ids = yield* Ids
    const check = (arrivals: ReadonlyArray<Arrival>) => checkAlerts(store, services, ids, arrivedCodes(arrivals))
    return Arrivals.of({
      note: (arrivals) => Effect.asVoid(Effect.zipRight(told.note(arrivals), check(arrivals))),
      check: (arrivals) => Effect.zipWith(told.check(arrivals), check(arrivals), (others, own) => [...new Set([...others, ...own])])
    })
  })
)
