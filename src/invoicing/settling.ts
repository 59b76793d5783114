/** What settles documents as they become final: the customers' credit notes, oldest first, over documents in their order (I3). Pure. */
import type { DateTime } from "effect"
import type { Customer } from "../accounts/index.js"
import { type CreditNote, type CreditNoteDocument, settle } from "../credits/index.js"
import type { InvoiceDocument } from "./store.js"

/** A document that becomes final, with the notes that become final right before it, on whatever invoice they stand; null: notes only. */
export interface Finalizing {
  readonly customer: Customer
  readonly notes: ReadonlyArray<CreditNoteDocument>
  readonly document: InvoiceDocument | null
}

/** So much of a note on an invoice. */
export interface NoteUsed {
  readonly credit_note_id: string
  readonly invoice_id: string
  readonly organization_id: CreditNote["organization_id"]
  readonly amount_cents: bigint
}

export interface Settled {
  /** What each document still owes, in order; 0 for notes only. */
  readonly due_cents: ReadonlyArray<bigint>
  readonly used: ReadonlyArray<NoteUsed>
  /** What is left of every note that has a part in it, by its id. */
  readonly balances: ReadonlyMap<string, bigint>
}

/** Whether a document is paid by notes at all: a purchase of credits is not, nor one of a customer who has them switched off. */
export const takesNotes = ({ customer, document }: Finalizing): boolean =>
  document !== null &&
  customer.apply_credit_notes_automatically &&
  document.invoice.invoice_type !== "credit" &&
  document.invoice.total_cents > 0n

/**
 * Settles documents in their order. A note that becomes final with or before a document pays it, but never its own invoice.
 *
 * @see decisions I1, I3
 */
export const settleAll = (all: ReadonlyArray<Finalizing>, available: ReadonlyArray<CreditNote>, now: DateTime.Utc): Settled => {
  const notes: Array<CreditNote> = available.toSorted((a, b) => (a.issued_at?.epochMillis ?? 0) - (b.issued_at?.epochMillis ?? 0))
  const balances = new Map(notes.map((note) => [note.id as string, note.balance_amount_cents]))
  const used: Array<NoteUsed> = []
  const due_cents = all.map((item) => {
    for (const { note } of item.notes) {
      notes.push({ ...note, issued_at: now })
      balances.set(note.id, note.credit_amount_cents)
    }
    const { customer, document } = item
    if (document === null) return 0n
    const { currency, id, organization_id, total_cents } = document.invoice
    if (!takesNotes(item)) return total_cents
    const usable = notes
      .filter((note) => note.customer_id === customer.id && note.invoice_id !== id)
      .map(({ currency, id, issued_at }) => ({ id, currency, issued_at: issued_at!, balance_amount_cents: balances.get(id)! }))
    const settled = settle({ currency, due_cents: total_cents }, { credit_notes: usable, wallets: [] }, now)
    for (const { amount_cents, balance_amount_cents, credit_note } of settled.credit_notes) {
      if (amount_cents === 0n) continue
      balances.set(credit_note.id, balance_amount_cents)
      used.push({ credit_note_id: credit_note.id, invoice_id: id, organization_id, amount_cents })
    }
    return settled.due_cents
  })
  return { due_cents, used, balances }
}
