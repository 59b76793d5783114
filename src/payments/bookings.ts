/** Books what came in: outcomes of charges and payments by hand, on invoices, fees and payment requests, in one transaction. */
import { Array as Arr, Context, type DateTime, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { type InvoiceDue, InvoiceStore, Settlements, type SettlingPart } from "../invoicing/index.js"
import { type Booked, bookOutcome, type DueLeft } from "./outcome.js"
import type { ChargeOutcome } from "./provider.js"
import { RequestChanges } from "./requests/changes.js"
import { PaymentChargeStore, PaymentStore } from "./store.js"

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
  static readonly layer: Layer.Layer<Bookings, never, PaymentChargeStore | PaymentStore | InvoiceStore | Settlements | RequestChanges> =
    Layer.effect(
      Bookings,
      Effect.gen(function* () {
        const charges = yield* PaymentChargeStore
        const payments = yield* PaymentStore
        const invoices = yield* InvoiceStore
        const settlements = yield* Settlements
        const requests = yield* RequestChanges

        const settle = Effect.fn("Bookings.settle")(function* (parts: ReadonlyArray<SettlingPart>, now: DateTime.Utc) {
          const paid = yield* settlements.settle(parts, now)
          yield* requests.settle(
            [],
            paid.map(({ id }) => id),
            now
          )
        })

        const book = Effect.fn("Bookings.book")(function* (known: ReadonlyArray<KnownOutcome>, now: DateTime.Utc) {
          if (known.length === 0) return []
          const ids = known.map(({ charge_id }) => charge_id)
          const asked = [...new Set((yield* payments.ofCharges(ids)).map((payment) => payment.invoice_id))]
          const dues = new Map((yield* invoices.lockDue(asked)).map((due): readonly [string, InvoiceDue] => [due.id, due]))
          const rows = new Map((yield* charges.lock(ids)).map((charge) => [charge.id as string, charge]))
          const ofCharge = Arr.groupBy(yield* payments.ofCharges(ids), (payment) => payment.payment_charge_id!)
          const left: DueLeft = new Map([...dues].map(([id, { due_cents }]) => [id, due_cents]))
          const booked = known.flatMap(({ charge_id, outcome }) => {
            const charged = { charge: rows.get(charge_id)!, payments: ofCharge[charge_id] ?? [] }
            return bookOutcome(charged, outcome, dues, left, now) ?? []
          })
          yield* charges.save(booked.map(({ charge }) => charge))
          yield* payments.save(booked.flatMap((one) => one.payments))
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
