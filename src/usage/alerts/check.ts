/** The check of alerts when events have arrived: in the transaction that stored them, once for each alert and call. */
import { DateTime, Effect } from "effect"
import type { CurrentOrganization, IdSource, StorageError } from "../../core/index.js"
import type { UsageAlert, UsageAlertTrigger } from "./alert.js"
import { countedIn, firedAlert, newTriggers, rowsOf, triggerRows } from "./firing.js"
import type { ArrivedCode, UsageAlertStoreShape } from "./store.js"
import { type WatchServices, watch } from "./watch.js"

/**
 * Fires the alerts that the arrivals may concern and whose usage has newly reached a value. The alerts are locked first, and
 * only then is usage added up: of two batches that run at once the later one sees what the earlier one stored, so that a value
 * is neither missed nor told twice. Answers the subscriptions whose alerts were looked at.
 *
 * @see decisions P16
 */
export const checkAlerts = (
  store: UsageAlertStoreShape,
  services: WatchServices,
  ids: IdSource,
  arrived: ReadonlyArray<ArrivedCode>
): Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const alerts = yield* store.lockConcerned(arrived)
    if (alerts.length === 0) return []
    const now = yield* DateTime.now
    const firings = (yield* watch(services, alerts, now)).flatMap(({ alert, metric, seen }) => {
      if (seen === null) return []
      return [{ alert: countedIn(alert, seen.period_start), before: alert, metric, seen, triggers: newTriggers(alert, seen) }]
    })
    const fresh = (yield* ids.many(firings.reduce((sum, { triggers }) => sum + (triggers === null ? 0 : rowsOf(triggers)), 0)))[
      Symbol.iterator
    ]()
    const rows: Array<UsageAlertTrigger> = []
    const changed: Array<UsageAlert> = []
    for (const { alert, before, metric, seen, triggers } of firings) {
      if (triggers !== null) {
        rows.push(...triggerRows(alert, triggers, metric.code, seen, fresh, now))
        changed.push(firedAlert(alert, triggers, seen, now))
      } else if (alert.times_triggered !== before.times_triggered) changed.push({ ...alert, updated_at: now })
    }
    yield* store.insertTriggers(rows)
    yield* store.save(changed)
    return [...new Set(alerts.map((alert) => alert.subscription_id))]
  })
