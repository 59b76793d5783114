/** The service of subscriptions: what a host does with them. Money moves through the billing port, in the same transaction. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import { type PlanNotFound, Plans } from "../catalog/index.js"
import {
  type CurrentOrganization,
  decodeInput,
  type ExternalIdTaken,
  Ids,
  InvalidInput,
  type InvalidTransition,
  isUuid,
  localDate,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { SubscriptionBilling } from "./billing-port.js"
import { type BillingFailed, SubscriptionNotFound } from "./errors.js"
import { SubscriptionStore } from "./store.js"
import {
  CreateSubscription,
  type CreateSubscriptionInput,
  type Subscription,
  SubscriptionId,
  SubscriptionStatus,
  TerminationAction
} from "./subscription.js"
import { type SubscriptionAction, transition } from "./transitions.js"

/** A subscription by its id, or by the host's own. */
export type SubscriptionRef = { readonly id: string } | { readonly external_id: string }

const ListSubscriptions = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  plan_id: Schema.optional(Schema.String),
  status: Schema.optional(SubscriptionStatus)
})
export type ListSubscriptionsInput = typeof ListSubscriptions.Encoded

const Terminate = Schema.Struct({ on_termination_action: Schema.optional(TerminationAction) })
export type TerminateInput = typeof Terminate.Encoded

const decodeCreate = decodeInput(CreateSubscription)
const decodeList = decodeInput(ListSubscriptions)
const decodeTerminate = decodeInput(Terminate)

export interface SubscriptionsShape {
  /**
   * Subscribes a customer to the current version of a plan. The start is `started_at`, else a `subscription_at` in the
   * future, else now; a start in the future waits as pending. In advance the first base fee is invoiced at once; every
   * ended period since a start in the past is billed by the next run.
   *
   * Fails with `InvalidInput`, `CustomerNotFound`, `PlanNotFound`, `ExternalIdTaken`, `BillingFailed`.
   *
   * @see decisions S1, S6, O9
   */
  readonly create: (
    input: CreateSubscriptionInput
  ) => Effect.Effect<
    Subscription,
    InvalidInput | CustomerNotFound | PlanNotFound | ExternalIdTaken | BillingFailed | StorageError,
    CurrentOrganization
  >
  /** By id or external id. Fails with `SubscriptionNotFound`. */
  readonly get: (ref: SubscriptionRef) => Effect.Effect<Subscription, SubscriptionNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListSubscriptionsInput) => Effect.Effect<Page<Subscription>, InvalidInput | StorageError, CurrentOrganization>
  /** Starts a pending subscription now, earlier than planned. Fails with `SubscriptionNotFound`, `InvalidTransition`, `BillingFailed`. */
  readonly activate: (
    ref: SubscriptionRef
  ) => Effect.Effect<Subscription, SubscriptionNotFound | InvalidTransition | BillingFailed | StorageError, CurrentOrganization>
  /**
   * Ends it now: what was due before is billed first, then the running window is cut here and billed, or with `skip` never.
   * A pending one ends without money.
   *
   * Fails with `SubscriptionNotFound`, `InvalidTransition`, `InvalidInput`, `BillingFailed`.
   *
   * @see decisions S3
   */
  readonly terminate: (
    ref: SubscriptionRef,
    input?: TerminateInput
  ) => Effect.Effect<
    Subscription,
    SubscriptionNotFound | InvalidTransition | InvalidInput | BillingFailed | StorageError,
    CurrentOrganization
  >
}

export class Subscriptions extends Context.Tag("billwright/Subscriptions")<Subscriptions, SubscriptionsShape>() {
  static readonly layer: Layer.Layer<
    Subscriptions,
    never,
    SubscriptionStore | SubscriptionBilling | CustomerStore | Plans | Transactor | Ids
  > = Layer.effect(
    Subscriptions,
    Effect.gen(function* () {
      const store = yield* SubscriptionStore
      const billing = yield* SubscriptionBilling
      const customers = yield* CustomerStore
      const plans = yield* Plans
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (ref: SubscriptionRef) {
        const found = "id" in ref && !isUuid(ref.id) ? undefined : yield* store.find(ref)
        return found ?? (yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id }))
      })

