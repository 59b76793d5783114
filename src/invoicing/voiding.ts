/** Voids: what an invoice took is given back, and its number stays (invoicing.md 20). */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrencyCode, type CurrentOrganization, Ids, InvalidTransition, type StorageError } from "../core/index.js"
import {
  type AppliedCoupon,
  afterReturn,
  CouponStore,
  type CreditNote,
  CreditNoteStore,
  changesOf,
  giveCreditsBack,
  type NoteBalance,
  needsWallet,
  WalletId,
  WalletStore,
  walletForReturn
} from "../credits/index.js"
import { booksOf, invoiceVoided, LedgerStore, settlementReturned } from "../ledger/index.js"
import { Collections } from "./collections.js"
import { InvoiceHasCreditNotes, InvoiceHasPayments, InvoiceNotFound } from "./errors.js"
import type { Invoice } from "./invoice.js"
import { failPurchases } from "./purchases.js"
import type { Settlement } from "./settlement.js"
import { InvoiceStore } from "./store.js"

type Returned = Pick<Settlement, "source_id" | "amount_cents">

/** A note with what an invoice had used of it; available again. */
const balanceAfter = (note: CreditNote, returned: ReadonlyArray<Returned>, now: DateTime.Utc): NoteBalance => ({
  credit_note_id: note.id,
  organization_id: note.organization_id,
  credit_status: "available",
  balance_amount_cents: returned.reduce(
    (balance, { amount_cents, source_id }) => (source_id === note.id ? balance + amount_cents : balance),
    note.balance_amount_cents
  ),
  updated_at: now
})

/** An application that has a use again. */
const revived = (applied: AppliedCoupon, now: DateTime.Utc): AppliedCoupon => {
  const state = afterReturn(applied)
  return { ...applied, ...state, terminated_at: state.status === "active" ? null : applied.terminated_at, updated_at: now }
}

/** Voids invoices inside the transaction that the caller opened. */
export class Voiding extends Context.Tag("billwright/Voiding")<
  Voiding,
  {
    /**
     * Voids a final invoice that nobody has paid a part of: coupons get their uses back, credit notes their balances, wallets
     * their credits as a granted top-up; each only what this invoice had of it. Credits that it sold never come. The invoice is
     * locked before what it took.
     *
     * @see decisions I7
     */
    readonly void: (
      id: string,
      now: DateTime.Utc
    ) => Effect.Effect<
      void,
      InvoiceNotFound | InvalidTransition | InvoiceHasPayments | InvoiceHasCreditNotes | StorageError,
      CurrentOrganization
    >
  }
>() {
  static readonly layer: Layer.Layer<
    Voiding,
    never,
    InvoiceStore | CouponStore | CreditNoteStore | WalletStore | LedgerStore | Collections | Ids
  > = Layer.effect(
    Voiding,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const coupons = yield* CouponStore
      const notes = yield* CreditNoteStore
      const wallets = yield* WalletStore
      const book = booksOf(yield* LedgerStore)
      const collections = yield* Collections
      const ids = yield* Ids

      const giveCouponsBack = Effect.fnUntraced(function* (invoice_id: string, now: DateTime.Utc) {
        const used = yield* coupons.lockUsed(invoice_id)
        yield* coupons.saveApplied(used.map((applied) => revived(applied, now)))
        if (used.length > 0) yield* coupons.returnUses(invoice_id, now)
      })

      const giveNotesBack = Effect.fnUntraced(function* (settlements: ReadonlyArray<Settlement>, now: DateTime.Utc) {
        const returned = settlements.filter(({ settlement_type }) => settlement_type === "credit_note")
        const locked = yield* notes.lock(returned.map(({ source_id }) => source_id))
        yield* notes.saveBalances(locked.map((note) => balanceAfter(note, returned, now)))
      })

      const giveCreditsBackTo = Effect.fnUntraced(function* ({ customer_id, id, ...invoice }: Invoice, now: DateTime.Utc) {
        const currency = invoice.currency as CurrencyCode
        const paid = (yield* wallets.onInvoices([id])).filter(({ transaction_status }) => transaction_status === "invoiced")
        if (paid.length === 0) return
        const own = (yield* wallets.ofCustomers([customer_id])).filter((wallet) => wallet.currency === currency)
        const locked = yield* wallets.lock(
          own.map((wallet) => wallet.id),
          now
        )
        const [wallet_id, ...fresh] = yield* ids.many(1 + paid.length)
        const made = needsWallet(locked, currency, now) ? walletForReturn(locked[0]!.wallet, WalletId.make(wallet_id!), now) : undefined
        if (made !== undefined) yield* Effect.catchTag(wallets.insert(made), "CodeTaken", Effect.die)
        const accounts = made === undefined ? locked : [...locked, { wallet: made, top_ups: [] }]
        const back = giveCreditsBack(accounts, paid, currency, fresh[Symbol.iterator](), now)
        yield* wallets.record(changesOf(accounts, back.accounts, back.made))
      })

      const voided = Effect.fn("Voiding.void")(function* (id: string, now: DateTime.Utc) {
        const [document] = yield* invoices.lock([id])
        if (document === undefined) return yield* new InvoiceNotFound({ id })
        const { fees, invoice, settlements } = document
        if (invoice.status !== "finalized") {
          return yield* new InvalidTransition({ entity: "Invoice", id, from: invoice.status, action: "void" })
        }
        if (settlements.some(({ settlement_type }) => settlement_type === "payment")) return yield* new InvoiceHasPayments({ id })
        const items = yield* notes.itemsOf(fees.map((fee) => fee.id))
        if (items.length > 0) return yield* new InvoiceHasCreditNotes({ id })
        const standing = settlements.filter(({ returned_at }) => returned_at === null)
        yield* giveCouponsBack(id, now)
        yield* giveNotesBack(standing, now)
        yield* giveCreditsBackTo(invoice, now)
        if (invoice.invoice_type === "credit") yield* failPurchases(wallets, [id], now)
        if (standing.length > 0) yield* invoices.returnSettlements(id, now)
        yield* collections.voided([id], now)
        yield* invoices.markVoided([id], now)
        yield* book(
          [invoiceVoided(invoice, now), ...standing.map((settlement) => settlementReturned({ ...invoice, ...settlement }, now))],
          now
        )
      })

      return Voiding.of({ void: voided })
    })
  )
}
