/** Drafts made final: calculated once more, then issued (invoicing.md 15.4). The subscription's row is locked before the invoice's. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import { type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { Drafts, type Rebuild, type Rebuilt } from "./drafts.js"
import { type Issuance, Issuing } from "./issuing.js"
import { isLeftToOthers } from "./late-usage.js"
import { LATE_USAGE, notesOf, SURPLUS } from "./note.js"
import { InvoiceStore, suppliedBy } from "./store.js"
import type { TaxAnswers, TaxesWanted } from "./tax-question.js"

/** The subscriptions whose late usage is corrected with these documents, and not left to others. */
const correctedWith = (documents: ReadonlyArray<Rebuilt>): ReadonlyArray<string> => {
  const final = documents.map(({ document }) => document.invoice.id as string)
  return documents.flatMap(({ document, late }) =>
    late === null || isLeftToOthers(late, final) ? [] : [document.invoice.subscription_id!]
  )
}

/** Finalizes drafts inside the transaction that the caller opened. */
export class Finalization extends Context.Tag("billwright/Finalization")<
  Finalization,
  {
    /**
     * Those of the invoices that are drafts of these locked subscriptions, in the order given. Fails with `TaxesWanted` where a tax
     * integration has to be asked first: the transaction is undone, and comes again with the answers.
     */
    readonly finalize: (
      ids: ReadonlyArray<string>,
      rows: ReadonlyArray<Subscription>,
      now: DateTime.Utc,
      answers: TaxAnswers
    ) => Effect.Effect<Rebuild, TaxesWanted | StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Finalization, never, Drafts | Issuing | InvoiceStore | CreditNoteStore | SubscriptionStore | Ids> =
    Layer.effect(
      Finalization,
      Effect.gen(function* () {
        const drafts = yield* Drafts
        const issuing = yield* Issuing
        const invoices = yield* InvoiceStore
        const notes = yield* CreditNoteStore
        const subscriptions = yield* SubscriptionStore
        const source = yield* Ids

        /** With the notes that its figures call for, and after them the draft notes on it. */
        const issuances = Effect.fnUntraced(function* (documents: ReadonlyArray<Rebuilt>, now: DateTime.Utc) {
          const needed = documents.reduce(
            (count, { corrections, surplus }) => count + 2 * (surplus.given_back.length + corrections.given_back.length),
            0
          )
          const fresh = (yield* source.many(needed))[Symbol.iterator]()
          const called = documents.map(({ corrections, surplus }) => [
            ...notesOf(surplus.given_back, surplus.items, SURPLUS, fresh, now),
            ...notesOf(corrections.given_back, corrections.items, LATE_USAGE, fresh, now)
          ])
          yield* notes.insert(called.flat())
          return documents.map(({ customer, document, issuer, notes: own }, index): Issuance => {
            return { customer, issuer, document, notes: [...called[index]!, ...own] }
          })
        })

        const finalize = Effect.fn("Finalization.finalize")(function* (
          ids: ReadonlyArray<string>,
          rows: ReadonlyArray<Subscription>,
          now: DateTime.Utc,
          answers: TaxAnswers
        ) {
          const rebuilt = yield* drafts.rebuild(ids, rows, "finalize", now, answers)
          yield* drafts.save(rebuilt.documents, now)
          yield* invoices.recordTaxations(rebuilt.documents.flatMap(({ answer, document }) => suppliedBy(document.invoice, answer, now)))
          yield* subscriptions.clearLateUsage(correctedWith(rebuilt.documents))
          yield* issuing.issue(yield* issuances(rebuilt.documents, now), now)
          return rebuilt
        })

        return Finalization.of({ finalize })
      })
    )
}