      /** The row with its lock, allowed to do `action`, and the status that this leads to. */
      const lockFor = Effect.fnUntraced(function* (ref: SubscriptionRef, action: SubscriptionAction) {
        const { id } = yield* find(ref)
        const [row] = yield* store.lock([id])
        const to = yield* transition(row!, action)
        return { row: row!, to }
      })

      const create: SubscriptionsShape["create"] = Effect.fn("Subscriptions.create")(function* (input) {
        const given = yield* decodeCreate(input)
        return yield* transaction(
          Effect.gen(function* () {
            const customer =
              (yield* customers.find({ external_id: given.external_customer_id })) ??
              (yield* new CustomerNotFound({ id: given.external_customer_id }))
            const plan = yield* plans.get({ code: given.plan_code })
            const now = yield* DateTime.now
            const planned = given.subscription_at !== undefined && DateTime.greaterThan(given.subscription_at, now)
            const starts_at = given.started_at ?? (planned ? given.subscription_at! : now)
            const pending = DateTime.greaterThan(starts_at, now)
            if (given.ending_at !== undefined && DateTime.lessThanOrEqualTo(given.ending_at, starts_at)) {
              return yield* new InvalidInput({ field: "ending_at", reason: "expected an instant after the start" })
            }
            const subscription_at = given.subscription_at ?? starts_at
            const row: Subscription = {
              id: SubscriptionId.make(yield* ids.next),
              organization_id: customer.organization_id,
              external_id: given.external_id,
              customer_id: customer.id,
              plan_id: plan.id,
              plan_version: plan.version,
              status: pending ? "pending" : "active",
              billing_time: given.billing_time,
              pay_in_advance: given.pay_in_advance,
              trial_period_days: given.trial_period_days ?? plan.trial_period_days,
              trial_ended_at: null,
              subscription_at,
              anchor_date: localDate(subscription_at, customer.timezone),
              previous_plan_id: null,
              downgraded_at: null,
              billing_entity_id: given.billing_entity_id ?? null,
              on_termination_action: given.on_termination_action,
              starts_at,
              started_at: pending ? null : starts_at,
              ending_at: given.ending_at ?? null,
              canceled_at: null,
              paused_at: null,
              resumed_at: null,
              window_start: null,
              window_first_day: null,
              period_first_day: null,
              next_first_day: null,
              next_due_at: starts_at,
              created_at: now,
              updated_at: now
            }
            yield* store.insert(row)
            return pending ? row : yield* billing.start(row, now)
          })
        )
      })

      const activate: SubscriptionsShape["activate"] = Effect.fn("Subscriptions.activate")(function* (ref) {
        return yield* transaction(
          Effect.gen(function* () {
            const { row, to } = yield* lockFor(ref, "activate")
            const now = yield* DateTime.now
            return yield* billing.start({ ...row, status: to, starts_at: now, started_at: now }, now)
          })
        )
      })

      const terminate: SubscriptionsShape["terminate"] = Effect.fn("Subscriptions.terminate")(function* (ref, input = {}) {
        const given = yield* decodeTerminate(input)
        return yield* transaction(
          Effect.gen(function* () {
            const { row } = yield* lockFor(ref, "terminate")
            const now = yield* DateTime.now
            const action = given.on_termination_action ?? row.on_termination_action
            if (row.started_at === null) {
              const ended: Subscription = { ...row, status: "terminated", ending_at: now, next_due_at: null, updated_at: now }
              yield* store.save([ended])
              return ended
            }
            const current = yield* billing.catchUp(row, now, now)
            // A planned end that was due before now has ended it: the command comes too late, and what was due stays done.
            if (current.status === "terminated") return current
            return yield* billing.end({ ...current, ending_at: now, on_termination_action: action }, now)
          })
        )
      })

      return Subscriptions.of({
        create,
        activate,
        terminate,
        get: Effect.fn("Subscriptions.get")(find),
        list: Effect.fn("Subscriptions.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "external_id"])
          return pageOf(request, yield* store.page(given, request))
        })
      })
    })
  )
}
