/** The service of credit notes: made by hand, finalized, voided, used by hand. The machinery makes its own where it bills (`note.ts`). */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrencyMismatch,
  type CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import {
  AmountExceedsBalance,
  AmountExceedsDue,
  type CreditNote,
  type CreditNoteDocument,
  type CreditNoteFigures,
  CreditNoteNotFound,
  CreditNoteStore,
  CustomerMismatch,
  creditableOf,
  creditNoteFigures
} from "../credits/index.js"
import { booksOf, creditNoteVoided, LedgerStore } from "../ledger/index.js"
import { Collections } from "./collections.js"
import {
  ApplyCreditNote,
  type ApplyCreditNoteInput,
  CreateCreditNote,
  type CreateCreditNoteInput,
  EstimateCreditNote,
  type EstimateCreditNoteInput,
  ListCreditNotes,
  type ListCreditNotesInput,
  UpdateCreditNote,
  type UpdateCreditNoteInput
} from "./credit-note-input.js"
import { InvoiceNotFound } from "./errors.js"
import { noteDocument } from "./note.js"
import { type AboveLimit, NoteIssuing, type NotMade } from "./note-issuing.js"
import { Settlements } from "./settlements.js"
import { InvoiceStore } from "./store.js"

/** What a note would give back, and what the invoice allows at most; minor units. */
export interface CreditNoteEstimate extends CreditNoteFigures {
  /** What can still be an item, of each fee in order. */
  readonly fees: ReadonlyArray<{ readonly fee_id: string; readonly creditable_cents: bigint }>
  /** What a refund and an offset may come to. */
  readonly refundable_cents: bigint
  readonly due_cents: bigint
}

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface CreditNotesShape {
  /** With its items, in order. Fails with `CreditNoteNotFound`. */
  readonly get: (id: string) => Call<CreditNoteDocument, CreditNoteNotFound>
  /** Sorted by `created_at`. */
  readonly list: (input?: ListCreditNotesInput) => Call<Page<CreditNote>, InvalidInput>
  /**
   * What a note over these items would give back, or, without items, over all that is left of the invoice; nothing is written.
   *
   * Fails with `InvalidInput`, `InvoiceNotFound`, `InvalidTransition`, `FeeNotOnInvoice`, `AmountExceedsFee`.
   */
  readonly estimate: (input: EstimateCreditNoteInput) => Call<CreditNoteEstimate, NotMade>
  /**
   * Makes a draft on a finalized or paid invoice. Of each fee Σ items of notes that stand is at most what the invoice bills
   * for it. A purchase of credits is refunded or offset, never credited.
   *
   * Fails with `InvalidInput`, `InvoiceNotFound`, `InvalidTransition`, `FeeNotOnInvoice`, `AmountExceedsFee`, and like `finalize`.
   *
   * @see decisions I4
   */
  readonly create: (input: CreateCreditNoteInput) => Call<CreditNoteDocument, NotMade | AboveLimit>
  /** Makes a note and finalizes it, or does neither. Fails like both. */
  readonly issue: (input: CreateCreditNoteInput) => Call<CreditNoteDocument, NotMade | AboveLimit>
  /** Reason, description, items of a draft. Fails like `create`, with `InvalidTransition` on what is final. */
  readonly update: (id: string, input: UpdateCreditNoteInput) => Call<CreditNoteDocument, CreditNoteNotFound | NotMade | AboveLimit>
  /** Removes a draft; no number is burnt. Fails with `CreditNoteNotFound`, `InvalidTransition`. */
  readonly delete: (id: string) => Call<void, CreditNoteNotFound | InvalidTransition>
  /**
   * Gives a draft its number. A credit is available from now on; a refund leaves a wallet that it is a purchase of; an offset
   * settles its own invoice.
   *
   * Fails with `CreditNoteNotFound`, `InvalidTransition`, `RefundExceedsPaid` (payments less refunds, of a purchase at most what
   * is left of it), `AmountExceedsDue`.
   */
  readonly finalize: (id: string) => Call<CreditNoteDocument, CreditNoteNotFound | InvalidTransition | AboveLimit>
  /** Only a credit with its whole balance; what it credited can be credited again. Fails with `CreditNoteNotFound`, `InvalidTransition`. */
  readonly void: (id: string) => Call<CreditNoteDocument, CreditNoteNotFound | InvalidTransition>
  /**
   * Asks again for what of a refund that failed was not returned, over the invoice's payments, newest first; `refundDue` makes it.
   *
   * Fails with `CreditNoteNotFound`, `InvalidTransition` where it did not fail.
   */
  readonly refund: (id: string) => Call<CreditNoteDocument, CreditNoteNotFound | InvalidTransition>
  /**
   * Books that the host has returned all that is left of a refund: of payments by hand, or where a provider could not.
   *
   * Fails with `CreditNoteNotFound`, `InvalidTransition` where it has succeeded, or while a provider is still to be asked.
   */
  readonly markRefunded: (id: string) => Call<CreditNoteDocument, CreditNoteNotFound | InvalidTransition>
  /**
   * Uses some of a credit on another invoice of the customer and currency.
   *
   * Fails with `CreditNoteNotFound`, `InvoiceNotFound`, `InvalidTransition`, `InvalidInput`, `CustomerMismatch`,
   * `CurrencyMismatch`, `AmountExceedsBalance`, `AmountExceedsDue`.
   */
  readonly apply: (
    id: string,
    input: ApplyCreditNoteInput
  ) => Call<
    CreditNoteDocument,
    | CreditNoteNotFound
    | InvoiceNotFound
    | InvalidTransition
    | InvalidInput
    | CustomerMismatch
    | CurrencyMismatch
    | AmountExceedsBalance
    | AmountExceedsDue
  >
}

