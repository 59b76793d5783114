/** The billing of single subscriptions, for the commands of the floor below: the same work as the run's, done at once. */
import { type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { CreditNoteStore } from "../credits/index.js"
import {
  BillingFailed,
  type DueWork,
  type LifeEvent,
  nextDueWork,
  planChangeWork,
  resumeWork,
  type ScheduleState,
  type Subscription,
  SubscriptionBilling,
  SubscriptionStore
} from "../subscriptions/index.js"
import { type Batch, Batches } from "./batch.js"
import { BillWork, EVER } from "./bill-work.js"
import { changeFigures } from "./change-figures.js"
import type { Invoice } from "./invoice.js"
import { pieceOf } from "./piece.js"
import { InvoiceStore } from "./store.js"

/** What happened to an invoice. */
const invoiceLife = ({ id, invoice_number, issued_at, paid_at, status }: Invoice): ReadonlyArray<LifeEvent> => {
  const event = (at: DateTime.Utc | null, title: string, to: Invoice["status"]): ReadonlyArray<LifeEvent> =>
    at === null ? [] : [{ at, kind: "invoice", title: `invoice ${invoice_number} ${title}`, status: to, id }]
  return [...event(issued_at, "issued", "finalized"), ...(status === "paid" ? event(paid_at, "paid", "paid") : [])]
}

/** A subscription whose plan is gone breaks a foreign key that the database guards. */
const planIsThere = <A, E, R>(self: Effect.Effect<A, E | PlanNotFound, R>) =>
  Effect.catchIf(
    self,
    (error): error is E & PlanNotFound => typeof error === "object" && error !== null && "_tag" in error && error._tag === "PlanNotFound",
    (error) => Effect.die(error)
  ) as Effect.Effect<A, Exclude<E, PlanNotFound>, R>

export const subscriptionBillingLayer: Layer.Layer<
  SubscriptionBilling,
  never,
  Batches | BillWork | SubscriptionStore | InvoiceStore | CreditNoteStore
> = Layer.effect(
  SubscriptionBilling,
  Effect.gen(function* () {
    const batches = yield* Batches
    const work = yield* BillWork
    const subscriptions = yield* SubscriptionStore
    const invoices = yield* InvoiceStore
    const notes = yield* CreditNoteStore

    /** Bills one piece; the row after it. */
    const perform = Effect.fnUntraced(function* (
      row: Subscription,
      schedule: ScheduleState,
      due: DueWork,
      batch: Batch,
      now: DateTime.Utc
    ) {
      const { billed, unbilled } = yield* work.perform([pieceOf(row, schedule, due)], batch, now)
      const failed = unbilled[0]
      if (failed !== undefined) {
        return yield* new BillingFailed({ subscription_id: row.id, reason: failed.error._tag, detail: failed.error.message })
      }
      return billed[0]!.row
    })

    /** Does the next piece of a row if `due` says so; undefined where it does not. */
    const doNext = Effect.fnUntraced(function* (row: Subscription, now: DateTime.Utc, due: (next: DueWork) => boolean) {
      const batch = yield* planIsThere(batches.load([row]))
      const schedule = batch.scheduleOf(row)
      const next = nextDueWork(schedule)
      return next === null || !due(next) ? undefined : yield* perform(row, schedule, next, batch, now)
    })

    const once = (row: Subscription, now: DateTime.Utc, kind: DueWork["kind"]) =>
      Effect.flatMap(
        doNext(row, now, (next) => next.kind === kind),
        (after) => (after === undefined ? Effect.dieMessage(`subscription ${row.id} has no ${kind} due`) : Effect.succeed(after))
      )

    /** Whether a base fee was billed in the window that runs. */
    const feeWasBilled = Effect.fnUntraced(function* (row: Subscription) {
      const since = row.window_start!.epochMillis
      const billed = yield* subscriptions.billedSince([{ subscription_id: row.id, since: row.window_start! }])
      return billed.some((period) => period.kind === "base_fee" && period.period_start.epochMillis >= since)
    })

    return SubscriptionBilling.of({
      start: Effect.fn("SubscriptionBilling.start")((row, now) => once(row, now, "start")),
      end: Effect.fn("SubscriptionBilling.end")((row, now) => once(row, now, "end")),
      catchUp: Effect.fn("SubscriptionBilling.catchUp")(function* (row, before, now) {
        let current = row
        while (true) {
          const after = yield* doNext(current, now, (next) => next.at.epochMillis < before.epochMillis)
          if (after === undefined) return current
          current = after
        }
      }),
      changePlan: Effect.fn("SubscriptionBilling.changePlan")(function* (row, to, now) {
        const batch = yield* planIsThere(batches.load([row], [to]))
        const schedule = batch.scheduleOf(row)
        const { interval } = batch.terms(to).plan
        return yield* perform(row, schedule, planChangeWork(schedule, now, { ...to, interval }), batch, now)
      }),
      changeFigures: Effect.fn("SubscriptionBilling.changeFigures")(function* (row, to, at) {
        const batch = yield* planIsThere(batches.load([row], [to]))
        const schedule = batch.scheduleOf(row)
        const fees =
          schedule.pay_in_advance && row.window_start !== null
            ? yield* invoices.baseFees([{ subscription_id: row.id, from: row.window_start, to: EVER }])
            : []
        const items = yield* notes.itemsOf(fees.map(({ fee }) => fee.id))
        const { rounding_mode } = batch.issuerOf(row)
        return changeFigures({ schedule, at, from: batch.termsOf(row), to: batch.terms(to), fees, items, rounding_mode })
      }),
      documentLife: Effect.fn("SubscriptionBilling.documentLife")(function* (row) {
        return (yield* invoices.ofSubscription(row.id)).flatMap(invoiceLife)
      }),
      resume: Effect.fn("SubscriptionBilling.resume")(function* (row, now) {
        const batch = yield* planIsThere(batches.load([row]))
        const schedule = batch.scheduleOf(row)
        return yield* perform(row, schedule, resumeWork(schedule, now, yield* feeWasBilled(row)), batch, now)
      })
    })
  })
)
