/** Returns of single payments, as the host asks for them: with a note of type refund for what settled an invoice. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  type InvalidTransition,
  isUuid,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { RefundExceedsPaid } from "../../credits/index.js"
import { InvoiceStore, NoteIssuing } from "../../invoicing/index.js"
import { PaymentNotFound } from "../errors.js"
import type { Payment } from "../payment.js"
import { paymentTransition } from "../payment-state.js"
import { PaymentStore } from "../store.js"
import { RefundBookings, returnedByHand } from "./bookings.js"
import { RefundIntents } from "./intents.js"
import { isByHand, type PaymentRefund, RefundPayment, type RefundPaymentInput } from "./refund.js"
import { returnableOf } from "./refund-plan.js"
import { PaymentRefundStore } from "./store.js"

/** A payment with the refunds of it that were made, oldest first. */
export interface RefundedPayment {
  readonly payment: Payment
  readonly refunds: ReadonlyArray<PaymentRefund>
}

type Call<A, E> = Effect.Effect<A, E | StorageError, CurrentOrganization>

const decodeRefund = decodeInput(RefundPayment)

export class Returns extends Context.Tag("billwright/Returns")<
  Returns,
  {
    readonly make: (
      payment_id: string,
      input?: RefundPaymentInput
    ) => Call<RefundedPayment, InvalidInput | PaymentNotFound | InvalidTransition | RefundExceedsPaid>
    readonly ofPayment: (payment_id: string) => Call<ReadonlyArray<PaymentRefund>, PaymentNotFound>
  }
>() {
  static readonly layer: Layer.Layer<
    Returns,
    never,
    PaymentRefundStore | PaymentStore | InvoiceStore | NoteIssuing | RefundIntents | RefundBookings | Transactor
  > = Layer.effect(
    Returns,
    Effect.gen(function* () {
      const refunds = yield* PaymentRefundStore
      const payments = yield* PaymentStore
      const invoices = yield* InvoiceStore
      const issuing = yield* NoteIssuing
      const intents = yield* RefundIntents
      const bookings = yield* RefundBookings
      const { transaction } = yield* Transactor

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* payments.find(id) : undefined
        return found ?? (yield* new PaymentNotFound({ id }))
      })

      /** Queues an amount of a locked payment; answers the rows. */
      const queue = Effect.fnUntraced(function* (
        payment: Payment,
        amount_cents: bigint,
        given: Pick<typeof RefundPayment.Type, "reason" | "description">,
        now: DateTime.Utc
      ) {
        const before = yield* refunds.ofPayments([payment.id])
        const { applied_cents, unapplied_cents } = returnableOf(payment, before)
        const available = applied_cents + unapplied_cents
        if (amount_cents > available || available === 0n) return yield* new RefundExceedsPaid({ available })
        const bare = amount_cents < unapplied_cents ? amount_cents : unapplied_cents
        if (bare > 0n) yield* intents.keep([{ payment, credit_note_id: null, amount_cents: bare }], "provider", now)
        if (amount_cents > bare) {
          const { id: payment_id, invoice_id } = payment
          yield* Effect.catchTag(
            issuing.returnPayment({ payment_id, invoice_id, amount_cents: amount_cents - bare, ...given }, now),
            "InvoiceNotFound",
            Effect.die
          )
        }
        const known = new Set(before.map(({ id }) => id))
        return (yield* refunds.ofPayments([payment.id])).filter(({ id }) => !known.has(id))
      })

      const make = Effect.fn("Returns.make")(function* (id: string, input: RefundPaymentInput = {}) {
        const { amount_cents, ...given } = yield* decodeRefund(input)
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            yield* invoices.lockDue([(yield* find(id)).invoice_id])
            const payment = yield* find(id)
            yield* paymentTransition(payment, "refund")
            const left = returnableOf(payment, yield* refunds.ofPayments([id]))
            const made = yield* queue(payment, amount_cents ?? left.applied_cents + left.unapplied_cents, given, now)
            // The host returned it, and says so.
            if (isByHand(payment)) yield* bookings.book(made.map(returnedByHand), now)
            return { payment: yield* find(id), refunds: yield* refunds.load(made.map((refund) => refund.id)) }
          })
        )
      })

      return Returns.of({
        make,
        ofPayment: Effect.fn("Returns.ofPayment")(function* (id) {
          return yield* refunds.ofPayments([(yield* find(id)).id])
        })
      })
    })
  )
}
