/** The last steps of finalization, for many documents at once: settlements, the numbers of notes, the numbers of invoices (invoicing.md 15.4). */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { Issuer } from "../accounts/index.js"
import { OrganizationStore, termsOf } from "../accounts/index.js"
import { type CurrentOrganization, Ids, localDate, type StorageError } from "../core/index.js"
import { CreditNoteStore, changesOf, type NoteBalance, type NoteIssue, openAccount, WalletStore } from "../credits/index.js"
import { type Booking, booksOf, creditNoteIssued, invoiceIssued, LedgerStore, settled as settledBy } from "../ledger/index.js"
import { Collections } from "./collections.js"
import { issueOf, seriesOf } from "./document.js"
import type { Invoice } from "./invoice.js"
import type { Settlement } from "./settlement.js"
import { type Finalizing, movementsAtMost, settleAll, takesNotes, takesWallets } from "./settling.js"
import { InvoiceStore, type Issue } from "./store.js"

/** A document with its issuer; null: notes only. */
export interface Issuance extends Finalizing {
  readonly issuer: Issuer
}

const customersOf = (all: ReadonlyArray<Issuance>): ReadonlyArray<string> => [...new Set(all.map(({ customer }) => customer.id as string))]

/** What becomes final books itself: notes, documents, and what settles them. */
const bookingsOf = (all: ReadonlyArray<Issuance>, settlements: ReadonlyArray<Settlement>, now: DateTime.Utc): ReadonlyArray<Booking> => {
  const invoices = all.flatMap(({ document }) => (document === null ? [] : [document.invoice]))
  const invoiceOf = new Map<string, Invoice>(invoices.map((invoice) => [invoice.id, invoice]))
  return [
    ...all.flatMap(({ notes }) => notes.map(({ note }) => creditNoteIssued({ ...note, invoice_type: "subscription" }, now))),
    ...invoices.map((invoice) => invoiceIssued(invoice, now)),
    ...settlements.map((settlement) => settledBy({ ...invoiceOf.get(settlement.invoice_id)!, ...settlement }, now))
  ]
}

/** Makes stored drafts final. */
export class Issuing extends Context.Tag("billwright/Issuing")<
  Issuing,
  {
    /**
     * Issues stored drafts in the order given, each with the stored draft notes that become final right before it: settles
     * by the customers' credit notes and wallets, then takes the notes' numbers, then the invoices', as the transaction's
     * last writes. Answers the issue of each document, in order; null for notes only.
     *
     * @see decisions I1, I2, I3, I10
     */
    readonly issue: (
      all: ReadonlyArray<Issuance>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<Issue | null>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Issuing,
    never,
    InvoiceStore | CreditNoteStore | WalletStore | LedgerStore | OrganizationStore | Collections | Ids
  > = Layer.effect(
    Issuing,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore
      const wallets = yield* WalletStore
      const organizations = yield* OrganizationStore
      const book = booksOf(yield* LedgerStore)
      const collections = yield* Collections
      const ids = yield* Ids

      /** What the customers have to pay with, their rows locked. */
      const lockMeans = Effect.fnUntraced(function* (all: ReadonlyArray<Issuance>, now: DateTime.Utc) {
        const available = yield* notes.lockAvailable(customersOf(all.filter(takesNotes)))
        const locked = yield* wallets.lockPaying(customersOf(all.filter(takesWallets)), now)
        return { notes: available, locked, accounts: locked.map(({ top_ups, wallet }) => openAccount(wallet, top_ups, now)) }
      })

      const issue = Effect.fn("Issuing.issue")(function* (all: ReadonlyArray<Issuance>, now: DateTime.Utc) {
        if (all.length === 0) return []
        const means = yield* lockMeans(all, now)
        const movement_ids = yield* ids.many(movementsAtMost(all, means.accounts))
        const settled = settleAll(all, means, movement_ids[Symbol.iterator](), now)
        const { balances, due_cents, movements, prepaid_cents, used } = settled
        const taken = [
          ...used.map((one) => ({ ...one, settlement_type: "credit_note" as const, source_id: one.credit_note_id })),
          ...movements.map(({ amount, id, invoice_id, organization_id }) => ({
            organization_id,
            invoice_id: invoice_id!,
            settlement_type: "wallet_credit" as const,
            source_id: id,
            amount_cents: amount
          }))
        ]
        const settlement_ids = yield* ids.many(taken.length)
        yield* wallets.record(changesOf(means.locked, settled.accounts, movements))
        const settlements = taken.map(
          ({ amount_cents, invoice_id, organization_id, settlement_type, source_id }, index): Settlement => ({
            id: settlement_ids[index]!,
            organization_id,
            invoice_id,
            settlement_type,
            source_id,
            amount_cents,
            returned_at: null,
            created_at: now,
            updated_at: now
          })
        )
        yield* invoices.settle(settlements)
        const fresh = all.flatMap((item) => item.notes)
        const statusOf = (balance: bigint) => (balance === 0n ? ("consumed" as const) : ("available" as const))
        yield* notes.saveBalances(
          means.notes.flatMap((note): ReadonlyArray<NoteBalance> => {
            const balance_amount_cents = balances.get(note.id)!
            if (balance_amount_cents === note.balance_amount_cents) return []
            const { organization_id } = note
            return [
              {
                credit_note_id: note.id,
                organization_id,
                credit_status: statusOf(balance_amount_cents),
                balance_amount_cents,
                updated_at: now
              }
            ]
          })
        )
        const timezone = fresh.length === 0 ? "UTC" : ((yield* organizations.current)?.timezone ?? "UTC")
        yield* notes.issue(
          fresh.map(({ note }): NoteIssue => {
            const balance_amount_cents = balances.get(note.id)!
            return {
              credit_note_id: note.id,
              issued_at: now,
              day: localDate(now, timezone),
              credit_status: statusOf(balance_amount_cents),
              refund_status: null,
              balance_amount_cents
            }
          })
        )
        const issues = all.map(({ customer, document, issuer }, index): Issue | null => {
          if (document === null) return null
          const { net_payment_term } = termsOf(customer, issuer)
          const due = { due_cents: due_cents[index]!, prepaid_cents: prepaid_cents[index]! }
          return issueOf(document.invoice, due, seriesOf(issuer, now), net_payment_term, now)
        })
        const due = all.flatMap(({ document }, index) => {
          if (document === null || due_cents[index] === 0n) return []
          const { currency, customer_id, id: invoice_id, organization_id } = document.invoice
          return [{ invoice_id, organization_id, customer_id, currency, due_cents: due_cents[index]! }]
        })
        yield* book(bookingsOf(all, settlements, now), now)
        yield* collections.issued(due, now)
        yield* invoices.issue(issues.filter((each) => each !== null))
        return issues
      })

      return Issuing.of({ issue })
    })
  )
}
