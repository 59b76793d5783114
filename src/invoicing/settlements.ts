/** What reduces what is due on final invoices, and makes them paid: the one way to settle after finalization. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { WalletStore } from "../credits/index.js"
import { booksOf, LedgerStore, settled } from "../ledger/index.js"
import { paidPurchases } from "./paid-purchases.js"
import type { Settlement } from "./settlement.js"
import { type InvoiceDue, InvoiceStore } from "./store.js"

/** So much of a payment, credit note or wallet transaction on an invoice, in minor units of its currency. */
export interface SettlingPart extends Pick<Settlement, "settlement_type" | "source_id" | "amount_cents"> {
  readonly invoice: InvoiceDue
}

/** The invoices, each once, that parts settle wholly. Pure. */
const wholly = (parts: ReadonlyArray<SettlingPart>): ReadonlyArray<InvoiceDue> => {
  const left = new Map<InvoiceDue["id"], { readonly invoice: InvoiceDue; readonly due_cents: bigint }>()
  for (const { amount_cents, invoice } of parts) {
    const { due_cents } = left.get(invoice.id) ?? invoice
    left.set(invoice.id, { invoice, due_cents: due_cents - amount_cents })
  }
  return [...left.values()].flatMap(({ due_cents, invoice }) => (due_cents === 0n ? [invoice] : []))
}

/** Settles inside the transaction that the caller opened. */
export class Settlements extends Context.Tag("billwright/Settlements")<
  Settlements,
  {
    /**
     * Stores a settlement for each part; an invoice on which nothing is due any more is paid, its fees succeeded, in the same
     * write, and the credits that it sold come (I11). The invoices come from `InvoiceStore.lockDue`; parts are > 0 and at most what is due. Answers those that are paid now.
     *
     * @see decisions I1
     */
    readonly settle: (
      parts: ReadonlyArray<SettlingPart>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<InvoiceDue>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Settlements, never, InvoiceStore | WalletStore | LedgerStore | Ids> = Layer.effect(
    Settlements,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const ids = yield* Ids
      const ledger = yield* LedgerStore
      const book = booksOf(ledger)
      const bring = paidPurchases(yield* WalletStore, ledger)

      const settle = Effect.fn("Settlements.settle")(function* (parts: ReadonlyArray<SettlingPart>, now: DateTime.Utc) {
        if (parts.length === 0) return []
        const fresh = yield* ids.many(parts.length)
        const rows = parts.map(
          ({ invoice, ...part }, index): Settlement => ({
            ...part,
            id: fresh[index]!,
            organization_id: invoice.organization_id,
            invoice_id: invoice.id,
            returned_at: null,
            created_at: now,
            updated_at: now
          })
        )
        yield* invoices.settle(rows)
        yield* book(
          rows.map((row, index) => settled({ ...parts[index]!.invoice, ...row }, now)),
          now
        )
        const paid = wholly(parts)
        yield* invoices.markPaid(
          paid.map(({ id }) => id),
          now
        )
        yield* bring(
          paid.map(({ id }) => id),
          now
        )
        return paid
      })

      return Settlements.of({ settle })
    })
  )
}
