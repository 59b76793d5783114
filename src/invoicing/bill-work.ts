/** Bills pieces of due work: windows are rated together, documents built one by one, everything written in few statements. */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, Ids, instant, type StorageError } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import { AdvanceStore, Rating, type RatingError, type RatingWindow } from "../rating/index.js"
import { type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { Openings } from "./advance/openings.js"
import { AdvancePosting } from "./advance/posting.js"
import { StoredEvents } from "./advance/stored-events.js"
import type { FeeLine } from "./assemble.js"
import type { Batch } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import { Discounts } from "./discounts.js"
import { feesGivenBack } from "./given-back.js"
import { Issuing } from "./issuing.js"
import { LateUsage, windowsToCorrect } from "./late-usage.js"
import { baseLines, commitmentLines, countsInAdvance } from "./lines.js"
import type { Piece } from "./piece.js"
import { corrects, type Drafted, discountableOf, idsForPosting, type Posting, postingOf } from "./posting.js"
import { billedAhead } from "./progressive-fees.js"
import { type FeeOnInvoice, InvoiceStore, type Issue } from "./store.js"
import { addedLine, dealtTo, takesAdded } from "./waiting.js"
import { ratingWindow } from "./window.js"

/** What billing a piece came to. */
export interface Billed extends Pick<Posting, "piece" | "row" | "document"> {
  /** How its document was issued; null where there is none, or it waits. */
  readonly issue: Issue | null
}

/** A piece that cannot be rated, and why; nothing of it was written. */
export interface Unbilled {
  readonly piece: Piece
  readonly error: RatingError
}

/** No base fee begins later. */
export const EVER = instant(Date.UTC(9999, 11, 31))

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
  static readonly layer: Layer.Layer<
    BillWork,
    never,
    | Rating
    | AdvanceStore
    | AdvancePosting
    | Openings
    | StoredEvents
    | LateUsage
    | InvoiceStore
    | CreditNoteStore
    | SubscriptionStore
    | Discounts
    | Issuing
    | Ids
  > = Layer.effect(
    BillWork,
    Effect.gen(function* () {
      const rating = yield* Rating
      const advanceLines = yield* AdvanceStore
      const advancePosting = yield* AdvancePosting
      const openings = yield* Openings
      const storedEvents = yield* StoredEvents
      const lateUsage = yield* LateUsage
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore
      const subscriptions = yield* SubscriptionStore
      const discounts = yield* Discounts
      const issuing = yield* Issuing
      const ids = yield* Ids
      const ahead = billedAhead(invoices, notes)

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

      /** What was paid in advance in windows with a commitment, to which it counts; minor units. */
      const paidInAdvance = Effect.fnUntraced(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
        const committed = pieces.filter(({ row, skip, work }) => work.usage !== null && !skip && countsInAdvance(batch.termsOf(row)))
        const sums = yield* invoices.advanceCents(
          committed.map(({ row, work }) => ({ subscription_id: row.id, from: work.usage!.from, to: work.usage!.to }))
        )
        const known = new Map(committed.map((piece, index) => [piece, sums[index]!]))
        return (piece: Piece): bigint => known.get(piece) ?? 0n
      })

      /** What pieces come to, rated together; nothing is written. */
      const draft = Effect.fnUntraced(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
        const rated = yield* charges(pieces, batch)
        const begun = yield* openings.draft(pieces, batch)
        const advance_cents = yield* paidInAdvance(pieces, batch)
        const { feesOf, items } = yield* standing(pieces, batch)
        const progressive = yield* ahead(
          pieces.flatMap(({ row, skip, work: { usage } }) =>
            usage === null || skip ? [] : [{ subscription_id: row.id, from: usage.from, to: usage.to }]
          )
        )
        const corrected = yield* lateUsage.correct(
          pieces.map((piece) => ({
            row: piece.row,
            windows: corrects(piece) ? windowsToCorrect(batch.lateOf(piece.row) ?? [], piece.work.usage?.from ?? null) : []
          })),
          batch
        )
        return pieces.map((piece, index) =>
          Either.map(Either.all([rated[index]!, begun[index]!, corrected[index]!]), ([usage, opening, corrections]): Drafted => {
            const fees = feesOf(piece.row)
            const given_back = feesGivenBack(piece, fees, items)
            const base = baseLines(piece, batch)
            const committed = commitmentLines(piece, batch, { base, usage, advance_cents: advance_cents(piece), fees, items, given_back })
            const { lines, surplus } =
              piece.work.usage === null
                ? { lines: usage, surplus: [] }
                : progressive.credit({ subscription_id: piece.row.id, from: piece.work.usage.from }, usage)
            return {
              piece,
              given_back,
              items,
              opening,
              corrections,
              surplus: { given_back: surplus, items: progressive.items },
              lines: [...base, ...opening.lines, ...lines, ...committed, ...corrections.lines],
              added: []
            }
          })
        )
      })

      /** The same with what hosts added for their customers, which is locked until it is written. */
      const withAdded = Effect.fnUntraced(function* (drafted: ReadonlyArray<Drafted>, batch: Batch) {
        const takers = drafted.map(({ lines, piece }) =>
          takesAdded(piece, lines.length)
            ? { customer_id: piece.row.customer_id, currency: batch.termsOf(piece.row).plan.currency as string }
            : null
        )
        const waiting = yield* invoices.lockAdded([...new Set(takers.flatMap((taker) => taker?.customer_id ?? []))])
        if (waiting.length === 0) return drafted
        const dealt = dealtTo(takers, waiting)
        return drafted.map((each, index): Drafted => {
          const added = dealt[index]!
          return { ...each, added, lines: [...each.lines, ...added.map((fee) => addedLine(fee, each.piece.row, batch))] }
        })
      })

      const write = Effect.fnUntraced(function* (postings: ReadonlyArray<Posting>, now: DateTime.Utc) {
        yield* invoices.insert(postings.flatMap(({ document }) => document ?? []))
        yield* discounts.keep(
          postings.flatMap(({ coupons, document }) => (document === null ? [] : [{ invoice_id: document.invoice.id, coupons }])),
          now
        )
        yield* notes.insert(postings.flatMap((posting) => posting.notes))
        yield* subscriptions.forgetBaseFees(
          postings.flatMap(({ piece: { row, schedule, work } }) =>
            // A fee in advance of that same instant: of the period that begins, of what is left of it after a trial or a pause.
            work.kind === "plan_change" && schedule.pay_in_advance ? [{ subscription_id: row.id, period_start: work.at }] : []
          )
        )
        yield* subscriptions.recordBilled(postings.flatMap(({ keys }) => keys))
        yield* subscriptions.save(postings.map(({ row }) => row))
        yield* subscriptions.clearLateUsage(postings.flatMap(({ corrected, row }) => (corrected ? [row.id] : [])))
        yield* advanceLines.save(
          postings.flatMap(({ opening }) => opening.states),
          now
        )
        const issued = postings.filter(({ issuance }) => issuance !== null)
        const issues = yield* issuing.issue(
          issued.flatMap(({ issuance }) => issuance ?? []),
          now
        )
        return new Map(issued.map((posting, index) => [posting, issues[index]!]))
      })

      const perform = Effect.fn("BillWork.perform")(function* (pieces: ReadonlyArray<Piece>, batch: Batch, now: DateTime.Utc) {
        const unbilled: Array<Unbilled> = []
        const rated: Array<Drafted> = []
        for (const [index, found] of (yield* draft(pieces, batch)).entries()) {
          if (Either.isLeft(found)) unbilled.push({ piece: pieces[index]!, error: found.left })
          else rated.push(found.right)
        }
        const drafted = yield* withAdded(rated, batch)
        const discounted = yield* discounts.take(
          drafted.map((each) => discountableOf(each, batch, now)),
          now
        )
        const fresh = yield* ids.many(drafted.reduce((count, each) => count + idsForPosting(each), 0))
        const source = fresh[Symbol.iterator]()
        const postings = drafted.map((each, index) => postingOf(each, discounted[index]!, batch, source, now))
        const issues = yield* write(postings, now)
        yield* advancePosting.post(
          postings.flatMap(({ opening }) => opening.apart),
          batch,
          now
        )
        yield* storedEvents.bill(postings, batch, now)
        return {
          billed: postings.map((posting): Billed => {
            const { document, piece, row } = posting
            return { piece, row, document, issue: issues.get(posting) ?? null }
          }),
          unbilled
        }
      })

      return BillWork.of({ perform })
    })
  )
}
