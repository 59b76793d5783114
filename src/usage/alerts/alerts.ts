/** The service of usage alerts. They are checked as events arrive; nothing here fires one. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  byId,
  CurrentOrganization,
  decodeInput,
  Exact,
  Ids,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  type PageInput,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { UsageWindows } from "../../invoicing/index.js"
import { MetricNotFound, MetricStore, UsageStore } from "../../metering/index.js"
import { alertValue } from "../../rating/index.js"
import { isOver, SubscriptionNotFound, SubscriptionStore } from "../../subscriptions/index.js"
import {
  CreateAlert,
  type CreateAlertInput,
  editedAlert,
  ListAlerts,
  type ListAlertsInput,
  UNFIRED,
  UpdateAlert,
  type UpdateAlertInput,
  type UsageAlert,
  UsageAlertId,
  type UsageAlertTrigger
} from "./alert.js"
import { UsageAlertNotFound } from "./errors.js"
import { countedIn, newTriggers } from "./firing.js"
import { UsageAlertStore } from "./store.js"
import { type WatchServices, watch } from "./watch.js"

const decodeCreate = decodeInput(CreateAlert)
const decodeUpdate = decodeInput(UpdateAlert)
const decodeList = decodeInput(ListAlerts)
const decodePage = decodeInput(Schema.Struct(pageFields))

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** Where an alert stands in the running period. Decimal texts. */
export interface AlertStatus {
  readonly alert: UsageAlert
  readonly usage: string
  readonly threshold_value: string
  /** usage ÷ threshold in per cent: `75` for 75 of 100. */
  readonly percentage: string
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
}

/** What the next arrival would fire if usage stayed as it is. */
export interface AlertTest extends AlertStatus {
  readonly would_fire: number
  /** The first and the last value that it would tell; null where it would not fire. */
  readonly first_value: string | null
  readonly last_value: string | null
}

export interface UsageAlertsShape {
  /**
   * Watches a metric that the subscription's plan prices. Fires first when the next event of it arrives.
   *
   * Fails with `InvalidInput`, `SubscriptionNotFound`, `InvalidTransition` once it has ended, `MetricNotFound`.
   *
   * @see decisions P16
   */
  readonly create: (input: CreateAlertInput) => Call<UsageAlert, InvalidInput | SubscriptionNotFound | InvalidTransition | MetricNotFound>
  readonly get: (id: string) => Call<UsageAlert, UsageAlertNotFound>
  readonly list: (input?: ListAlertsInput) => Call<Page<UsageAlert>, InvalidInput>
  /** Another threshold, or another `recurring`, makes it as if it had never fired. Fails with `InvalidInput`, `UsageAlertNotFound`. */
  readonly update: (id: string, input: UpdateAlertInput) => Call<UsageAlert, InvalidInput | UsageAlertNotFound>
  /** Deletes it with its history. Fails with `UsageAlertNotFound`. */
  readonly delete: (id: string) => Call<void, UsageAlertNotFound>
  /** Fails with `UsageAlertNotFound`, and `InvalidTransition` where the subscription is not running. */
  readonly status: (id: string) => Call<AlertStatus, UsageAlertNotFound | InvalidTransition>
  /** The status, and what would fire; nothing does. Fails like `status`. */
  readonly test: (id: string) => Call<AlertTest, UsageAlertNotFound | InvalidTransition>
  /** Its firings, newest first unless ordered otherwise. Fails with `UsageAlertNotFound`, `InvalidInput`. */
  readonly history: (id: string, input?: PageInput) => Call<Page<UsageAlertTrigger>, UsageAlertNotFound | InvalidInput>
}

const HUNDRED = Exact.fromBigInt(100n)

