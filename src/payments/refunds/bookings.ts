/** Books what became of refunds: on their payments, on the notes that they return money for, and on the fees that are wholly refunded. */
import { Array as Arr, Context, type DateTime, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import { CreditNoteStore } from "../../credits/index.js"
import { InvoiceStore } from "../../invoicing/index.js"
import { booksOf, LedgerStore, refundPaid } from "../../ledger/index.js"
import type { RefundOutcome } from "../provider.js"
import { PaymentStore } from "../store.js"
import type { PaymentRefund } from "./refund.js"
import { type BookedRefund, bookRefund, refundStatusOf } from "./refund-outcome.js"
import { PaymentRefundStore } from "./store.js"

export interface KnownRefund {
  readonly refund_id: string
  readonly outcome: RefundOutcome
}

/** What the host returned by itself. */
export const returnedByHand = ({ id }: PaymentRefund): KnownRefund => ({
  refund_id: id,
  outcome: { status: "succeeded", provider_refund_id: null, failure_reason: null }
})

/** Books inside the transaction that the caller opened. */
export class RefundBookings extends Context.Tag("billwright/RefundBookings")<
  RefundBookings,
  {
    /** Books outcomes, each once, whoever brings them; answers those that changed something. The one way for a refund to become settled. */
    readonly book: (
      known: ReadonlyArray<KnownRefund>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<BookedRefund>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    RefundBookings,
    never,
    PaymentRefundStore | PaymentStore | CreditNoteStore | InvoiceStore | LedgerStore
  > = Layer.effect(
    RefundBookings,
    Effect.gen(function* () {
      const refunds = yield* PaymentRefundStore
      const payments = yield* PaymentStore
      const notes = yield* CreditNoteStore
      const invoices = yield* InvoiceStore
      const inLedger = booksOf(yield* LedgerStore)

      const paymentsOf = (rows: ReadonlyArray<PaymentRefund>) => payments.load([...new Set(rows.map(({ payment_id }) => payment_id))])

      /** Where the money of the notes stands after it, and which fees are wholly refunded. */
      const follow = Effect.fnUntraced(function* (booked: ReadonlyArray<BookedRefund>, now: DateTime.Utc) {
        const note_ids = [...new Set(booked.flatMap(({ refund }) => refund.credit_note_id ?? []))]
        if (note_ids.length === 0) return
        const rows = Arr.groupBy(yield* refunds.ofNotes(note_ids), (refund) => refund.credit_note_id!)
        const locked = yield* notes.lock(note_ids)
        yield* notes.saveRefunds(
          locked.map(({ id, organization_id, refund_amount_cents }) => ({
            credit_note_id: id,
            organization_id,
            refund_status: refundStatusOf(refund_amount_cents, rows[id] ?? []),
            updated_at: now
          }))
        )
        yield* invoices.markRefundedFees([...new Set(locked.map(({ invoice_id }) => invoice_id))])
      })

      const book = Effect.fn("RefundBookings.book")(function* (known: ReadonlyArray<KnownRefund>, now: DateTime.Utc) {
        if (known.length === 0) return []
        const ids = known.map(({ refund_id }) => refund_id)
        const before = yield* paymentsOf(yield* refunds.load(ids))
        yield* invoices.lockDue([...new Set(before.map(({ invoice_id }) => invoice_id))])
        const rows = new Map((yield* refunds.load(ids)).map((refund) => [refund.id as string, refund]))
        const current = new Map((yield* paymentsOf([...rows.values()])).map((payment) => [payment.id as string, payment]))
        const booked = known.flatMap(({ outcome, refund_id }) => {
          const refund = rows.get(refund_id)!
          const one = bookRefund(refund, current.get(refund.payment_id)!, outcome, now)
          if (one === null) return []
          rows.set(refund_id, one.refund)
          current.set(one.payment.id, one.payment)
          return [one]
        })
        yield* refunds.save(booked.map(({ refund }) => refund))
        const changed = new Set<string>(booked.map(({ payment }) => payment.id))
        yield* payments.save([...changed].map((id) => current.get(id)!))
        yield* inLedger(
          booked.flatMap(({ payment, refund }) =>
            refund.status === "succeeded" ? [refundPaid({ ...payment, ...refund }, refund.completed_at ?? now)] : []
          ),
          now
        )
        yield* follow(booked, now)
        return booked
      })

      return RefundBookings.of({ book })
    })
  )
}
