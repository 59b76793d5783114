/** Makes credit notes on locked invoices and makes them final: what notes by hand and refunds of payments share. */
import { Context, DateTime, Effect, Layer } from "effect"
import { OrganizationStore } from "../accounts/index.js"
import {
  type CurrentOrganization,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  localDate,
  type StorageError,
  sumOf
} from "../core/index.js"
import {
  type AmountExceedsDue,
  type AmountExceedsFee,
  type CreditableFee,
  type CreditNote,
  type CreditNoteDocument,
  type CreditNoteFigures,
  type CreditNoteLimits,
  type CreditNoteReason,
  type CreditNoteRequest,
  CreditNoteStore,
  type CreditNoteType,
  changesOf,
  checkLimits,
  creditNoteFigures,
  type FeeNotOnInvoice,
  figuresComingTo,
  openAccount,
  RefundExceedsPaid,
  recordingOver,
  takeableOf,
  takeOutOf,
  WalletStore
} from "../credits/index.js"
import { booksOf, creditNoteIssued, LedgerStore } from "../ledger/index.js"
import { Collections } from "./collections.js"
import type { CreateCreditNote } from "./credit-note-input.js"
import { InvoiceNotFound } from "./errors.js"
import { creditable, noteDocument } from "./note.js"
import { settledCents } from "./settlement.js"
import { Settlements } from "./settlements.js"
import { type InvoiceDocument, InvoiceStore } from "./store.js"

type Inside<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** Why no note can be made, and why none can be made final. */
export type NotMade = InvalidInput | InvoiceNotFound | InvalidTransition | FeeNotOnInvoice | AmountExceedsFee
export type AboveLimit = RefundExceedsPaid | AmountExceedsDue

/** What of a payment is returned together with a note: minor units of its invoice's currency. */
interface PaymentReturn {
  readonly payment_id: string
  readonly invoice_id: string
  readonly amount_cents: bigint
  readonly reason: CreditNoteReason
  readonly description: string | null
}