const decodeList = decodeInput(ListCreditNotes)
const decodeEstimate = decodeInput(EstimateCreditNote)
const decodeCreate = decodeInput(CreateCreditNote)
const decodeUpdate = decodeInput(UpdateCreditNote)
const decodeApply = decodeInput(ApplyCreditNote)

const notPossible = (entity: "CreditNote" | "Invoice", id: string, from: string, action: string) =>
  new InvalidTransition({ entity, id, from, action })

/** What is left of an invoice that was credited whole. */
const NOTHING_LEFT: CreditNoteFigures = { items: [], sub_total_cents: 0n, taxes_amount_cents: 0n, total_amount_cents: 0n }

/** Where a note stands, as its state machine names it. */
const stateOf = (note: CreditNote): string => note.credit_status ?? note.status

export class CreditNotes extends Context.Tag("billwright/CreditNotes")<CreditNotes, CreditNotesShape>() {
  static readonly layer: Layer.Layer<
    CreditNotes,
    never,
    CreditNoteStore | InvoiceStore | NoteIssuing | Settlements | LedgerStore | Collections | Transactor | Ids
  > = Layer.effect(
    CreditNotes,
    Effect.gen(function* () {
      const store = yield* CreditNoteStore
      const invoices = yield* InvoiceStore
      const issuing = yield* NoteIssuing
      const settlements = yield* Settlements
      const book = booksOf(yield* LedgerStore)
      const collections = yield* Collections
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (id: string) {
        const [document] = isUuid(id) ? yield* store.load([id]) : []
        return document ?? (yield* new CreditNoteNotFound({ id }))
      })

      /** The invoice of a note, locked, then the note, as it is once both are. */
      const lock = Effect.fnUntraced(function* (id: string) {
        const { note } = yield* find(id)
        const [document] = yield* invoices.lock([note.invoice_id])
        yield* store.lock([id])
        return { document: document!, found: yield* find(id) }
      })

      const lockDraft = Effect.fnUntraced(function* (id: string, action: string) {
        const locked = yield* lock(id)
        const { items, note } = locked.found
        // What the machinery gives back stays with the document that it comes from.
        const isByHand = items.every(({ cause }) => cause === "manual")
        if (note.status !== "draft" || !isByHand) return yield* notPossible("CreditNote", id, stateOf(note), action)
        return locked
      })

      const estimate: CreditNotesShape["estimate"] = Effect.fn("CreditNotes.estimate")(function* (input) {
        const { invoice_id, items } = yield* decodeEstimate(input)
        const [found] = isUuid(invoice_id) ? yield* invoices.load([invoice_id]) : []
        const document = yield* issuing.requireFinal(found, invoice_id)
        const fees = yield* issuing.creditables(document)
        const all = fees.flatMap((fee) => (creditableOf(fee) > 0n ? [{ fee_id: fee.fee_id, amount_cents: creditableOf(fee) }] : []))
        const isSpent = items === undefined && all.length === 0
        const figures = isSpent ? NOTHING_LEFT : yield* creditNoteFigures(items ?? all, fees, document.invoice.parties.rounding_mode)
        return {
          ...figures,
          ...(yield* issuing.limitsOf(document)),
          fees: fees.map((fee) => ({ fee_id: fee.fee_id, creditable_cents: creditableOf(fee) }))
        }
      })

      const create: CreditNotesShape["create"] = Effect.fn("CreditNotes.create")(function* (input) {
        const given = yield* decodeCreate(input)
        return yield* transaction(issuing.make(given, yield* DateTime.now))
      })

      const issue: CreditNotesShape["issue"] = Effect.fn("CreditNotes.issue")(function* (input) {
        const given = yield* decodeCreate(input)
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const { note } = yield* issuing.make(given, now)
            const [document] = yield* invoices.load([note.invoice_id])
            yield* issuing.finalize(document!, note, now)
            return yield* Effect.catchTag(find(note.id), "CreditNoteNotFound", Effect.die)
          })
        )
      })

      const update: CreditNotesShape["update"] = Effect.fn("CreditNotes.update")(function* (id, input) {
        const { items, ...given } = yield* decodeUpdate(input)
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const { document, found } = yield* lockDraft(id, "update")
            const note: CreditNote = { ...found.note, ...named(given), updated_at: now }
            if (items === undefined) {
              yield* store.replace([{ ...found, note }])
              return yield* find(id)
            }
            yield* issuing.requireFinal(document, note.invoice_id)
            const figures = yield* issuing.figured(document, note.credit_note_type, items, id)
            const fresh = yield* ids.many(1 + figures.items.length)
            const terms = {
              credit_note_type: note.credit_note_type,
              reason: note.reason,
              description: note.description,
              cause: "manual"
            } as const
            const anew = noteDocument(document.invoice, figures, terms, fresh[Symbol.iterator](), now)
            yield* store.replace([
              {
                note: { ...anew.note, id: note.id, created_at: note.created_at },
                items: anew.items.map((item) => ({ ...item, credit_note_id: note.id }))
              }
            ])
            return yield* find(id)
          })
        )
      })

      const finalize: CreditNotesShape["finalize"] = Effect.fn("CreditNotes.finalize")(function* (id) {
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const { document, found } = yield* lockDraft(id, "finalize")
            yield* Effect.catchTag(issuing.finalize(document, found.note, now), "InvoiceNotFound", Effect.die)
            return yield* find(id)
          })
        )
      })

      const remove: CreditNotesShape["delete"] = Effect.fn("CreditNotes.delete")(function* (id) {
        yield* transaction(Effect.flatMap(lockDraft(id, "delete"), () => store.remove([id])))
      })

      const voidNote: CreditNotesShape["void"] = Effect.fn("CreditNotes.void")(function* (id) {
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const { document, found } = yield* lock(id)
            const { note } = found
            const isWhole = note.balance_amount_cents === note.credit_amount_cents
            if (note.credit_status !== "available" || !isWhole) return yield* notPossible("CreditNote", id, stateOf(note), "be voided")
            yield* store.void([id], now)
            yield* book([creditNoteVoided({ ...note, invoice_type: document.invoice.invoice_type }, now)], now)
            return yield* find(id)
          })
        )
      })

      /** A final refund, locked after its invoice, whose money can take the action. */
      const lockRefund = Effect.fnUntraced(function* (id: string, action: string, from: ReadonlyArray<string>) {
        const { note } = (yield* lock(id)).found
        if (note.refund_status === null || !from.includes(note.refund_status)) {
          return yield* notPossible("CreditNote", id, note.refund_status ?? stateOf(note), action)
        }
        return note
      })

      const refund: CreditNotesShape["refund"] = Effect.fn("CreditNotes.refund")(function* (id) {
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const note = yield* lockRefund(id, "be refunded", ["failed"])
            const refund_status = yield* collections.refund({ note, payment_id: null }, now)
            const { organization_id } = note
            yield* store.saveRefunds([{ credit_note_id: id, organization_id, refund_status, updated_at: now }])
            return yield* find(id)
          })
        )
      })

      const markRefunded: CreditNotesShape["markRefunded"] = Effect.fn("CreditNotes.markRefunded")(function* (id) {
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const note = yield* lockRefund(id, "be marked as refunded", ["pending", "failed"])
            yield* collections.markRefunded(note, now)
            return yield* find(id)
          })
        )
      })

      const apply: CreditNotesShape["apply"] = Effect.fn("CreditNotes.apply")(function* (id, input) {
        const { amount_cents, invoice_id } = yield* decodeApply(input)
        if (amount_cents === 0n) return yield* new InvalidInput({ field: "amount_cents", reason: "expected more than 0" })
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            yield* find(id)
            const [invoice] = isUuid(invoice_id) ? yield* invoices.lockDue([invoice_id]) : []
            if (invoice === undefined) return yield* new InvoiceNotFound({ id: invoice_id })
            const note = (yield* store.lock([id]))[0] ?? (yield* new CreditNoteNotFound({ id }))
            if (note.credit_status !== "available") return yield* notPossible("CreditNote", id, stateOf(note), "be applied")
            if (invoice.customer_id !== note.customer_id) {
              return yield* new CustomerMismatch({ expected: note.customer_id, given: invoice.customer_id })
            }
            if (invoice.currency !== note.currency) return yield* new CurrencyMismatch({ expected: note.currency, given: invoice.currency })
            if (invoice.id === note.invoice_id || invoice.invoice_type === "credit") {
              return yield* new InvalidInput({ field: "invoice_id", reason: "expected another invoice that sells no credits" })
            }
            const { status } = invoice
            if (status === "draft" || status === "voided") return yield* notPossible("Invoice", invoice_id, status, "take a credit note")
            const balance = note.balance_amount_cents
            if (amount_cents > balance) return yield* new AmountExceedsBalance({ balance })
            if (amount_cents > invoice.due_cents) return yield* new AmountExceedsDue({ due: invoice.due_cents })
            const left = balance - amount_cents
            yield* store.saveBalances([
              {
                credit_note_id: id,
                organization_id: note.organization_id,
                credit_status: left === 0n ? "consumed" : "available",
                balance_amount_cents: left,
                updated_at: now
              }
            ])
            yield* settlements.settle([{ invoice, settlement_type: "credit_note", source_id: id, amount_cents }], now)
            return yield* find(id)
          })
        )
      })

      return CreditNotes.of({
        apply,
        create,
        estimate,
        finalize,
        issue,
        markRefunded,
        refund,
        update,
        delete: remove,
        void: voidNote,
        get: Effect.fn("CreditNotes.get")(find),
        list: Effect.fn("CreditNotes.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        })
      })
    })
  )
}
