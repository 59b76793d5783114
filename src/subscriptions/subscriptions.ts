/** The service of subscriptions: what a host does with them. Money moves through the billing port, in the same transaction. */
import { Context, Effect, Layer } from "effect"
import { type BillingEntityNotFound, BillingEntityStore, type CustomerNotFound, CustomerStore } from "../accounts/index.js"
import { type PlanNotFound, PlanStore, PlanTerms } from "../catalog/index.js"
import {
  type CurrencyMismatch,
  type CurrentOrganization,
  decodeInput,
  type ExternalIdTaken,
  forEachId,
  Ids,
  type Immutable,
  type InvalidInput,
  type InvalidTransition,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { SubscriptionBilling } from "./billing-port.js"
import type { BulkResult } from "./bulk.js"
import * as commands from "./commands.js"
import { activate, create } from "./creation.js"
import { type AdmissionError, type Desk, find } from "./desk.js"
import type { BillingFailed, SamePlan, SubscriptionNotFound } from "./errors.js"
import {
  Bulk,
  type BulkInput,
  BulkTerminate,
  type BulkTerminateInput,
  type CancelInput,
  type ChangePlanInput,
  type CreateSubscriptionInput,
  ListSubscriptions,
  type ListSubscriptionsInput,
  type PreviewPlanChangeInput,
  type SubscriptionRef,
  type TerminateInput,
  type UpdateSubscriptionInput
} from "./inputs.js"
import type { LifeEvent } from "./life.js"
import type { PlanChangePreview } from "./plan-change.js"
import * as queries from "./queries.js"
import type { NextBilling } from "./reads.js"
import { SubscriptionStore } from "./store.js"
import type { Subscription } from "./subscription.js"
import { update } from "./update.js"

const decodeList = decodeInput(ListSubscriptions)
const decodeBulk = decodeInput(Bulk)
const decodeBulkTerminate = decodeInput(BulkTerminate)

type Call<A, E> = Effect.Effect<A, E | StorageError, CurrentOrganization>
type Change<E = never> = Call<Subscription, AdmissionError | E>
type BulkChange = Call<BulkResult<AdmissionError | InvalidInput | StorageError>, InvalidInput>

export interface SubscriptionsShape {
  /**
   * Subscribes a customer to the current version of a plan. The start is `started_at`, else a `subscription_at` in the
   * future, else now; a start in the future waits as pending. In advance the first base fee is invoiced at once; every
   * ended period since a start in the past is billed by the next run.
   *
   * Fails with `InvalidInput`, `CustomerNotFound`, `PlanNotFound`, `BillingEntityNotFound`, `ExternalIdTaken`, `BillingFailed`.
   *
   * @see decisions S1, S6, O9
   */
  readonly create: (
    input: CreateSubscriptionInput
  ) => Call<Subscription, BillingFailed | InvalidInput | CustomerNotFound | PlanNotFound | BillingEntityNotFound | ExternalIdTaken>
  /** By id or external id. Fails with `SubscriptionNotFound`. */
  readonly get: (ref: SubscriptionRef) => Call<Subscription, SubscriptionNotFound>
  /** Sorted by `created_at` or `external_id`. */
  readonly list: (input?: ListSubscriptionsInput) => Call<Page<Subscription>, InvalidInput>
  /**
   * Changes the billing entity, the planned end, the termination action; before the start also anchor, billing time, trial
   * and `pay_in_advance`, which are `Immutable` later.
   *
   * Fails with `SubscriptionNotFound`, `InvalidInput`, `InvalidTransition` once it is over, `Immutable`, `BillingEntityNotFound`.
   */
  readonly update: (
    ref: SubscriptionRef,
    input: UpdateSubscriptionInput
  ) => Call<Subscription, SubscriptionNotFound | InvalidInput | InvalidTransition | Immutable | BillingEntityNotFound>
  /** Starts a pending subscription now, earlier than planned. Fails with `SubscriptionNotFound`, `InvalidTransition`, `BillingFailed`. */
  readonly activate: (ref: SubscriptionRef) => Change
  /** From now on no base fee is owed; usage goes on. What was due before is billed first. Fails like `activate`. @see decisions S7 */
  readonly pause: (ref: SubscriptionRef) => Change
  /**
   * Ends a pause. In advance the paused days of the fee that was billed are given back, or, where the period began paused,
   * the rest of it is billed. Fails like `activate`.
   *
   * @see decisions S7
   */
  readonly resume: (ref: SubscriptionRef) => Change
  /**
   * Lets it end with the running period, in a trial with the trial; `when: "now"` at once, like `terminate`. Calls a waiting
   * downgrade off. A pending one never starts. Fails like `activate`, and with `InvalidInput`.
   *
   * @see decisions S3
   */
  readonly cancel: (ref: SubscriptionRef, input?: CancelInput) => Change<InvalidInput>
  /**
   * Ends it now: what was due before is billed first, then the running window is cut here and billed, and days of a fee in
   * advance given back, as the action says. A pending one ends without money. Fails like `activate`, and with `InvalidInput`.
   *
   * @see decisions S3
   */
  readonly terminate: (ref: SubscriptionRef, input?: TerminateInput) => Change<InvalidInput>
  /**
   * Changes the plan. The same price a year or more: at once, by days. Less: at the period's end, unless `when: "now"`; asked
   * again the target is replaced. A pending subscription only swaps its plan.
   *
   * Fails like `activate`, and with `InvalidInput`, `PlanNotFound`, `SamePlan`, `CurrencyMismatch`.
   *
   * @see decisions S4, S5
   */
  readonly changePlan: (ref: SubscriptionRef, input: ChangePlanInput) => Change<InvalidInput | PlanNotFound | SamePlan | CurrencyMismatch>
  /** Calls a waiting downgrade off. Fails like `activate`; `InvalidTransition` also where none waits. @see decisions S5 */
  readonly cancelPlanChange: (ref: SubscriptionRef) => Change
  /** Pauses 1 to 100 subscriptions by id, a transaction each. Fails with `InvalidInput`; what fails of one is in its item. */
  readonly bulkPause: (input: BulkInput) => BulkChange
  readonly bulkResume: (input: BulkInput) => BulkChange
  /** One action for all, where one is given. */
  readonly bulkTerminate: (input: BulkTerminateInput) => BulkChange
  /** When it is billed next, and why. Fails with `SubscriptionNotFound`, `InvalidTransition` once it is over. */
  readonly nextBilling: (ref: SubscriptionRef) => Call<NextBilling, SubscriptionNotFound | InvalidTransition>
  /** What happened to it and its documents, oldest first. Fails with `SubscriptionNotFound`. */
  readonly lifecycle: (ref: SubscriptionRef) => Call<ReadonlyArray<LifeEvent>, SubscriptionNotFound>
  /**
   * What a change of plan would come to: days, credit, charge, net, base fees only. Nothing is stored. Fails like `changePlan`,
   * and with `InvalidInput` where `at` is not in the running period.
   *
   * @see decisions S4, S5
   */
  readonly previewPlanChange: (
    ref: SubscriptionRef,
    input: PreviewPlanChangeInput
  ) => Call<PlanChangePreview, SubscriptionNotFound | InvalidInput | InvalidTransition | PlanNotFound | SamePlan | CurrencyMismatch>
}

const makeDesk = Effect.gen(function* () {
  const desk: Desk = {
    store: yield* SubscriptionStore,
    billing: yield* SubscriptionBilling,
    customers: yield* CustomerStore,
    entities: yield* BillingEntityStore,
    plans: yield* PlanStore,
    terms: yield* PlanTerms,
    unit: yield* Transactor,
    ids: yield* Ids
  }
  return desk
})

export class Subscriptions extends Context.Tag("billwright/Subscriptions")<Subscriptions, SubscriptionsShape>() {
  static readonly layer: Layer.Layer<
    Subscriptions,
    never,
    SubscriptionStore | SubscriptionBilling | CustomerStore | BillingEntityStore | PlanStore | PlanTerms | Transactor | Ids
  > = Layer.effect(
    Subscriptions,
    Effect.map(makeDesk, (desk) => {
      const [pause, resume, terminate] = [commands.pause(desk), commands.resume(desk), commands.terminate(desk)]
      return Subscriptions.of({
        create: create(desk),
        activate: activate(desk),
        pause,
        resume,
        terminate,
        cancel: commands.cancel(desk),
        changePlan: commands.changePlan(desk),
        cancelPlanChange: commands.cancelPlanChange(desk),
        update: update(desk),
        get: Effect.fn("Subscriptions.get")((ref) => find(desk, ref)),
        list: Effect.fn("Subscriptions.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "external_id"])
          return pageOf(request, yield* desk.store.page(given, request))
        }),
        bulkPause: Effect.fn("Subscriptions.bulkPause")(function* (input) {
          return yield* forEachId("subscription", (yield* decodeBulk(input)).ids, (id) => pause({ id }))
        }),
        bulkResume: Effect.fn("Subscriptions.bulkResume")(function* (input) {
          return yield* forEachId("subscription", (yield* decodeBulk(input)).ids, (id) => resume({ id }))
        }),
        bulkTerminate: Effect.fn("Subscriptions.bulkTerminate")(function* (input) {
          const { ids, ...action } = yield* decodeBulkTerminate(input)
          return yield* forEachId("subscription", ids, (id) => terminate({ id }, action))
        }),
        nextBilling: queries.nextBilling(desk),
        lifecycle: queries.lifecycle(desk),
        previewPlanChange: queries.previewPlanChange(desk)
      })
    })
  )
}
