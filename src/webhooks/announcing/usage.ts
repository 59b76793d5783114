/** What is told of usage: thresholds that were crossed, alerts that fired, events that do not count. */
import { Effect, Layer } from "effect"
import { CurrentOrganization, Exact } from "../../core/index.js"
import { UsageThresholdStore } from "../../invoicing/index.js"
import { EventStore, type NewEvent } from "../../metering/index.js"
import { UsageAlertStore } from "../../usage/index.js"
import { moment, type WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { AnnouncedRows } from "./rows.js"
import { byId, writesOver } from "./writes.js"

export const thresholdsLayer: Layer.Layer<UsageThresholdStore, never, UsageThresholdStore | AnnouncedRows | Outbox> = Layer.effect(
  UsageThresholdStore,
  Effect.gen(function* () {
    const store = yield* UsageThresholdStore
    const rows = yield* AnnouncedRows
    const { ofRows } = writesOver(yield* Outbox)
    return UsageThresholdStore.of({
      ...store,
      recordCrossings: (crossings) =>
        ofRows(crossings, store.recordCrossings(crossings), {
          events: Effect.fnUntraced(function* () {
            const thresholds = byId(yield* rows.thresholds([...new Set(crossings.map((crossing) => crossing.usage_threshold_id))]))
            return crossings.map((crossing): WebhookEvent => {
              const { amount_cents, currency, recurring } = thresholds.get(crossing.usage_threshold_id)!
              return {
                type: "usage_threshold.crossed",
                organization_id: crossing.organization_id,
                object_id: crossing.usage_threshold_id,
                data: {
                  subscription_id: crossing.subscription_id,
                  threshold_amount_cents: String(amount_cents),
                  current_usage_amount_cents: String(crossing.lifetime_usage_amount_cents),
                  currency,
                  recurring,
                  crossed_at: moment(crossing.crossed_at),
                  invoice_id: crossing.invoice_id
                }
              }
            })
          })
        })
    })
  })
)

/** Which multiple of an alert's value was reached: how often it has fired in its period. */
const multipleOf = (reached: string, value: string): number =>
  Number(Exact.toText(Exact.divide(Exact.unsafeFromText(reached), Exact.unsafeFromText(value))))

export const alertsLayer: Layer.Layer<UsageAlertStore, never, UsageAlertStore | AnnouncedRows | Outbox> = Layer.effect(
  UsageAlertStore,
  Effect.gen(function* () {
    const store = yield* UsageAlertStore
    const rows = yield* AnnouncedRows
    const { ofRows } = writesOver(yield* Outbox)
    return UsageAlertStore.of({
      ...store,
      insertTriggers: (triggers) =>
        ofRows(triggers, store.insertTriggers(triggers), {
          events: Effect.fnUntraced(function* () {
            const alerts = byId(yield* rows.alerts([...new Set(triggers.map((trigger) => trigger.usage_alert_id))]))
            return triggers.map((trigger): WebhookEvent => {
              const { recurring, subscription_id, threshold_value } = alerts.get(trigger.usage_alert_id)!
              return {
                type: "usage_alert.triggered",
                organization_id: trigger.organization_id as WebhookEvent["organization_id"],
                object_id: trigger.usage_alert_id,
                data: {
                  subscription_id,
                  billable_metric_code: trigger.metric_code,
                  threshold_value: trigger.threshold_value,
                  current_usage: trigger.current_usage,
                  recurring,
                  times_triggered: multipleOf(trigger.threshold_value, threshold_value),
                  triggered_at: moment(trigger.triggered_at)
                }
              }
            })
          })
        })
    })
  })
)

/** Events of a call that were stored just now and do not count: one webhook for all of them. */
const uncountedTold = (events: ReadonlyArray<NewEvent>, organization_id: WebhookEvent["organization_id"]): ReadonlyArray<WebhookEvent> => {
  const [first] = events
  if (first === undefined) return []
  const data = { transaction_ids: events.map(({ fact }) => fact.transaction_id), code: first.fact.code, reason: first.uncounted! }
  return [{ type: "event.error", organization_id, object_id: first.id, data }]
}

export const eventsLayer: Layer.Layer<EventStore, never, EventStore | Outbox> = Layer.effect(
  EventStore,
  Effect.gen(function* () {
    const store = yield* EventStore
    const { announcing } = yield* Outbox
    return EventStore.of({
      ...store,
      append: (events, now) => {
        const uncounted = events.filter(({ uncounted }) => uncounted !== undefined)
        if (uncounted.length === 0) return store.append(events, now)
        return Effect.flatMap(CurrentOrganization, (organization_id) =>
          announcing({
            organization_id,
            before: Effect.void,
            write: store.append(events, now),
            events: Effect.fnUntraced(function* (_, added) {
              if (added === events.length) return uncountedTold(uncounted, organization_id)
              const stored = new Set((yield* store.known(uncounted.map(({ fact }) => fact.transaction_id))).map(({ id }) => id))
              return uncountedTold(
                uncounted.filter(({ id }) => stored.has(id)),
                organization_id
              )
            })
          })
        )
      }
    })
  })
)
