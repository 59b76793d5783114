/** Credit notes in a case: fees and notes by their indexes. */
import { Effect } from "effect"
import { CreditNotes, Invoices } from "../../../src/invoicing/index.js"
import { allCreditNotes, invoiceAt } from "./world.js"

interface OfNote {
  readonly credit_note: number
}

const noteAt = (index: number) => Effect.map(allCreditNotes, (notes) => notes[index]!)

interface Credit {
  readonly invoice: number
  readonly items: ReadonlyArray<{ readonly fee: number; readonly amount_cents: string }>
}

export const creditNoteVerbs = {
  credit_note: ({ invoice, items, ...given }: Credit) =>
    Effect.gen(function* () {
      const { id } = yield* invoiceAt(invoice)
      const { fees } = yield* (yield* Invoices).get(id)
      const named = items.map(({ amount_cents, fee }) => ({ fee_id: fees[fee]!.id, amount_cents }))
      return yield* (yield* CreditNotes).issue({ invoice_id: id, items: named, ...given } as never)
    }),
  void_credit_note: ({ credit_note }: OfNote) =>
    Effect.flatMap(noteAt(credit_note), ({ id }) => Effect.flatMap(CreditNotes, (service) => service.void(id))),
  apply_credit_note: ({ amount_cents, credit_note, invoice }: OfNote & { readonly invoice: number; readonly amount_cents: string }) =>
    Effect.gen(function* () {
      const { id } = yield* noteAt(credit_note)
      const { id: invoice_id } = yield* invoiceAt(invoice)
      return yield* (yield* CreditNotes).apply(id, { invoice_id, amount_cents })
    })
}
