/** The service of credit notes: made by hand, finalized, voided, used by hand. The machinery makes its own where it bills (`note.ts`). */
import { Context, DateTime, Effect, Layer } from "effect"
import { OrganizationStore } from "../accounts/index.js"
import {
  CurrencyMismatch,
  type CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  InvalidTransition,
  isUuid,
  localDate,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  sumOf,
  Transactor
} from "../core/index.js"
import {
  AmountExceedsBalance,
  AmountExceedsDue,
  type AmountExceedsFee,
  type CreditNote,
  type CreditNoteDocument,
  type CreditNoteFigures,
  CreditNoteNotFound,
  type CreditNoteRequest,
  CreditNoteStore,
  type CreditNoteType,
  CustomerMismatch,
  changesOf,
  checkLimits,
  creditableOf,
  creditNoteFigures,
  type FeeNotOnInvoice,
  openAccount,
  RefundExceedsPaid,
  takeOutOf,
  WalletStore
} from "../credits/index.js"
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
import { creditable, noteDocument } from "./note.js"
import { settledCents } from "./settlement.js"
import { Settlements } from "./settlements.js"
import { type InvoiceDocument, InvoiceStore } from "./store.js"

/** What a note would give back, and what the invoice allows at most; minor units. */
export interface CreditNoteEstimate extends CreditNoteFigures {
  /** What can still be an item, of each fee in order. */
  readonly fees: ReadonlyArray<{ readonly fee_id: string; readonly creditable_cents: bigint }>
  /** What a refund and an offset may come to. */
  readonly refundable_cents: bigint
  readonly due_cents: bigint
}

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

type NotMade = InvalidInput | InvoiceNotFound | InvalidTransition | FeeNotOnInvoice | AmountExceedsFee
type AboveLimit = RefundExceedsPaid | AmountExceedsDue

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

/** Where a note stands, as its state machine names it. */
const stateOf = (note: CreditNote): string => note.credit_status ?? note.status

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

