/** Bills pieces of due work: windows are rated together, documents built one by one, everything written in few statements. */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, Ids, instant, type StorageError } from "../core/index.js"
import { type CreditNoteDocument, type CreditNoteItem, CreditNoteStore } from "../credits/index.js"
import { Rating, type RatingError, type RatingWindow } from "../rating/index.js"
import { type BilledPeriod, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { type AssembledDocument, assemble, type FeeLine } from "./assemble.js"
import type { Batch } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import { type DocumentHead, draftOf, idsNeeded } from "./document.js"
import { type FeeGivenBack, feesGivenBack } from "./given-back.js"
import { type Issuance, Issuing } from "./issuing.js"
import { baseLines, commitmentLines } from "./lines.js"
import { notesOf } from "./note.js"
import { headOf, KEYS_AT_MOST, keysOf, type Piece } from "./piece.js"
import { type FeeOnInvoice, type InvoiceDocument, InvoiceStore, type Issue } from "./store.js"
import { ratingWindow } from "./window.js"

/** What a piece comes to, before anything is written. */
export interface Drafted {
  readonly piece: Piece
  /** In the order of invoicing.md 10. */
  readonly lines: ReadonlyArray<FeeLine>
  /** What is given back of earlier base fees. */
  readonly given_back: ReadonlyArray<FeeGivenBack>
  /** What notes that stand gave back of these fees before. */
  readonly items: ReadonlyArray<CreditNoteItem>
}

/** What billing a piece came to. */
export interface Billed {
  readonly piece: Piece
  /** The row after it, as stored. */
  readonly row: Subscription
  /** The invoice with its figures, a draft or issued; null where there was no fee. */
  readonly document: InvoiceDocument | null
  readonly issue: Issue | null
}

/** A piece that cannot be rated, and why; nothing of it was written. */
export interface Unbilled {
  readonly piece: Piece
  readonly error: RatingError
}

/** No base fee begins later. */
const EVER = instant(Date.UTC(9999, 11, 31))

interface Prepared extends Drafted {
  readonly head: DocumentHead
  readonly figures: AssembledDocument | null
}

/** The base fees in advance that a piece may give days back of, or that count for the commitment of the window which it closes. */
const needsBaseFees = ({ row, schedule, skip, work }: Piece, batch: Batch): boolean =>
  !skip &&
  schedule.pay_in_advance &&
  schedule.window !== null &&
  (work.given_back !== null || (work.usage !== null && batch.termsOf(row).commitment !== null))

/** Bills pieces inside the transaction that the caller opened. */
export class BillWork extends Context.Tag("billwright/BillWork")<
  BillWork,
  {
    /** What many pieces come to, rated together; nothing is written. */
    readonly draft: (
      pieces: ReadonlyArray<Piece>,
      batch: Batch
    ) => Effect.Effect<ReadonlyArray<Either.Either<Drafted, RatingError>>, StorageError, CurrentOrganization>
    /** Writes documents, notes, keys and rows, in the order given, and issues what needs not wait. */
    readonly perform: (
      pieces: ReadonlyArray<Piece>,
      batch: Batch,
      now: DateTime.Utc
    ) => Effect.Effect<
      { readonly billed: ReadonlyArray<Billed>; readonly unbilled: ReadonlyArray<Unbilled> },
      StorageError,
      CurrentOrganization
    >
  }
>() {
  static readonly layer: Layer.Layer<BillWork, never, Rating | InvoiceStore | CreditNoteStore | SubscriptionStore | Issuing | Ids> =
    Layer.effect(
      BillWork,
      Effect.gen(function* () {
        const rating = yield* Rating
        const invoices = yield* InvoiceStore
        const notes = yield* CreditNoteStore
        const subscriptions = yield* SubscriptionStore
        const issuing = yield* Issuing
        const ids = yield* Ids

        /** The charge lines of each piece's window. */
        const charges = Effect.fnUntraced(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
          const windows: Array<RatingWindow> = []
          const at = pieces.map(({ after, row, skip, work: { usage } }) => {
            if (usage === null || skip) return null
            const next = usage.superseded ? batch.termsOf(after) : null
            return windows.push(ratingWindow(row, usage, batch.termsOf(row), next, batch)) - 1
          })
          const rated = yield* rating.rateWindows(windows)
          return pieces.map(({ row, work }, index) => {
            const window = at[index]
            if (window == null) return Either.right<ReadonlyArray<FeeLine>>([])
            return Either.map(rated[window]!, (lines) => lines.map((line) => chargeFeeLine(line, row, work.usage!, batch, row.plan_id)))
          })
        })

        /** The base fees of running windows, where they matter, by subscription, and the items on them. */
        const standing = Effect.fnUntraced(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
          const wanted = pieces.filter((piece) => needsBaseFees(piece, batch))
          const fees = yield* invoices.lockBaseFees(
            wanted.map(({ row, schedule }) => ({ subscription_id: row.id, from: schedule.window!.start, to: EVER }))
          )
          const items = yield* notes.itemsOf(fees.map(({ fee }) => fee.id))
          const of = new Map<string, Array<FeeOnInvoice>>()
          for (const each of fees) {
            const id = each.fee.subscription_id!
            const known = of.get(id)
            if (known === undefined) of.set(id, [each])
            else known.push(each)
          }
          return { feesOf: (row: Subscription): ReadonlyArray<FeeOnInvoice> => of.get(row.id) ?? [], items }
        })

        const draft = Effect.fn("BillWork.draft")(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
          const rated = yield* charges(pieces, batch)
          const { feesOf, items } = yield* standing(pieces, batch)
          return pieces.map((piece, index) =>
            Either.map(rated[index]!, (usage): Drafted => {
              const fees = feesOf(piece.row)
              const given_back = feesGivenBack(piece, fees, items)
              const base = baseLines(piece, batch)
              const committed = commitmentLines(piece, batch, { base, usage, fees, items, given_back })
              return { piece, given_back, items, lines: [...base, ...usage, ...committed] }
            })
          )
        })

        const perform = Effect.fn("BillWork.perform")(function* (pieces: ReadonlyArray<Piece>, batch: Batch, now: DateTime.Utc) {
          const drafted = yield* draft(pieces, batch)
          const unbilled: Array<Unbilled> = []
          const prepared = drafted.flatMap((found, index): ReadonlyArray<Prepared> => {
            const piece = pieces[index]!
            if (Either.isLeft(found)) {
              unbilled.push({ piece, error: found.left })
              return []
            }
            const head = headOf(piece, batch)
            const { lines } = found.right
            return [{ ...found.right, head, figures: lines.length === 0 ? null : assemble(lines, head.issuer.rounding_mode) }]
          })
          const needed = prepared.reduce(
            (count, { figures, given_back }) => count + (figures === null ? 0 : idsNeeded(figures)) + KEYS_AT_MOST + 2 * given_back.length,
            0
          )
          const source = (yield* ids.many(needed))[Symbol.iterator]()
          const documents: Array<InvoiceDocument> = []
          const made: Array<CreditNoteDocument> = []
          const keys: Array<BilledPeriod> = []
          const issuances: Array<Issuance> = []
          const billed = prepared.map((item): Omit<Billed, "issue"> & { readonly at: number | null } => {
            const { figures, given_back, head, items, piece } = item
            const given = piece.work.given_back
            const fresh = given === null ? [] : notesOf(given_back, items, { reason: given.reason, cause: "unused_days" }, source, now)
            const document = figures === null ? null : draftOf(head, figures, { fresh: source }, now)
            keys.push(...keysOf(piece, document?.invoice.id ?? null, source, now))
            if (document !== null) documents.push(document)
            made.push(...fresh)
            const row = { ...piece.after, updated_at: now }
            const drafts = new Set(given_back.filter(({ of }) => of.invoice.status === "draft").map(({ of }) => of.invoice.id as string))
            const final = fresh.filter(({ note }) => !drafts.has(note.invoice_id))
            const due = document !== null && document.invoice.finalize_at!.epochMillis <= now.epochMillis
            if (!due && final.length === 0) return { piece, row, document, at: null }
            const at = issuances.push({ customer: head.customer, issuer: head.issuer, notes: final, document: due ? document : null }) - 1
            return { piece, row, document, at: due ? at : null }
          })
          yield* invoices.insert(documents)
          yield* notes.insert(made)
          yield* subscriptions.forgetBaseFees(
            pieces.flatMap(({ row, schedule, work }) =>
              work.kind === "plan_change" && schedule.window!.start.epochMillis === work.at.epochMillis
                ? [{ subscription_id: row.id, period_start: work.at }]
                : []
            )
          )
          yield* subscriptions.recordBilled(keys)
          yield* subscriptions.save(billed.map(({ row }) => row))
          const issues = yield* issuing.issue(issuances, now)
          return {
            billed: billed.map(({ at, ...rest }): Billed => ({ ...rest, issue: at === null ? null : (issues[at] ?? null) })),
            unbilled
          }
        })

        return BillWork.of({ draft, perform })
      })
    )
}
