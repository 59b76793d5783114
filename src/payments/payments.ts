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
import { AmountExceedsDue } from "../credits/index.js"
import { type InvoiceDue, InvoiceNotFound, InvoiceStore } from "../invoicing/index.js"
import { Bookings } from "./bookings.js"
import { NothingDue, PaymentNotFound } from "./errors.js"
import { ListPayments, type ListPaymentsInput, newPayment, type Payment, RecordPayment, type RecordPaymentInput } from "./payment.js"
import { paymentTransition } from "./payment-state.js"
import { PaymentStore } from "./store.js"

const decodeRecord = decodeInput(RecordPayment)
const decodeList = decodeInput(ListPayments)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** Why a final invoice cannot be paid by hand. */
export type NotPayable = InvoiceNotFound | InvalidTransition | NothingDue

export interface PaymentsShape {
  /**
   * Books what a customer paid otherwise, in minor units: all that is due unless an amount is given. At full coverage the
   * invoice is paid.
   *
   * Fails with `InvalidInput`, `InvoiceNotFound`, `InvalidTransition` on a draft or a voided one, `NothingDue`,
   * `CurrencyMismatch`, `AmountExceedsDue`.
   */
  readonly record: (input: RecordPaymentInput) => Call<Payment, InvalidInput | NotPayable | CurrencyMismatch | AmountExceedsDue>
  /** Fails with `PaymentNotFound`. */
  readonly get: (id: string) => Call<Payment, PaymentNotFound>
  readonly list: (input?: ListPaymentsInput) => Call<Page<Payment>, InvalidInput>
  /** Deletes a pending one. Fails with `PaymentNotFound`, `InvalidTransition`. */
  readonly delete: (id: string) => Call<void, PaymentNotFound | InvalidTransition>
}

export class Payments extends Context.Tag("billwright/Payments")<Payments, PaymentsShape>() {
  static readonly layer: Layer.Layer<Payments, never, PaymentStore | InvoiceStore | Bookings | Transactor | Ids> = Layer.effect(
    Payments,
    Effect.gen(function* () {
      const store = yield* PaymentStore
      const invoices = yield* InvoiceStore
      const bookings = yield* Bookings
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* store.find(id) : undefined
        return found ?? (yield* new PaymentNotFound({ id }))
      })

      /** A final invoice with something due, locked. */
      const payable = Effect.fnUntraced(function* (id: string) {
        const [invoice] = isUuid(id) ? yield* invoices.lockDue([id]) : []
        if (invoice === undefined) return yield* new InvoiceNotFound({ id })
        const { status } = invoice
        if (status === "draft" || status === "voided") {
          return yield* new InvalidTransition({ entity: "Invoice", id, from: status, action: "pay" })
        }
        if (invoice.due_cents === 0n) return yield* new NothingDue({ invoice_id: id })
        return invoice
      })

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
              const { amount_cents, id: source_id } = payment
              yield* bookings.settle([{ invoice, settlement_type: "payment", source_id, amount_cents }], now)
              return payment
            })
          )
        }),

        get: Effect.fn("Payments.get")(find),

        list: Effect.fn("Payments.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

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
