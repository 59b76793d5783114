/**
 * The job that calls providers. An intent is claimed in one transaction, the provider is called outside of any, and what it
 * says is booked in another one. Where that is cut off, the next run asks the provider before it charges again, with the same
 * key: one charge for one due amount, whatever is killed when (M7, S4).
 */
import { Array as Arr, Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, type InvalidInput, overlapped, type StorageError, Transactor } from "../core/index.js"
import { type InvoiceDue, InvoiceStore } from "../invoicing/index.js"
import { Bookings } from "./bookings.js"
import { ask, CONCURRENCY } from "./calls.js"
import { claimOf } from "./claim.js"
import { providerLookup } from "./own-providers.js"
import { type CollectionOptions, type CollectionRun, collectionTerms } from "./runs.js"
import { PaymentChargeStore, PaymentStore } from "./store.js"

export class Collecting extends Context.Tag("billwright/Collecting")<
  Collecting,
  {
    /**
     * Makes every charge that is due, and asks about those without an outcome. Not inside a transaction of the host: providers
     * are called here. A charge whose provider fails, or is not set up, stays for a later run.
     */
    readonly collectDue: (options?: CollectionOptions) => Effect.Effect<CollectionRun, InvalidInput | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Collecting, never, PaymentChargeStore | PaymentStore | InvoiceStore | Bookings | Transactor> =
    Layer.effect(
      Collecting,
      Effect.gen(function* () {
        const charges = yield* PaymentChargeStore
        const payments = yield* PaymentStore
        const invoices = yield* InvoiceStore
        const bookings = yield* Bookings
        const { transaction } = yield* Transactor
        const providers = yield* providerLookup

        /** Claims charges for the calls to come; what is due of a new one is fixed here, under its invoices' locks. */
        const claim = Effect.fnUntraced(function* (now: DateTime.Utc, size: number) {
          const found = yield* charges.due(now, size)
          if (found.length === 0) return null
          const before = yield* payments.invoicesOf(found)
          const dues = new Map<string, InvoiceDue>()
          for (const due of yield* invoices.lockDue([...new Set(before.map((payment) => payment.invoice_id))])) dues.set(due.id, due)
          const rows = (yield* charges.lock(found)).filter(
            (charge) => charge.due_at !== null && charge.due_at.epochMillis <= now.epochMillis
          )
          const ofCharge = Arr.groupBy(yield* payments.ofCharges(rows.map(({ id }) => id)), (payment) => payment.payment_charge_id!)
          const claimed = rows.map((row) => claimOf({ charge: row, payments: ofCharge[row.id] ?? [] }, dues, now))
          yield* payments.save(claimed.flatMap((one) => one.changed))
          yield* charges.save(claimed.map(({ charge }) => charge))
          return claimed
        })

        const collectDue = Effect.fn("Collecting.collectDue")(function* (options: CollectionOptions = {}) {
          const { now, size } = yield* collectionTerms(options)
          const run = { charges: 0, succeeded: 0, failed: 0, processing: 0, canceled: 0, unknown: 0 }
          /** Claimed and asked one after the other, so that no more answers are awaited at a time than should be. */
          const called = Effect.gen(function* () {
            const claimed = yield* transaction(claim(now, size))
            if (claimed === null) return null
            const providerOf = yield* providers.toCall
            const answers = yield* Effect.forEach(
              claimed,
              (one) => Effect.either(ask(one, providerOf(one.charge.provider, one.charge.called_at), now)),
              {
                concurrency: CONCURRENCY
              }
            )
            const known = claimed.flatMap(({ charge }, index) => {
              const answer = answers[index]!
              return Either.isRight(answer) ? [{ charge_id: charge.id, outcome: answer.right }] : []
            })
            return { claimed: claimed.length, known }
          })
          yield* overlapped(
            called,
            Effect.fnUntraced(function* ({ claimed, known }) {
              const booked = yield* transaction(bookings.book(known, now))
              run.charges += claimed
              run.unknown += claimed - known.length
              for (const { result } of booked) run[result] += 1
            })
          )
          return run
        })

        return Collecting.of({ collectDue })
      })
    )
}
