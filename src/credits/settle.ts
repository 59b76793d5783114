/** What settles an invoice at its finalization: credit notes, the oldest first, then wallets, by priority and age (decisions I1, I3, I10). Pure. */
import type { DateTime } from "effect"
import { draw } from "./draw.js"
import { canPay, creditsOf, inOrderOfUse, movementCredits, type WalletTerms } from "./wallet.js"

/** What is to be settled, in minor units. */
export interface OpenInvoice {
  readonly currency: string
  readonly due_cents: bigint
}

/** A finalized credit note of the invoice's customer, with its balance. */
export interface AvailableCreditNote {
  readonly balance_amount_cents: bigint
  readonly currency: string
  /** Its finalization. */
  readonly issued_at: DateTime.Utc
}

export interface CreditNoteUse<N> {
  readonly credit_note: N
  readonly amount_cents: bigint
  /** What is left of it; consumed at 0. */
  readonly balance_amount_cents: bigint
}

/** A wallet of the invoice's customer. */
export interface PayingWallet extends WalletTerms {
  readonly priority: number
  readonly balance_cents: bigint
  /** Minor units per credit. */
  readonly rate_amount: string
}

export interface WalletUse<W> {
  readonly wallet: W
  readonly amount_cents: bigint
  /** The movement in credits. */
  readonly credit_amount: string
  /** What is left in it, in money and in credits. */
  readonly balance_cents: bigint
  readonly credits_balance: string
}

/**
 * Settles by credit notes: oldest finalization first (of the same instant in the order given), min(balance, rest) each.
 * Notes of another currency are passed over with 0.
 *
 * @see decisions I3
 */
const settleByCreditNotes = <N extends AvailableCreditNote>(
  invoice: OpenInvoice,
  credit_notes: ReadonlyArray<N>
): { readonly credit_notes: ReadonlyArray<CreditNoteUse<N>>; readonly due_cents: bigint } => {
  const inOrder = [...credit_notes].sort((a, b) => a.issued_at.epochMillis - b.issued_at.epochMillis)
  const { left, taken } = draw(
    invoice.due_cents,
    inOrder.map((note) => (note.currency === invoice.currency ? note.balance_amount_cents : 0n))
  )
  return {
    credit_notes: inOrder.map((credit_note, index) => ({
      credit_note,
      amount_cents: taken[index]!,
      balance_amount_cents: credit_note.balance_amount_cents - taken[index]!
    })),
    due_cents: left
  }
}

/**
 * Settles by wallets, given oldest first: active, unexpired ones of the invoice's currency by priority, then age,
 * min(balance, rest) each; the others are passed over with 0.
 *
 * @see decisions I10
 */
const settleByWallets = <W extends PayingWallet>(
  invoice: OpenInvoice,
  wallets: ReadonlyArray<W>,
  at: DateTime.Utc
): { readonly wallets: ReadonlyArray<WalletUse<W>>; readonly due_cents: bigint } => {
  const inOrder = inOrderOfUse(wallets)
  const { left, taken } = draw(
    invoice.due_cents,
    inOrder.map((wallet) => (canPay(wallet, invoice.currency, at) ? wallet.balance_cents : 0n))
  )
  return {
    wallets: inOrder.map((wallet, index): WalletUse<W> => {
      const balance_cents = wallet.balance_cents - taken[index]!
      return {
        wallet,
        amount_cents: taken[index]!,
        credit_amount: movementCredits(wallet.balance_cents, balance_cents, wallet.rate_amount),
        balance_cents,
        credits_balance: creditsOf(balance_cents, wallet.rate_amount)
      }
    }),
    due_cents: left
  }
}

/**
 * Settles an invoice: credit notes, then wallets over what they leave. Without `credit_notes` where the customer's notes
 * are not applied automatically.
 *
 * @see decisions I1
 */
export const settle = <N extends AvailableCreditNote, W extends PayingWallet>(
  invoice: OpenInvoice,
  from: { readonly credit_notes: ReadonlyArray<N>; readonly wallets: ReadonlyArray<W> },
  at: DateTime.Utc
): {
  readonly credit_notes: ReadonlyArray<CreditNoteUse<N>>
  readonly wallets: ReadonlyArray<WalletUse<W>>
  readonly due_cents: bigint
} => {
  const { credit_notes, due_cents } = settleByCreditNotes(invoice, from.credit_notes)
  return { credit_notes, ...settleByWallets({ ...invoice, due_cents }, from.wallets, at) }
}
