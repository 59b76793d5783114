/** Refunds that are meant: committed with the notes that they return money for, before any provider hears of them. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, InvalidTransition, type StorageError } from "../../core/index.js"
import type { CreditNote } from "../../credits/index.js"
import type { RefundToMake } from "../../invoicing/index.js"
import { PaymentStore } from "../store.js"
import { RefundBookings, returnedByHand } from "./bookings.js"
import type { PaymentRefund } from "./refund.js"
import { refundStatusOf } from "./refund-outcome.js"
import { leftToReturn, planRefund, type RefundPart, refundsOf } from "./refund-plan.js"
import { PaymentRefundStore } from "./store.js"

type Inside<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** Works inside the transaction that the caller opened; the invoice is locked. */
export class RefundIntents extends Context.Tag("billwright/RefundIntents")<
  RefundIntents,
  {
    readonly keep: (parts: ReadonlyArray<RefundPart>, by: "provider" | "host", now: DateTime.Utc) => Inside<ReadonlyArray<PaymentRefund>>
    /** Queues what of a note is not returned yet; answers where it stands then. */
    readonly refund: (refund: RefundToMake, now: DateTime.Utc) => Inside<NonNullable<CreditNote["refund_status"]>>
    /** Books the rest of a note as returned by the host. Fails with `InvalidTransition` while a provider is still to be asked. */
    readonly markRefunded: (note: CreditNote, now: DateTime.Utc) => Inside<void, InvalidTransition>
  }
>() {
  static readonly layer: Layer.Layer<RefundIntents, never, PaymentRefundStore | PaymentStore | RefundBookings | Ids> = Layer.effect(
    RefundIntents,
    Effect.gen(function* () {
      const store = yield* PaymentRefundStore
      const payments = yield* PaymentStore
      const bookings = yield* RefundBookings
      const ids = yield* Ids

      const keep = Effect.fnUntraced(function* (parts: ReadonlyArray<RefundPart>, by: "provider" | "host", now: DateTime.Utc) {
        const made = refundsOf(parts, by, yield* ids.many(parts.length), now)
        yield* store.insert(made)
        return made
      })

      /** The rest of a note over its invoice's payments, and what is there of it already. */
      const queue = Effect.fnUntraced(function* ({ note, payment_id }: RefundToMake, by: "provider" | "host", now: DateTime.Utc) {
        const before = yield* store.ofNotes([note.id])
        const rest = leftToReturn(note.refund_amount_cents, before)
        if (rest === 0n) return before
        const all = yield* payments.ofInvoices([note.invoice_id])
        const usable = payment_id === null ? all : all.filter(({ id }) => id === payment_id)
        const taken = yield* store.ofPayments(usable.map(({ id }) => id))
        return [...before, ...(yield* keep(planRefund(rest, usable, taken, note.id), by, now))]
      })

      return RefundIntents.of({
        keep,
        refund: Effect.fn("RefundIntents.refund")((refund, now) =>
          Effect.map(queue(refund, "provider", now), (rows) => refundStatusOf(refund.note.refund_amount_cents, rows))
        ),
        markRefunded: Effect.fn("RefundIntents.markRefunded")(function* (note, now) {
          const rows = yield* queue({ note, payment_id: null }, "host", now)
          const open = rows.filter(({ status }) => status === "pending")
          if (open.some(({ due_at }) => due_at !== null)) {
            return yield* new InvalidTransition({ entity: "CreditNote", id: note.id, from: "pending", action: "be marked as refunded" })
          }
          yield* bookings.book(open.map(returnedByHand), now)
        })
      })
    })
  )
}
