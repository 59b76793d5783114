/**
 * Arrivals with thresholds. The subscriptions are locked for update before anybody else is told, who would share the lock:
 * two batches that both held a share could not both be the one that issues the invoice.
 */
import { DateTime, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import { type Arrival, Arrivals } from "../../metering/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import { ThresholdChecks } from "./check.js"
import { UsageThresholdStore } from "./store.js"

/**
 * The check comes last, since the numbers of its invoices are the transaction's last writes (I2). A subscription that cannot
 * be rated is passed over: its events are facts all the same, and the billing run names the reason.
 */
export const thresholdArrivalsLayer: Layer.Layer<Arrivals, never, Arrivals | UsageThresholdStore | SubscriptionStore | ThresholdChecks> =
  Layer.effect(
    Arrivals,
    Effect.gen(function* () {
      const told = yield* Arrivals
      const store = yield* UsageThresholdStore
      const subscriptions = yield* SubscriptionStore
      const checks = yield* ThresholdChecks
      /** Around what others do of the arrivals. */
      const around = <A>(
        arrivals: ReadonlyArray<Arrival>,
        others: Effect.Effect<A, StorageError, CurrentOrganization>
      ): Effect.Effect<readonly [ReadonlyArray<string>, A], StorageError, CurrentOrganization> =>
        Effect.gen(function* () {
          const concerned = yield* store.concerned(arrivals)
          const rows = concerned.length === 0 ? [] : yield* subscriptions.lock(concerned)
          const answer = yield* others
          if (rows.length > 0) yield* checks.check(rows, yield* DateTime.now)
          return [concerned, answer]
        })

      return Arrivals.of({
        note: (arrivals) => Effect.asVoid(around(arrivals, told.note(arrivals))),
        check: (arrivals) => Effect.map(around(arrivals, told.check(arrivals)), ([own, others]) => [...new Set([...own, ...others])])
      })
    })
  )