export class CreditNotes extends Context.Tag("billwright/CreditNotes")<CreditNotes, CreditNotesShape>() {
  static readonly layer: Layer.Layer<
    CreditNotes,
    never,
    CreditNoteStore | InvoiceStore | WalletStore | OrganizationStore | Settlements | Transactor | Ids
  > = Layer.effect(
    CreditNotes,
    Effect.gen(function* () {
      const store = yield* CreditNoteStore
      const invoices = yield* InvoiceStore
      const wallets = yield* WalletStore
      const organizations = yield* OrganizationStore
      const settlements = yield* Settlements
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (id: string) {
        const [document] = isUuid(id) ? yield* store.load([id]) : []
        return document ?? (yield* new CreditNoteNotFound({ id }))
      })

      /** An invoice that can be credited. */
      const requireFinal = (document: InvoiceDocument | undefined, id: string) => {
        if (document === undefined) return new InvoiceNotFound({ id })
        const { status } = document.invoice
        return status === "finalized" || status === "paid" ? Effect.succeed(document) : notPossible("Invoice", id, status, "be credited")
      }

      const lockInvoice = Effect.fnUntraced(function* (id: string) {
        const [document] = isUuid(id) ? yield* invoices.lock([id]) : []
        return yield* requireFinal(document, id)
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

      /** The invoice's fees as they can be credited, without what the note itself credits. */
      const creditables = Effect.fnUntraced(function* ({ fees, taxes }: InvoiceDocument, except?: string) {
        const items = yield* store.itemsOf(fees.map(({ id }) => id))
        const others = items.filter(({ credit_note_id }) => credit_note_id !== except)
        return fees.map((fee) => creditable({ fee, taxes }, others))
      })

      /** The unpaid or paid purchase of a credit invoice. */
      const purchaseOf = (invoice_id: string) => Effect.map(wallets.onInvoices([invoice_id]), ([purchase]) => purchase)

      /** What the invoice allows a note to come to: payments less refunds, of a purchase what is left of it too; and what is due. */
      const limitsOf = Effect.fnUntraced(function* ({ fees, invoice, settlements: settled }: InvoiceDocument) {
        const paid = settledCents(settled.filter(({ settlement_type }) => settlement_type === "payment"))
        const refunded = sumOf(yield* store.refunds(invoice.id), (note) => note.refund_amount_cents)
        const left = fees.some(({ fee_type }) => fee_type === "credit") ? ((yield* purchaseOf(invoice.id))?.remaining_cents ?? 0n) : null
        const refundable = paid - refunded
        return {
          refundable_cents: left === null ? refundable : least(refundable, left),
          due_cents: invoice.status === "finalized" ? invoice.total_cents - settledCents(settled) : 0n
        }
      })

      const requireLimits = Effect.fnUntraced(function* (document: InvoiceDocument, type: CreditNoteType, total_cents: bigint) {
        yield* checkLimits(type, total_cents, yield* limitsOf(document))
      })

      /** The figures of items on a locked invoice, within its limits. */
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
        yield* requireLimits(document, type, figures.total_amount_cents)
        return figures
      })

      const make = Effect.fnUntraced(function* (given: typeof CreateCreditNote.Type, now: DateTime.Utc) {
        const document = yield* lockInvoice(given.invoice_id)
        const figures = yield* figured(document, given.credit_note_type, given.items)
        const fresh = yield* ids.many(1 + figures.items.length)
        const made = noteDocument(document.invoice, figures, { ...given, cause: "manual" }, fresh[Symbol.iterator](), now)
        yield* store.insert([made])
        return made
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
        yield* wallets.record(changesOf([locked!], [moved.account], [moved.transaction]))
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

      const finalizeLocked = Effect.fnUntraced(function* (document: InvoiceDocument, note: CreditNote, now: DateTime.Utc) {
        yield* requireFinal(document, note.invoice_id)
        yield* requireLimits(document, note.credit_note_type, note.total_amount_cents)
        if (note.credit_note_type === "refund" && document.invoice.invoice_type === "credit") yield* takeFromWallet(note, now)
        if (note.credit_note_type === "offset") yield* settleOwn(note, now)
        const { timezone } = (yield* organizations.current)!
        const isCredit = note.credit_note_type === "credit"
        yield* store.issue([
          {
            credit_note_id: note.id,
            issued_at: now,
            day: localDate(now, timezone),
            credit_status: isCredit ? (note.credit_amount_cents === 0n ? "consumed" : "available") : null,
            refund_status: note.credit_note_type === "refund" ? "pending" : null,
            balance_amount_cents: isCredit ? note.credit_amount_cents : 0n
          }
        ])
        return yield* find(note.id)
      })

      const estimate: CreditNotesShape["estimate"] = Effect.fn("CreditNotes.estimate")(function* (input) {
        const { invoice_id, items } = yield* decodeEstimate(input)
        const [found] = isUuid(invoice_id) ? yield* invoices.load([invoice_id]) : []
        const document = yield* requireFinal(found, invoice_id)
        const fees = yield* creditables(document)
        const all = fees.flatMap((fee) => (creditableOf(fee) > 0n ? [{ fee_id: fee.fee_id, amount_cents: creditableOf(fee) }] : []))
        const figures = yield* creditNoteFigures(items ?? all, fees, document.invoice.parties.rounding_mode)
        return {
          ...figures,
          ...(yield* limitsOf(document)),
          fees: fees.map((fee) => ({ fee_id: fee.fee_id, creditable_cents: creditableOf(fee) }))
        }
      })

      const create: CreditNotesShape["create"] = Effect.fn("CreditNotes.create")(function* (input) {
        const given = yield* decodeCreate(input)
        return yield* transaction(make(given, yield* DateTime.now))
      })

      const issue: CreditNotesShape["issue"] = Effect.fn("CreditNotes.issue")(function* (input) {
        const given = yield* decodeCreate(input)
        const now = yield* DateTime.now
        return yield* transaction(
          Effect.gen(function* () {
            const { note } = yield* make(given, now)
            const [document] = yield* invoices.load([note.invoice_id])
            return yield* Effect.catchTag(finalizeLocked(document!, note, now), "CreditNoteNotFound", Effect.die)
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
            yield* requireFinal(document, note.invoice_id)
            const figures = yield* figured(document, note.credit_note_type, items, id)
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
            return yield* Effect.catchTag(finalizeLocked(document, found.note, now), "InvoiceNotFound", Effect.die)
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
            const { note } = (yield* lock(id)).found
            const isWhole = note.balance_amount_cents === note.credit_amount_cents
            if (note.credit_status !== "available" || !isWhole) return yield* notPossible("CreditNote", id, stateOf(note), "be voided")
            yield* store.void([id], now)
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
            const [locked] = yield* store.lock([id])
            const note = locked!
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
