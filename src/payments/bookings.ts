/** Books what came in: outcomes of charges and payments by hand, on invoices, fees and payment requests, in one transaction. */
import { Array as Arr, Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { type InvoiceDue, InvoiceStore, Settlements, type SettlingPart } from "../invoicing/index.js"
import { booksOf, LedgerStore, paymentReceived } from "../ledger/index.js"
import type { PaymentCharge } from "./charge.js"
import { type Booked, bookOutcome, type DueLeft } from "./outcome.js"
import { newPayment, type Payment } from "./payment.js"
import type { ChargeOutcome } from "./provider.js"
import { RequestChanges } from "./requests/changes.js"
import { type ChargedInvoice, PaymentChargeStore, PaymentStore } from "./store.js"

export interface KnownOutcome {
  readonly charge_id: string
  readonly outcome: ChargeOutcome
}

/** Books inside the transaction that the caller opened. */
export class Bookings extends Context.Tag("billwright/Bookings")<
  Bookings,
  {
    /** Settles locked invoices; requests of which nothing is due any more have succeeded. */
    readonly settle: (parts: ReadonlyArray<SettlingPart>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
    /** Books outcomes, each once; answers those that changed something. */
    readonly book: (
      known: ReadonlyArray<KnownOutcome>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<Booked>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Bookings,
    never,
    PaymentChargeStore | PaymentStore | InvoiceStore | LedgerStore | Settlements | RequestChanges | Ids
  > = Layer.effect(
    Bookings,
    Effect.gen(function* () {
      const charges = yield* PaymentChargeStore
      const payments = yield* PaymentStore
      const invoices = yield* InvoiceStore
      const inLedger = booksOf(yield* LedgerStore)
      const settlements = yield* Settlements
      const requests = yield* RequestChanges
      const ids = yield* Ids

      const settle = Effect.fn("Bookings.settle")(function* (parts: ReadonlyArray<SettlingPart>, now: DateTime.Utc) {
        const paid = yield* settlements.settle(parts, now)
        yield* requests.settle(
          [],
          paid.map(({ id }) => id),
          now
        )
      })

      /** Charges that came in although their payment is tried again by another one, or is gone: the money gets a payment of its own. */
      const withoutPayment = Effect.fnUntraced(function* (known: ReadonlyArray<KnownOutcome>, before: ReadonlyArray<ChargedInvoice>) {
        const had = new Set(before.map((payment) => payment.payment_charge_id))
        const bare = known.filter(({ charge_id, outcome }) => outcome.status === "succeeded" && !had.has(charge_id))
        return bare.length === 0
          ? []
          : (yield* charges.load(bare.map(({ charge_id }) => charge_id))).filter(({ invoice_id }) => invoice_id !== null)
      })

      const giveThemPayments = Effect.fnUntraced(function* (bare: ReadonlyArray<PaymentCharge>, now: DateTime.Utc) {
        const open = bare.filter(({ status }) => status !== "succeeded")
        if (open.length === 0) return
        const fresh = yield* ids.many(open.length)
        const made = open.map(
          ({ id, invoice_id, payment_method_id, provider, ...of }, index): Payment => ({
            ...newPayment({ ...of, invoice_id: invoice_id! }, fresh[index]!, now),
            status: "canceled",
            provider,
            payment_method_id,
            payment_charge_id: id
          })
        )
        yield* payments.insert(made)
      })

      const book = Effect.fn("Bookings.book")(function* (known: ReadonlyArray<KnownOutcome>, now: DateTime.Utc) {
        if (known.length === 0) return []
        const charge_ids = known.map(({ charge_id }) => charge_id)
        const before = yield* payments.invoicesOf(charge_ids)
        const left_alone = yield* withoutPayment(known, before)
        const asked = [...new Set([...before, ...left_alone].map(({ invoice_id }) => invoice_id!))]
        const dues = new Map((yield* invoices.lockDue(asked)).map((due): readonly [string, InvoiceDue] => [due.id, due]))
        const rows = new Map((yield* charges.lock(charge_ids)).map((charge) => [charge.id as string, charge]))
        yield* giveThemPayments(
          left_alone.map(({ id }) => rows.get(id)!),
          now
        )
        const ofCharge = Arr.groupBy(yield* payments.ofCharges(charge_ids), (payment) => payment.payment_charge_id!)
        const left: DueLeft = new Map([...dues].map(([id, { due_cents }]) => [id, due_cents]))
        const booked = known.flatMap(({ charge_id, outcome }) => {
          const charged = { charge: rows.get(charge_id)!, payments: ofCharge[charge_id] ?? [] }
          return bookOutcome(charged, outcome, dues, left, now) ?? []
        })
        yield* charges.save(booked.map(({ charge }) => charge))
        yield* payments.save(booked.flatMap((one) => one.payments))
        yield* inLedger(
          booked.flatMap(({ payments: after, result }) =>
            result === "succeeded"
              ? after.filter(({ status }) => status === "succeeded").map((payment) => paymentReceived(payment, now))
              : []
          ),
          now
        )
        const paid = yield* settlements.settle(
          booked.flatMap(({ parts }) => parts),
          now
        )
        const failed = booked.filter(({ result }) => result === "failed").flatMap((one) => one.payments)
        yield* invoices.markFees(
          failed.flatMap(({ invoice_id }) => ((left.get(invoice_id) ?? 0n) > 0n ? [invoice_id] : [])),
          "failed"
        )
        yield* requests.settle(
          booked.flatMap(({ charge, result }) =>
            charge.payment_request_id === null || result === "processing"
              ? []
              : [
                  {
                    payment_request_id: charge.payment_request_id,
                    error: result === "succeeded" ? null : (charge.failure_reason ?? result)
                  }
                ]
          ),
          paid.map(({ id }) => id),
          now
        )
        return booked
      })

      return Bookings.of({ book, settle })
    })
  )
}
