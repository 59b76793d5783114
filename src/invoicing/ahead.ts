/** What a preview needs not do again or at all on its way to what lies far ahead. */
import { DateTime, Effect } from "effect"
import { CouponStore, CreditNoteStore, WalletStore } from "../credits/index.js"
import { type DueWork, nextDueWork, rowAfterWork, type Subscription, waitingRef } from "../subscriptions/index.js"
import type { Batch } from "./batch.js"
import { InvoiceStore } from "./store.js"

/** How many pieces are passed over at most before it. */
const PASSED = 10_000

/** Whether invoices of a customer leave something to later ones: coupons, notes, wallets, or what a host has added. Only in a transaction. */
export const leavingSomething = Effect.gen(function* () {
  const coupons = yield* CouponStore
  const notes = yield* CreditNoteStore
  const wallets = yield* WalletStore
  const invoices = yield* InvoiceStore
  return Effect.fnUntraced(function* (customer_id: string, now: DateTime.Utc) {
    const ids = [customer_id]
    const found = [
      yield* coupons.lockActive(ids),
      yield* notes.lockAvailable(ids),
      yield* wallets.lockPaying(ids, now),
      yield* invoices.lockAdded(ids)
    ]
    return found.some((each) => each.length > 0)
  })
})

/** Whether what was loaded for a row still holds after it: nothing but its window has changed, and nobody asks what was closed before. */
export const isKept = (batch: Batch, row: Subscription, work: DueWork): boolean =>
  work.kind === "boundary" && waitingRef(row) === null && batch.lateOf(row) === null && batch.familyOf(row).length === 1

/** Whether later pieces go without it, where its invoice leaves nothing: it closes a window that is yet to come, gives nothing back, and no line goes on from it. */
const isPassed = (batch: Batch, row: Subscription, work: DueWork, now: DateTime.Utc): boolean =>
  isKept(batch, row, work) &&
  work.given_back === null &&
  work.usage !== null &&
  DateTime.greaterThanOrEqualTo(work.usage.from, now) &&
  !batch.termsOf(row).charges.some(({ charge }) => charge.pay_in_advance)

/**
 * The row after all pieces that can be passed over, up to the last one before `at`: its fees in advance count for the one after it. Null where
 * they are too many. What they would have billed leaves nothing to later pieces only where `leavingSomething` says so.
 */
export const rowNear = (batch: Batch, row: Subscription, at: DateTime.Utc, now: DateTime.Utc): Subscription | null => {
  let [near, schedule] = [row, batch.scheduleOf(row)]
  for (let passed = 0; passed < PASSED; passed++) {
    const work = nextDueWork(schedule)
    if (work === null || !isPassed(batch, near, work, now)) return near
    const after = rowAfterWork(near, schedule, work)
    const then = batch.scheduleOf(after)
    const next = nextDueWork(then)
    if (next === null || DateTime.greaterThanOrEqualTo(next.at, at)) return near
    ;[near, schedule] = [after, then]
  }
  return null
}
