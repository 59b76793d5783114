/**
 * Opens pages to pay on. The payment and its key are committed first, the provider is called outside of any transaction, and its
 * address is kept in a second one; whichever is cut off, the next checkout of the same terms goes on with the same key (S4).
 */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../accounts/index.js"
import { type CurrentOrganization, decodeInput, Ids, type InvalidInput, type StorageError, Transactor } from "../core/index.js"
import { type InvoiceDue, InvoiceStore } from "../invoicing/index.js"
import { Bookings } from "./bookings.js"
import { answered, endOf, givenUp, metadataOf } from "./calls.js"
import { calledNow, type PaymentCharge } from "./charge.js"
import { CheckoutInvoice, type CheckoutInvoiceInput, openedCharge, openedPayment, serves } from "./checkout.js"
import { isUndecided, PaymentInProgress, type ProviderFailed, ProviderNotConfigured, type ProviderUnsupported } from "./errors.js"
import { newCharge } from "./intents.js"
import { providerLookup } from "./own-providers.js"
import { lockPayable, type NotPayable } from "./payable.js"
import { newPayment, type Payment } from "./payment.js"
import type { CheckoutCall, PaymentProvider } from "./provider.js"
import { PaymentChargeStore, PaymentStore } from "./store.js"

type Terms = typeof CheckoutInvoice.Type

/** What a checkout comes to once its invoice is locked. */
type Step =
  | { readonly does: "answer"; readonly payment: Payment }
  | { readonly does: "open"; readonly payment: Payment; readonly charge: PaymentCharge }
  | { readonly does: "end"; readonly charge: PaymentCharge }

/** Other terms end the page before; two at once with terms of their own do not end each other's for ever. */
const TRIES = 3

const decodeCheckout = decodeInput(CheckoutInvoice)

export type NotOpened = NotPayable | PaymentInProgress | ProviderNotConfigured | ProviderUnsupported | ProviderFailed

export class Checkouts extends Context.Tag("billwright/Checkouts")<
  Checkouts,
  {
    readonly open: (input: CheckoutInvoiceInput) => Effect.Effect<Payment, InvalidInput | NotOpened | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Checkouts,
    never,
    PaymentStore | PaymentChargeStore | InvoiceStore | CustomerStore | Bookings | Transactor | Ids
  > = Layer.effect(
    Checkouts,
    Effect.gen(function* () {
      const payments = yield* PaymentStore
      const charges = yield* PaymentChargeStore
      const invoices = yield* InvoiceStore
      const customers = yield* CustomerStore
      const bookings = yield* Bookings
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const providers = yield* providerLookup
      const payable = lockPayable(invoices)

      const meant = Effect.fnUntraced(function* ({ cancel_url, provider, success_url }: Terms, invoice: InvoiceDue, now: DateTime.Utc) {
        const { currency, customer_id, due_cents: amount_cents, id: invoice_id, organization_id } = invoice
        const [charge_id, payment_id] = (yield* ids.many(2)) as [string, string]
        const of = { organization_id, customer_id, currency, amount_cents, invoice_id }
        const by = { provider, payment_method_id: null, provider_payment_method_id: null, checkout: { success_url, cancel_url } }
        const charge = calledNow(newCharge({ ...of, key: payment_id, payment_request_id: null }, by, charge_id, now), now)
        const payment: Payment = { ...newPayment(of, payment_id, now), provider, payment_charge_id: charge_id }
        yield* charges.insert([charge])
        yield* payments.insert([payment])
        yield* invoices.markFees([invoice_id], "pending")
        return { does: "open", payment, charge } as const
      })

      /** What to do about the invoice as it is, under its lock. */
      const decide = Effect.fnUntraced(function* (terms: Terms, now: DateTime.Utc) {
        const invoice = yield* payable(terms.invoice_id)
        const [payment] = yield* payments.underWay([invoice.id])
        if (payment === undefined) return yield* meant(terms, invoice, now)
        const [charge] = payment.payment_charge_id === null ? [] : yield* charges.lock([payment.payment_charge_id])
        if (charge === undefined || payment.status === "processing" || charge.status === "processing") {
          return yield* new PaymentInProgress({ invoice_id: invoice.id })
        }
        if (charge.checkout !== null) {
          if (!serves(payment, { provider: terms.provider, due_cents: invoice.due_cents }, now)) return { does: "end", charge } as const
          return payment.provider_checkout_url === null
            ? ({ does: "open", payment, charge } as const)
            : ({ does: "answer", payment } as const)
        }
        // A charge that no provider has heard of gives way to the customer; one that was called, or that a request waits for, does not.
        if (charge.called_at !== null || charge.payment_request_id !== null) return yield* new PaymentInProgress({ invoice_id: invoice.id })
        yield* bookings.book([{ charge_id: charge.id, outcome: givenUp("a checkout took its place") }], now)
        return yield* meant(terms, invoice, now)
      })

      const callOf = Effect.fnUntraced(function* (charge: PaymentCharge) {
        const [customer] = yield* customers.load([charge.customer_id])
        const [document] = yield* invoices.load([charge.invoice_id!])
        const { email, id, name } = customer!
        const call: CheckoutCall = {
          key: charge.key,
          amount_cents: charge.amount_cents,
          currency: charge.currency,
          customer: { id, name, email },
          description: document?.invoice.invoice_number ?? charge.invoice_id!,
          ...charge.checkout!,
          metadata: metadataOf(charge)
        }
        return call
      })

      /** Opens the page; where the provider refuses, nothing is left under way. */
      const page = Effect.fnUntraced(function* (provider: PaymentProvider, { charge, payment }: Step & { does: "open" }) {
        const session = yield* answered(provider, provider.checkout(yield* callOf(charge))).pipe(
          Effect.tapError((error) =>
            error._tag === "ProviderFailed" && isUndecided(error)
              ? Effect.void
              : Effect.flatMap(DateTime.now, (now) =>
                  transaction(bookings.book([{ charge_id: charge.id, outcome: givenUp(error.message) }], now))
                )
          )
        )
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            yield* invoices.lockDue([payment.invoice_id])
            const [current] = yield* charges.lock([charge.id])
            yield* charges.save([openedCharge(current!, session, now)])
            const opened = (yield* payments.ofCharges([charge.id])).map((one) => openedPayment(one, session, now))
            yield* payments.save(opened)
            return opened[0] ?? openedPayment(payment, session, now)
          })
        )
      })

      const open = Effect.fn("Payments.checkout")(function* (input: CheckoutInvoiceInput) {
        const terms = yield* decodeCheckout(input)
        const providerOf = yield* providers.toCall
        const provider = providerOf(terms.provider, null) ?? (yield* new ProviderNotConfigured({ provider: terms.provider }))
        for (let tries = 0; tries < TRIES; tries++) {
          const now = yield* DateTime.now
          const step: Step = yield* transaction(decide(terms, now))
          if (step.does === "answer") return step.payment
          if (step.does === "open") return yield* page(provider, step)
          const outcome = yield* endOf(step.charge, providerOf(step.charge.provider, step.charge.called_at))
          yield* transaction(bookings.book([{ charge_id: step.charge.id, outcome }], now))
        }
        return yield* new PaymentInProgress({ invoice_id: terms.invoice_id })
      })

      return Checkouts.of({ open })
    })
  )
}
