/** What a preview needs not do again or at all on its way to what lies far ahead. */
import { DateTime, Effect } from "effect"
import { CouponStore, CreditNoteStore, WalletStore } from "../credits/index.js"
import {
  afterWork,
  type DueWork,
  nextDueWork,
  rowAfterWork,
  type ScheduleState,
  type Subscription,
  waitingRef
} from "../subscriptions/index.js"
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

/** Whether a piece closes a window that has not begun. */
export const isYetToCome = ({ usage }: DueWork, now: DateTime.Utc): boolean =>
  usage !== null && DateTime.greaterThanOrEqualTo(usage.from, now)

/** Whether at most so many pieces are left before `at`. */
export const isWithin = (schedule: ScheduleState, at: DateTime.Utc, most: number): boolean => {
  let ahead = schedule
  for (let count = 0; count <= most; count++) {
    const work = nextDueWork(ahead)
    if (work === null || DateTime.greaterThanOrEqualTo(work.at, at)) return true
    ahead = afterWork(ahead, work)
  }
  return false
}

/** Whether later pieces go without it, where its invoice leaves nothing: it closes a window that is yet to come, gives nothing back, and no line goes on from it. */
const isPassed = (batch: Batch, row: Subscription, work: DueWork, now: DateTime.Utc): boolean =>
  isKept(batch, row, work) &&
  work.given_back === null &&
  isYetToCome(work, now) &&
  !batch.termsOf(row).charges.some(({ charge }) => charge.pay_in_advance)

/**
 * The row after all pieces that can be passed over, ten thousand at most, up to the last one before `at`: its fees in advance count for the one after it. What they
 * would have billed leaves nothing to later pieces only where `leavingSomething` says so.
 */
export const rowNear = (batch: Batch, row: Subscription, at: DateTime.Utc, now: DateTime.Utc): Subscription => {
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
  return near
}
