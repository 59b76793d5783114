/** What a provider says of refunds by itself: of those that we asked for, of those that somebody made at its own desk, and of charge-backs. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, type StorageError, Transactor } from "../../core/index.js"
import { draw } from "../../credits/index.js"
import { InvoiceStore, NoteIssuing } from "../../invoicing/index.js"
import { Bookings } from "../bookings.js"
import type { Payment } from "../payment.js"
import { paymentTransitions } from "../payment-state.js"
import type { ProviderWord } from "../provider.js"
import { PaymentStore } from "../store.js"
import { type KnownRefund, RefundBookings } from "./bookings.js"
import { RefundIntents } from "./intents.js"
import { returnableOf } from "./refund-plan.js"
import { PaymentRefundStore } from "./store.js"

export type RefundWord = Extract<ProviderWord, { readonly about: "refund" }>

/** Works inside the transaction that the caller opened. */
export class ToldRefunds extends Context.Tag("billwright/ToldRefunds")<
  ToldRefunds,
  {
    /** Books a word about a refund of a charge, matched by refund id; answers whether it changed anything. */
    readonly book: (charge_id: string, word: RefundWord, now: DateTime.Utc) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    ToldRefunds,
    never,
    PaymentRefundStore | PaymentStore | InvoiceStore | NoteIssuing | RefundIntents | RefundBookings | Bookings | Transactor
  > = Layer.effect(
    ToldRefunds,
    Effect.gen(function* () {
      const refunds = yield* PaymentRefundStore
      const payments = yield* PaymentStore
      const invoices = yield* InvoiceStore
      const issuing = yield* NoteIssuing
      const intents = yield* RefundIntents
      const bookings = yield* Bookings
      const refundBookings = yield* RefundBookings
      const { transaction } = yield* Transactor

      /** Meant and booked at once: what settles nothing goes first, what settles the invoice with a note of type refund. */
      const bring = Effect.fnUntraced(function* (
        payment: Payment,
        amount_cents: bigint,
        provider_refund_id: string | null,
        now: DateTime.Utc
      ) {
        const before = yield* refunds.ofPayments([payment.id])
        const { applied_cents, unapplied_cents } = returnableOf(payment, before)
        const bare = amount_cents < unapplied_cents ? amount_cents : unapplied_cents
        const rest = amount_cents - bare < applied_cents ? amount_cents - bare : applied_cents
        if (bare > 0n) yield* intents.keep([{ payment, credit_note_id: null, amount_cents: bare }], "host", now)
        if (rest > 0n) {
          const given = {
            payment_id: payment.id,
            invoice_id: payment.invoice_id,
            amount_cents: rest,
            reason: "other",
            description: null
          } as const
          // An invoice that can take no such note keeps what was paid; the payment's provider has the last word on the rest.
          yield* Effect.ignore(transaction(Effect.catchTag(issuing.returnPayment(given, now), "StorageError", Effect.die)))
        }
        const known = new Set<string>(before.map(({ id }) => id))
        const made = (yield* refunds.ofPayments([payment.id])).filter(({ id }) => !known.has(id))
        const booked = made.map(
          ({ id }, index): KnownRefund => ({
            refund_id: id,
            outcome: { status: "succeeded", provider_refund_id: index === 0 ? provider_refund_id : null, failure_reason: null }
          })
        )
        return (yield* refundBookings.book(booked, now)).length > 0
      })

      /** Money that went back without our asking, over the payments of its charge. */
      const elsewhere = Effect.fnUntraced(function* (of: ReadonlyArray<Payment>, { amount_cents, outcome }: RefundWord, now: DateTime.Utc) {
        const open = of.filter(({ status }) => paymentTransitions.refund[status] !== undefined)
        const { taken } = draw(
          amount_cents,
          open.map((payment) => payment.amount_cents - payment.refunded_amount_cents)
        )
        let changed = false
        for (const [index, payment] of open.entries()) {
          if (taken[index]! > 0n) changed = (yield* bring(payment, taken[index]!, outcome.provider_refund_id, now)) || changed
        }
        return changed
      })

      const book = Effect.fn("ToldRefunds.book")(function* (charge_id: string, word: RefundWord, now: DateTime.Utc) {
        const { key, of, outcome } = word
        if (outcome.status !== "failed") {
          // Money that goes back has come in, whichever word comes first.
          const came = { status: "succeeded", provider_payment_id: of.provider_payment_id, collected: null, failure_reason: null } as const
          yield* bookings.book([{ charge_id, outcome: came }], now)
        }
        const before = yield* payments.ofCharges([charge_id])
        yield* invoices.lockDue([...new Set(before.map(({ invoice_id }) => invoice_id))])
        const all = yield* payments.ofCharges([charge_id])
        const rows = yield* refunds.ofPayments(all.map(({ id }) => id))
        const own = rows.find(
          ({ id, provider_refund_id }) => id === key || (provider_refund_id !== null && provider_refund_id === outcome.provider_refund_id)
        )
        if (own !== undefined) return (yield* refundBookings.book([{ refund_id: own.id, outcome }], now)).length > 0
        return outcome.status === "succeeded" && word.currency === all[0]?.currency ? yield* elsewhere(all, word, now) : false
      })

      return ToldRefunds.of({ book })
    })
  )
}
