/** The service of payments. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrencyMismatch,
  type CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { AmountExceedsDue, type RefundExceedsPaid } from "../credits/index.js"
import { type InvoiceDue, InvoiceStore } from "../invoicing/index.js"
import { booksOf, LedgerStore, paymentReceived } from "../ledger/index.js"
import { Bookings } from "./bookings.js"
import { keyAfter } from "./charge.js"
import type { CheckoutInvoiceInput } from "./checkout.js"
import { Checkouts, type NotOpened } from "./checkouts.js"
import { NothingDue, PaymentInProgress, PaymentMethodNotFound, PaymentNotFound } from "./errors.js"
import { byMethod, newCharge } from "./intents.js"
import { lockPayable, type NotPayable } from "./payable.js"
import { ListPayments, type ListPaymentsInput, newPayment, type Payment, RecordPayment, type RecordPaymentInput } from "./payment.js"
import { paymentTransition } from "./payment-state.js"
import type { PaymentRefund, RefundPaymentInput } from "./refunds/refund.js"
import { type RefundedPayment, Returns } from "./refunds/returns.js"
import { PaymentChargeStore, PaymentMethodStore, PaymentStore } from "./store.js"

const decodeRecord = decodeInput(RecordPayment)
const decodeList = decodeInput(ListPayments)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface PaymentsShape {
  /**
   * Books what a customer paid otherwise, in minor units: all that is due unless an amount is given. At full coverage the
   * invoice is paid.
   *
   * Fails with `InvalidInput`, `InvoiceNotFound`, `InvalidTransition` on a draft or a voided one, `NothingDue`,
   * `CurrencyMismatch`, `AmountExceedsDue`.
   */
  readonly record: (input: RecordPaymentInput) => Call<Payment, InvalidInput | NotPayable | CurrencyMismatch | AmountExceedsDue>
  /**
   * A page of the provider where the customer pays what is due, at `provider_checkout_url`: the same one again until it expires,
   * another one where amount or provider have changed. Not inside a transaction of the host: the provider is called here.
   *
   * Fails with `InvalidInput`, `InvoiceNotFound`, `InvalidTransition` on a draft or a voided one, `NothingDue`, `PaymentInProgress`,
   * `ProviderNotConfigured`, `ProviderUnsupported`, `ProviderFailed`.
   */
  readonly checkout: (input: CheckoutInvoiceInput) => Call<Payment, InvalidInput | NotOpened>
  /** Fails with `PaymentNotFound`. */
  readonly get: (id: string) => Call<Payment, PaymentNotFound>
  readonly list: (input?: ListPaymentsInput) => Call<Page<Payment>, InvalidInput>
  /**
   * Tries a failed charge again, over what is then due, by the customer's default method and with a new key; `collectDue` makes
   * it. Not one of a payment request: that is tried again as a whole.
   *
   * Fails with `PaymentNotFound`, `InvalidTransition`, `NothingDue`, `PaymentInProgress`, `PaymentMethodNotFound`.
   */
  readonly retry: (
    id: string
  ) => Call<Payment, PaymentNotFound | InvalidTransition | NothingDue | PaymentInProgress | PaymentMethodNotFound>
  /**
   * Books a charge that is under way as succeeded, where the host knows that it has. Not one of a payment request.
   *
   * Fails with `PaymentNotFound`, `InvalidTransition`.
   */
  readonly markPaid: (id: string) => Call<Payment, PaymentNotFound | InvalidTransition>
  /**
   * Returns what was paid, all that is left of it unless an amount is given, in minor units. What settles the invoice is returned
   * together with a credit note of type refund, over its fees in proportion; what is unapplied goes first and without one.
   * `refundDue` has the provider do it; of a payment by hand it is booked at once, as returned by the host.
   *
   * Fails with `InvalidInput`, `PaymentNotFound`, `InvalidTransition` on one that did not come in or is refunded, and
   * `RefundExceedsPaid` above what is left of it, of its invoice's fees, or of the credits that it bought.
   */
  readonly refund: (
    id: string,
    input?: RefundPaymentInput
  ) => Call<RefundedPayment, InvalidInput | PaymentNotFound | InvalidTransition | RefundExceedsPaid>
  /** Its refunds, oldest first. Fails with `PaymentNotFound`. */
  readonly refunds: (id: string) => Call<ReadonlyArray<PaymentRefund>, PaymentNotFound>
  /** Deletes a pending one. Fails with `PaymentNotFound`, `InvalidTransition`. */
  readonly delete: (id: string) => Call<void, PaymentNotFound | InvalidTransition>
}