export interface NoteIssuingShape {
  /** An invoice that can be credited. */
  readonly requireFinal: (
    document: InvoiceDocument | undefined,
    id: string
  ) => Effect.Effect<InvoiceDocument, InvoiceNotFound | InvalidTransition>
  /** The invoice's fees as they can be credited, without what the note `except` itself credits. */
  readonly creditables: (document: InvoiceDocument, except?: string) => Inside<ReadonlyArray<CreditableFee>>
  /** What the invoice allows a note to come to: payments less refunds, of a purchase what is left of it too; and what is due. */
  readonly limitsOf: (document: InvoiceDocument) => Inside<CreditNoteLimits>
  /** The figures of items on a locked invoice, within its limits. */
  readonly figured: (
    document: InvoiceDocument,
    type: CreditNoteType,
    items: ReadonlyArray<CreditNoteRequest>,
    except?: string
  ) => Inside<CreditNoteFigures, Exclude<NotMade, InvoiceNotFound | InvalidTransition> | AboveLimit>
  /** Locks the invoice and stores a draft. */
  readonly make: (given: typeof CreateCreditNote.Type, now: DateTime.Utc) => Inside<CreditNoteDocument, NotMade | AboveLimit>
  /** Makes a draft on a locked invoice final; a refund is queued over the invoice's payments. */
  readonly finalize: (
    document: InvoiceDocument,
    note: CreditNote,
    now: DateTime.Utc
  ) => Inside<void, InvoiceNotFound | InvalidTransition | AboveLimit>
  /** A final refund that comes to an amount of one payment, over the fees in proportion to what is left of them. */
  readonly returnPayment: (
    payment: PaymentReturn,
    now: DateTime.Utc
  ) => Inside<CreditNote, InvoiceNotFound | InvalidTransition | RefundExceedsPaid>
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Works inside the transaction that the caller opened. */
export class NoteIssuing extends Context.Tag("billwright/NoteIssuing")<NoteIssuing, NoteIssuingShape>() {
  static readonly layer: Layer.Layer<
    NoteIssuing,
    never,
    CreditNoteStore | InvoiceStore | WalletStore | LedgerStore | OrganizationStore | Settlements | Collections | Ids
  > = Layer.effect(
    NoteIssuing,
    Effect.gen(function* () {
      const store = yield* CreditNoteStore
      const invoices = yield* InvoiceStore
      const wallets = yield* WalletStore
      const organizations = yield* OrganizationStore
      const settlements = yield* Settlements
      const ledger = yield* LedgerStore
      const book = booksOf(ledger)
      const record = recordingOver(wallets, ledger)
      const collections = yield* Collections
      const ids = yield* Ids

      const requireFinal: NoteIssuingShape["requireFinal"] = (document, id) => {
        if (document === undefined) return new InvoiceNotFound({ id })
        const { status } = document.invoice
        return status === "finalized" || status === "paid"
          ? Effect.succeed(document)
          : new InvalidTransition({ entity: "Invoice", id, from: status, action: "be credited" })
      }

      const lockInvoice = Effect.fnUntraced(function* (id: string) {
        const [document] = isUuid(id) ? yield* invoices.lock([id]) : []
        return yield* requireFinal(document, id)
      })

      const creditables = Effect.fnUntraced(function* ({ fees, taxes }: InvoiceDocument, except?: string) {
        const items = yield* store.itemsOf(fees.map(({ id }) => id))
        const others = items.filter(({ credit_note_id }) => credit_note_id !== except)
        return fees.map((fee) => creditable({ fee, taxes }, others))
      })

      /** The unpaid or paid purchase of a credit invoice. */
      const purchaseOf = (invoice_id: string) => Effect.map(wallets.onInvoices([invoice_id]), ([purchase]) => purchase)

      /** What of a purchase can still leave its wallet; null where the invoice sold no credits. */
      const takeable = Effect.fnUntraced(function* ({ fees, invoice }: InvoiceDocument) {
        if (!fees.some(({ fee_type }) => fee_type === "credit")) return null
        const now = yield* DateTime.now
        const purchase = yield* purchaseOf(invoice.id)
        const [account] = purchase === undefined ? [] : yield* wallets.accounts([purchase.wallet_id])
        if (account === undefined) return 0n
        const { top_ups, wallet } = account
        const held_cents = wallet.held_cents === 0n ? 0n : yield* wallets.held(wallet.id, now)
        return takeableOf(openAccount({ ...wallet, held_cents }, top_ups, now), purchase!.id, now)
      })

      const limitsOf = Effect.fnUntraced(function* (document: InvoiceDocument) {
        const { invoice, settlements: settled } = document
        const paid = settledCents(settled.filter(({ settlement_type }) => settlement_type === "payment"))
        const refunded = sumOf(yield* store.refunds(invoice.id), (note) => note.refund_amount_cents)
        const left = yield* takeable(document)
        const refundable = paid - refunded
        return {
          refundable_cents: left === null ? refundable : least(refundable, left),
          due_cents: invoice.status === "finalized" ? invoice.total_cents - settledCents(settled) : 0n
        }
      })

      const figured = Effect.fnUntraced(function* (
        document: InvoiceDocument,
        type: CreditNoteType,
        items: ReadonlyArray<CreditNoteRequest>,
        except?: string
      ) {
        const { invoice } = document
        if (type === "credit" && invoice.invoice_type === "credit") {
          return yield* new InvalidInput({ field: "credit_note_type", reason: "a purchase of credits is refunded or offset" })
        }
        const figures = yield* creditNoteFigures(items, yield* creditables(document, except), invoice.parties.rounding_mode)
        yield* checkLimits(type, figures.total_amount_cents, yield* limitsOf(document))
        return figures
      })

      const insert = Effect.fnUntraced(function* (
        { invoice }: InvoiceDocument,
        figures: CreditNoteFigures,
        given: Omit<typeof CreateCreditNote.Type, "invoice_id" | "items">,
        now: DateTime.Utc
      ) {
        const fresh = yield* ids.many(1 + figures.items.length)
        const made = noteDocument(invoice, figures, { ...given, cause: "manual" }, fresh[Symbol.iterator](), now)
        yield* store.insert([made])
        return made
      })

      const make = Effect.fnUntraced(function* (given: typeof CreateCreditNote.Type, now: DateTime.Utc) {
        const document = yield* lockInvoice(given.invoice_id)
        return yield* insert(document, yield* figured(document, given.credit_note_type, given.items), given, now)
      })

      /** What is refunded of a purchase leaves its wallet. */
      const takeFromWallet = Effect.fnUntraced(function* (note: CreditNote, now: DateTime.Utc) {
        const purchase = yield* purchaseOf(note.invoice_id)
        if (purchase === undefined) return
        const [locked] = yield* wallets.lock([purchase.wallet_id], now)
        const account = openAccount(locked!.wallet, locked!.top_ups, now)
        const movement = {
          id: yield* ids.next,
          transaction_status: "voided",
          amount_cents: note.total_amount_cents,
          credit_note_id: note.id
        } as const
        const moved = yield* Effect.mapError(
          takeOutOf(account, purchase.id, movement, now),
          ({ balance }) => new RefundExceedsPaid({ available: balance })
        )
        yield* record(changesOf([locked!], [moved.account], [moved.transaction]), now)
      })

      const settleOwn = Effect.fnUntraced(function* (note: CreditNote, now: DateTime.Utc) {
        const [invoice] = yield* invoices.lockDue([note.invoice_id])
        const part = {
          invoice: invoice!,
          settlement_type: "credit_note",
          source_id: note.id,
          amount_cents: note.total_amount_cents
        } as const
        yield* settlements.settle(note.total_amount_cents === 0n ? [] : [part], now)
      })

      /** A refund gives back money: over one payment, or over those of the invoice. */
      const queueRefund = Effect.fnUntraced(function* (
        document: InvoiceDocument,
        note: CreditNote,
        payment_id: string | null,
        now: DateTime.Utc
      ) {
        if (document.invoice.invoice_type === "credit") yield* takeFromWallet(note, now)
        return yield* collections.refund({ note, payment_id }, now)
      })

      const issue = Effect.fnUntraced(function* (
        document: InvoiceDocument,
        note: CreditNote,
        payment_id: string | null,
        now: DateTime.Utc
      ) {
        yield* requireFinal(document, note.invoice_id)
        yield* checkLimits(note.credit_note_type, note.total_amount_cents, yield* limitsOf(document))
        const refund_status = note.credit_note_type === "refund" ? yield* queueRefund(document, note, payment_id, now) : null
        if (note.credit_note_type === "offset") yield* settleOwn(note, now)
        const { timezone } = (yield* organizations.current)!
        const isCredit = note.credit_note_type === "credit"
        yield* store.issue([
          {
            credit_note_id: note.id,
            issued_at: now,
            day: localDate(now, timezone),
            credit_status: isCredit ? (note.credit_amount_cents === 0n ? "consumed" : "available") : null,
            refund_status,
            balance_amount_cents: isCredit ? note.credit_amount_cents : 0n
          }
        ])
        yield* book([creditNoteIssued({ ...note, invoice_type: document.invoice.invoice_type }, now)], now)
      })

      const returnPayment = Effect.fnUntraced(function* (
        { amount_cents, invoice_id, payment_id, ...given }: PaymentReturn,
        now: DateTime.Utc
      ) {
        const document = yield* lockInvoice(invoice_id)
        const fees = yield* creditables(document)
        const figures = yield* figuresComingTo(amount_cents, fees, document.invoice.parties.rounding_mode)
        const { note } = yield* insert(document, figures, { ...given, credit_note_type: "refund" }, now)
        // Of type refund, it settles nothing.
        yield* Effect.catchTag(issue(document, note, payment_id, now), "AmountExceedsDue", Effect.die)
        return note
      })

      return NoteIssuing.of({
        requireFinal,
        creditables,
        limitsOf,
        figured,
        make: Effect.fn("NoteIssuing.make")(make),
        finalize: Effect.fn("NoteIssuing.finalize")((document, note, now) => issue(document, note, null, now)),
        returnPayment: Effect.fn("NoteIssuing.returnPayment")(returnPayment)
      })
    })
  )
}
