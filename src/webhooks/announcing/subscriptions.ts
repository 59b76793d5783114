/** What is told of subscriptions. */
import { Effect, Layer } from "effect"
import { CustomerStore } from "../../accounts/index.js"
import { PlanTerms } from "../../catalog/index.js"
import { startOfDay } from "../../core/index.js"
import { planChangeType, type Subscription, SubscriptionStore } from "../../subscriptions/index.js"
import { Outbox } from "../outbox.js"
import { changesPlan, subscriptionChanged, subscriptionMade } from "./subscription-events.js"
import { byId, writesOver } from "./writes.js"

export const subscriptionsLayer: Layer.Layer<SubscriptionStore, never, SubscriptionStore | CustomerStore | PlanTerms | Outbox> =
  Layer.effect(
    SubscriptionStore,
    Effect.gen(function* () {
      const store = yield* SubscriptionStore
      const customers = yield* CustomerStore
      const planTerms = yield* PlanTerms
      const { ofRows } = writesOver(yield* Outbox)

      /** What says which way plans change, and when: read only where one does. */
      const contextOf = Effect.fnUntraced(function* (changing: ReadonlyArray<readonly [before: Subscription, after: Subscription]>) {
        const rows = changing.flat()
        const terms =
          rows.length === 0
            ? null
            : yield* planTerms
                .load(rows.map(({ plan_id, plan_version: version }) => ({ plan_id, version })))
                // A version that is gone cannot be a subscription's.
                .pipe(Effect.catchTag("PlanNotFound", Effect.die))
        const zones = byId(rows.length === 0 ? [] : yield* customers.load([...new Set(rows.map(({ customer_id }) => customer_id))]))
        return {
          changeType: (from: Subscription, to: { readonly plan_id: string; readonly version: number }) => {
            const target = terms!(to)
            return planChangeType(terms!({ plan_id: from.plan_id, version: from.plan_version }), {
              ...target.plan,
              amount_cents: target.amount_cents
            })
          },
          boundaryOf: (row: Subscription) =>
            row.next_first_day === null ? row.updated_at : startOfDay(row.next_first_day, zones.get(row.customer_id)!.timezone)
        }
      })

      return SubscriptionStore.of({
        ...store,
        insert: (row) => ofRows([row], store.insert(row), { events: () => subscriptionMade(row) }),
        save: (rows) =>
          ofRows(rows, store.save(rows), {
            before: store.load(rows.map(({ id }) => id)),
            events: Effect.fnUntraced(function* (found) {
              const known = byId(found)
              const pairs = rows.flatMap((after) => {
                const before = known.get(after.id)
                return before === undefined ? [] : [[before, after] as const]
              })
              const context = yield* contextOf(pairs.filter(([before, after]) => changesPlan(before, after)))
              return pairs.flatMap(([before, after]) => subscriptionChanged(before, after, context))
            })
          })
      })
    })
  )