export class Payments extends Context.Tag("billwright/Payments")<Payments, PaymentsShape>() {
  static readonly layer: Layer.Layer<
    Payments,
    never,
    PaymentStore | PaymentChargeStore | PaymentMethodStore | InvoiceStore | LedgerStore | Bookings | Checkouts | Returns | Transactor | Ids
  > = Layer.effect(
    Payments,
    Effect.gen(function* () {
      const store = yield* PaymentStore
      const invoices = yield* InvoiceStore
      const bookings = yield* Bookings
      const returns = yield* Returns
      const charges = yield* PaymentChargeStore
      const methods = yield* PaymentMethodStore
      const book = booksOf(yield* LedgerStore)
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const checkouts = yield* Checkouts

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* store.find(id) : undefined
        return found ?? (yield* new PaymentNotFound({ id }))
      })

      /** A payment that a charge of its own collects and that takes the action, locked with both after its invoice. */
      const ofOneCharge = Effect.fnUntraced(function* (id: string, action: "retry" | "succeed") {
        const { invoice_id } = yield* find(id)
        const [invoice] = yield* invoices.lockDue([invoice_id])
        const before = (yield* store.lock(id)) ?? (yield* new PaymentNotFound({ id }))
        yield* paymentTransition(before, action)
        const own = before.payment_request_id === null && before.payment_charge_id !== null
        const [charge] = own ? yield* charges.lock([before.payment_charge_id!]) : []
        if (charge === undefined) return yield* new InvalidTransition({ entity: "Payment", id, from: before.status, action })
        return { before, charge, invoice: invoice! }
      })

      const payable = lockPayable(invoices)

      const byHand = (invoice: InvoiceDue, given: typeof RecordPayment.Type, id: string, now: DateTime.Utc): Payment => ({
        ...newPayment({ ...invoice, invoice_id: invoice.id, amount_cents: given.amount_cents ?? invoice.due_cents }, id, now),
        status: "succeeded",
        provider: "manual",
        payment_metadata: given.payment_metadata,
        reference: given.reference,
        notes: given.notes,
        completed_at: given.paid_at ?? now
      })

      return Payments.of({
        record: Effect.fn("Payments.record")(function* (input) {
          const given = yield* decodeRecord(input)
          const now = yield* DateTime.now
          if (given.paid_at !== undefined && DateTime.greaterThan(given.paid_at, now)) {
            return yield* new InvalidInput({ field: "paid_at", reason: "expected no time to come" })
          }
          return yield* transaction(
            Effect.gen(function* () {
              const invoice = yield* payable(given.invoice_id)
              const { currency, due_cents } = invoice
              if (given.currency !== undefined && given.currency !== currency) {
                return yield* new CurrencyMismatch({ expected: currency, given: given.currency })
              }
              if (given.amount_cents !== undefined && given.amount_cents > due_cents) return yield* new AmountExceedsDue({ due: due_cents })
              const payment = byHand(invoice, given, yield* ids.next, now)
              yield* store.insert([payment])
              yield* book([paymentReceived(payment, payment.completed_at ?? now)], now)
              const { amount_cents, id: source_id } = payment
              yield* bookings.settle([{ invoice, settlement_type: "payment", source_id, amount_cents }], now)
              return payment
            })
          )
        }),

        checkout: checkouts.open,

        get: Effect.fn("Payments.get")(find),

        list: Effect.fn("Payments.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        retry: Effect.fn("Payments.retry")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { before, charge, invoice } = yield* ofOneCharge(id, "retry")
              if (invoice.due_cents === 0n) return yield* new NothingDue({ invoice_id: invoice.id })
              if ((yield* store.underWay([invoice.id])).length > 0) return yield* new PaymentInProgress({ invoice_id: invoice.id })
              const [method] = yield* methods.defaults([before.customer_id])
              if (method === undefined) return yield* new PaymentMethodNotFound({ id: "default" })
              const { currency, customer_id, organization_id } = before
              const of = { organization_id, customer_id, currency, invoice_id: invoice.id, payment_request_id: null }
              const again = newCharge(
                { ...of, amount_cents: invoice.due_cents, key: keyAfter(charge.key) },
                byMethod(method),
                yield* ids.next,
                now
              )
              yield* charges.insert([again])
              const after: Payment = {
                ...before,
                status: yield* paymentTransition(before, "retry"),
                amount_cents: invoice.due_cents,
                provider: method.provider,
                provider_checkout_id: null,
                provider_checkout_url: null,
                provider_checkout_expires_at: null,
                failure_reason: null,
                payment_method_id: method.id,
                payment_charge_id: again.id,
                updated_at: now
              }
              yield* store.save([after])
              yield* invoices.markFees([invoice.id], "pending")
              return after
            })
          )
        }),

        markPaid: Effect.fn("Payments.markPaid")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { charge } = yield* ofOneCharge(id, "succeed")
              const outcome = {
                status: "succeeded",
                provider_payment_id: charge.provider_payment_id,
                collected: null,
                failure_reason: null
              } as const
              const [booked] = yield* bookings.book([{ charge_id: charge.id, outcome }], now)
              return booked!.payments[0]!
            })
          )
        }),

        refund: Effect.fn("Payments.refund")(returns.make),
        refunds: Effect.fn("Payments.refunds")(returns.ofPayment),

        delete: Effect.fn("Payments.delete")((id) =>
          transaction(
            Effect.gen(function* () {
              const payment = (isUuid(id) ? yield* store.lock(id) : undefined) ?? (yield* new PaymentNotFound({ id }))
              yield* paymentTransition(payment, "delete")
              yield* store.remove(id)
            })
          )
        )
      })
    })
  )
}
