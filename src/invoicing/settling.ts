/**
 * What settles documents as they become final, over documents in their order: the customers' credit notes, oldest first (I3),
 * then their wallets, by priority and age (I10). Pure.
 */
import type { DateTime } from "effect"
import { Either } from "effect"
import type { Customer } from "../accounts/index.js"
import {
  availableCents,
  type CreditNote,
  type CreditNoteDocument,
  settle,
  takeOut,
  type WalletAccount,
  type WalletTransaction
} from "../credits/index.js"
import type { InvoiceDocument } from "./store.js"

/** A document that becomes final, with the notes that become final right before it, on whatever invoice they stand; null: notes only. */
export interface Finalizing {
  readonly customer: Customer
  readonly notes: ReadonlyArray<CreditNoteDocument>
  readonly document: InvoiceDocument | null
}

/** So much of a note on an invoice. */
interface NoteUsed {
  readonly credit_note_id: string
  readonly invoice_id: string
  readonly organization_id: CreditNote["organization_id"]
  readonly amount_cents: bigint
}

/** What customers have to pay with: notes with a balance, and locked wallets, oldest first. */
export interface Means {
  readonly notes: ReadonlyArray<CreditNote>
  readonly accounts: ReadonlyArray<WalletAccount>
}

export interface Settled {
  /** What each document still owes, in order; 0 for notes only. */
  readonly due_cents: ReadonlyArray<bigint>
  /** What of each document wallets paid, in order. */
  readonly prepaid_cents: ReadonlyArray<bigint>
  readonly used: ReadonlyArray<NoteUsed>
  /** What is left of every note that has a part in it, by its id. */
  readonly balances: ReadonlyMap<string, bigint>
  /** The wallets after it, and what they paid; each movement names its invoice. */
  readonly accounts: ReadonlyArray<WalletAccount>
  readonly movements: ReadonlyArray<WalletTransaction>
}

/** Whether a document is paid from what the customer has at all: a purchase of credits is not. */
export const takesWallets = ({ document }: Finalizing): boolean =>
  document !== null && document.invoice.invoice_type !== "credit" && document.invoice.total_cents > 0n

/** Whether it is paid by notes: not where the customer has them switched off. */
export const takesNotes = (item: Finalizing): boolean => takesWallets(item) && item.customer.apply_credit_notes_automatically

/** How many movements there can be at most. */
export const movementsAtMost = (all: ReadonlyArray<Finalizing>, accounts: ReadonlyArray<WalletAccount>): number =>
  accounts.length === 0
    ? 0
    : all.filter(takesWallets).reduce((count, { customer }) => {
        return count + accounts.filter(({ wallet }) => wallet.customer_id === customer.id).length
      }, 0)

/**
 * Settles documents in their order. A note that becomes final with or before a document pays it, but never its own invoice.
 * What holds set aside in a wallet stays there. Movements take their ids from `ids`, in order.
 *
 * @see decisions I1, I3, I10
 */
export const settleAll = (all: ReadonlyArray<Finalizing>, means: Means, ids: Iterator<string>, now: DateTime.Utc): Settled => {
  const notes: Array<CreditNote> = means.notes.toSorted((a, b) => (a.issued_at?.epochMillis ?? 0) - (b.issued_at?.epochMillis ?? 0))
  const balances = new Map(notes.map((note) => [note.id as string, note.balance_amount_cents]))
  const accounts = new Map(means.accounts.map((account) => [account.wallet.id as string, account]))
  const used: Array<NoteUsed> = []
  const movements: Array<WalletTransaction> = []
  const settled = all.map((item) => {
    for (const { note } of item.notes) {
      notes.push({ ...note, issued_at: now })
      balances.set(note.id, note.credit_amount_cents)
    }
    const { customer, document } = item
    if (document === null) return { due_cents: 0n, prepaid_cents: 0n }
    const { currency, id, organization_id, total_cents } = document.invoice
    if (!takesWallets(item)) return { due_cents: total_cents, prepaid_cents: 0n }
    const usable = notes
      .filter((note) => takesNotes(item) && note.customer_id === customer.id && note.invoice_id !== id)
      .map(({ currency, id, issued_at }) => ({ id, currency, issued_at: issued_at!, balance_amount_cents: balances.get(id)! }))
    const own = [...accounts.values()].filter(({ wallet }) => wallet.customer_id === customer.id)
    const wallets = own.map(({ wallet }) => ({ ...wallet, balance_cents: availableCents(wallet) }))
    const {
      credit_notes,
      due_cents,
      wallets: paying
    } = settle({ currency, due_cents: total_cents }, { credit_notes: usable, wallets }, now)
    for (const { amount_cents, balance_amount_cents, credit_note } of credit_notes) {
      if (amount_cents === 0n) continue
      balances.set(credit_note.id, balance_amount_cents)
      used.push({ credit_note_id: credit_note.id, invoice_id: id, organization_id, amount_cents })
    }
    let prepaid_cents = 0n
    for (const { amount_cents, wallet } of paying) {
      if (amount_cents === 0n) continue
      const movement = { id: ids.next().value as string, transaction_status: "invoiced", amount_cents, invoice_id: id } as const
      const moved = Either.getOrThrow(takeOut(accounts.get(wallet.id)!, movement, now))
      accounts.set(wallet.id, moved.account)
      movements.push(moved.transaction)
      prepaid_cents += amount_cents
    }
    return { due_cents, prepaid_cents }
  })
  return {
    due_cents: settled.map((each) => each.due_cents),
    prepaid_cents: settled.map((each) => each.prepaid_cents),
    used,
    balances,
    accounts: [...accounts.values()],
    movements
  }
}