export class UsageAlerts extends Context.Tag("billwright/UsageAlerts")<UsageAlerts, UsageAlertsShape>() {
  static readonly layer: Layer.Layer<
    UsageAlerts,
    never,
    UsageAlertStore | SubscriptionStore | MetricStore | UsageWindows | UsageStore | Transactor | Ids
  > = Layer.effect(
    UsageAlerts,
    Effect.gen(function* () {
      const store = yield* UsageAlertStore
      const services: WatchServices = {
        subscriptions: yield* SubscriptionStore,
        metrics: yield* MetricStore,
        windows: yield* UsageWindows,
        usage: yield* UsageStore
      }
      const { snapshot, transaction } = yield* Transactor
      const ids = yield* Ids

      const by = byId((id) => new UsageAlertNotFound({ id }))
      const find = by(store.find)

      /** An alert against the usage of now. */
      const look = Effect.fnUntraced(function* (id: string) {
        const alert = yield* find(id)
        const [watched] = yield* watch(services, [alert], yield* DateTime.now)
        const seen = watched!.seen
        if (seen === null) {
          const [row] = yield* services.subscriptions.load([alert.subscription_id])
          return yield* new InvalidTransition({ entity: "Subscription", id: row!.id, from: row!.status, action: "use" })
        }
        const share = Exact.divide(Exact.multiply(seen.usage, HUNDRED), Exact.unsafeFromText(alert.threshold_value))
        const status: AlertStatus = {
          alert: countedIn(alert, seen.period_start),
          usage: Exact.toText(seen.usage),
          threshold_value: alert.threshold_value,
          percentage: Exact.toText(share),
          period_start: seen.window.from,
          period_end: seen.window.to
        }
        return { status, triggers: newTriggers(alert, seen) }
      })

      return UsageAlerts.of({
        create: Effect.fn("UsageAlerts.create")(function* (input) {
          const { external_subscription_id: external_id, metric_code, ...given } = yield* decodeCreate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const row = yield* services.subscriptions.find({ external_id })
              if (row === undefined) return yield* new SubscriptionNotFound({ id: external_id })
              const now = yield* DateTime.now
              const lookup = yield* services.windows.load([row], now)
              if (isOver(row)) {
                return yield* new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "watch" })
              }
              const priced = lookup.termsOf(row).charges.find(({ metric }) => metric.code === metric_code)
              if (priced === undefined) return yield* new MetricNotFound({ code: metric_code })
              const alert: UsageAlert = {
                ...given,
                ...UNFIRED,
                id: UsageAlertId.make(yield* ids.next),
                organization_id: yield* CurrentOrganization,
                subscription_id: row.id,
                billable_metric_id: priced.metric.id,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(alert)
              return alert
            })
          )
        }),

        get: Effect.fn("UsageAlerts.get")(find),

        list: Effect.fn("UsageAlerts.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "name"])
          return pageOf(request, yield* store.page(given, request))
        }),

        update: Effect.fn("UsageAlerts.update")(function* (id, input) {
          const given = yield* decodeUpdate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const after: UsageAlert = { ...editedAlert(yield* by(store.lock)(id), given), updated_at: yield* DateTime.now }
              yield* store.save([after])
              return after
            })
          )
        }),

        delete: Effect.fn("UsageAlerts.delete")(function* (id) {
          const removed = isUuid(id) && (yield* transaction(store.remove(id)))
          if (!removed) return yield* new UsageAlertNotFound({ id })
        }),

        status: Effect.fn("UsageAlerts.status")((id) => snapshot(Effect.map(look(id), ({ status }) => status))),

        test: Effect.fn("UsageAlerts.test")((id) =>
          snapshot(
            Effect.map(look(id), ({ status, triggers }): AlertTest => {
              const value = (multiple: number | undefined) => (multiple === undefined ? null : alertValue(status.alert, multiple))
              return {
                ...status,
                would_fire: triggers === null ? 0 : triggers.last - triggers.first + 1,
                first_value: value(triggers?.first),
                last_value: value(triggers?.last)
              }
            })
          )
        ),

        history: Effect.fn("UsageAlerts.history")(function* (id, input = {}) {
          const given = yield* decodePage(input)
          const request = yield* pageRequest({ order_by: "triggered_at:desc", ...given }, ["triggered_at"])
          return yield* snapshot(
            Effect.gen(function* () {
              const alert = yield* find(id)
              return pageOf(request, yield* store.pageTriggers(alert.id, request))
            })
          )
        })
      })
    })
  )
}
