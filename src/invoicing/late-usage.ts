/** Corrections of closed windows whose usage came late: which windows, priced again together, held against what was billed (P12). */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { type CreditNoteItem, CreditNoteStore } from "../credits/index.js"
import { Rating, type RatingError } from "../rating/index.js"
import type { ClosedWindow, Subscription } from "../subscriptions/index.js"
import { type Batch, issuedBy } from "./batch.js"
import { chargeFeeLine, chargeTaxes } from "./charge-fee.js"
import { type Correction, correctionOf } from "./correction.js"
import { amountCents, countsInAdvance, standingFeesCents, windowTrueUp } from "./lines.js"
import { type FeeOnInvoice, InvoiceStore } from "./store.js"
import { nextTerms, ratingWindow, windowOfBilled } from "./window.js"

/** The corrections of a subscription, and the items of notes on the fees that they are about. */
export interface Corrections extends Correction {
  readonly items: ReadonlyArray<CreditNoteItem>
}

const NO_CORRECTIONS: Corrections = { lines: [], given_back: [], items: [] }

const isFinal = (status: ClosedWindow["invoice_status"]): boolean => status === "finalized" || status === "paid"

/** Whether an invoice's fees are for good: it is final, or it only waits for its taxes (a progressive one, or a correction: what closes no window). */
const isSettled = ({ billing_period_start, invoice_type, status }: FeeOnInvoice["invoice"]): boolean =>
  isFinal(status) || (status === "draft" && (invoice_type === "progressive_billing" || billing_period_start === null))

/** Whether a window stands as it was billed: also one without a fee, and so without an invoice. */
const isBilled = ({ deleted_invoice_id, invoice_id, invoice_status, skipped }: ClosedWindow): boolean =>
  !skipped && deleted_invoice_id === null && (invoice_id === null || isFinal(invoice_status))

/**
 * The windows that an invoice corrects, of those with late usage: the ones closed before its own, but for those that were
 * never billed, whose invoice was voided, or is a draft, which absorbs its own late usage and, before others, what is older.
 */
export const windowsToCorrect = (closed: ReadonlyArray<ClosedWindow>, before: DateTime.Utc | null): ReadonlyArray<ClosedWindow> => {
  const earlier = closed.filter((window) => before === null || window.period_start.epochMillis < before.epochMillis)
  const lastDraft = earlier.findLastIndex((window) => window.invoice_status === "draft")
  return earlier.slice(lastDraft + 1).filter(isBilled)
}

/** Whether some draft that closes a window will correct older ones when it becomes final; `final` are the invoices that become so now. */
export const isLeftToADraft = (closed: ReadonlyArray<ClosedWindow>, final: ReadonlyArray<string> = []): boolean =>
  closed.some((window) => window.invoice_status === "draft" && !final.includes(window.invoice_id!))

/** Whether late usage has still to be corrected once these invoices are final: by another draft, or, of a window after theirs, by the next invoice. */
export const isLeftToOthers = (closed: ReadonlyArray<ClosedWindow>, final: ReadonlyArray<string>): boolean => {
  const last = closed.findLastIndex(({ invoice_id }) => invoice_id !== null && final.includes(invoice_id))
  return isLeftToADraft(closed, final) || closed.slice(last + 1).some(isBilled)
}

/** A subscription and the windows to price again. */
export interface LateWindows {
  readonly row: Subscription
  readonly windows: ReadonlyArray<ClosedWindow>
  /** The issuer that the correcting document names; the subscription's where it is left out. */
  readonly named?: string | null
}

const stretchOf = ({ period_end, period_start, subscription_id }: ClosedWindow) => ({
  subscription_id,
  from: period_start,
  to: period_end
})

const isIn = ({ fee }: FeeOnInvoice, window: ClosedWindow): boolean =>
  fee.subscription_id === window.subscription_id &&
  fee.period_start !== null &&
  DateTime.between(fee.period_start, { minimum: window.period_start, maximum: DateTime.subtract(window.period_end, { millis: 1 }) })

/** Prices closed windows again. */
export class LateUsage extends Context.Tag("billwright/LateUsage")<
  LateUsage,
  {
    /** The corrections of each subscription, in order; nothing is written. The invoices that are given back of are locked. */
    readonly correct: (
      late: ReadonlyArray<LateWindows>,
      batch: Batch
    ) => Effect.Effect<ReadonlyArray<Either.Either<Corrections, RatingError>>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<LateUsage, never, Rating | InvoiceStore | CreditNoteStore> = Layer.effect(
    LateUsage,
    Effect.gen(function* () {
      const rating = yield* Rating
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore

      const correct = Effect.fn("LateUsage.correct")(function* (late: ReadonlyArray<LateWindows>, batch: Batch) {
        const all = late.flatMap(({ row, windows }) => windows.map((window) => ({ row, window })))
        if (all.length === 0) return late.map(() => Either.right(NO_CORRECTIONS))
        const termsOf = (window: ClosedWindow) => batch.terms({ plan_id: window.plan_id, version: window.plan_version })
        const rated = yield* rating.rateWindows(
          all.map(({ row, window }) => ratingWindow(row, windowOfBilled(window), termsOf(window), nextTerms(window, batch), batch))
        )
        const stretches = all.map(({ window }) => stretchOf(window))
        const advance = yield* invoices.advanceCents(all.some(({ window }) => countsInAdvance(termsOf(window))) ? stretches : [])
        const fees = yield* invoices.lockFees(stretches)
        const items = yield* notes.itemsOf(fees.map(({ fee }) => fee.id))
        const places = new Map(all.map(({ window }, index) => [window.id, index]))

        const correctWindow = (row: Subscription, window: ClosedWindow, document: Batch): Either.Either<Correction, RatingError> =>
          Either.map(rated[places.get(window.id)!]!, (lines) => {
            const usage = windowOfBilled(window)
            const advance_cents = advance[places.get(window.id)!] ?? 0n
            const own = fees.filter((fee) => isIn(fee, window))
            const base_cents = standingFeesCents(
              own.filter(({ fee }) => fee.fee_type === "subscription"),
              items
            )
            return correctionOf({
              // Priced and rounded as it was closed; taxed by the issuer of the document that bills the difference.
              lines: lines.map((line) => ({
                ...chargeFeeLine(line, row, usage, batch, window.plan_id),
                taxes: chargeTaxes(line.charge.id, row, window.plan_id, document)
              })),
              trueUp: (usage_cents) =>
                amountCents(windowTrueUp(row, usage, termsOf(window), batch, { base_cents, usage_cents: usage_cents + advance_cents })),
              billed: own.filter(({ fee, invoice }) => fee.fee_type !== "subscription" && isSettled(invoice)),
              items
            })
          })

        return late.map(({ named = null, row, windows }) =>
          Either.map(
            Either.all(windows.map((window) => correctWindow(row, window, issuedBy(batch, named)))),
            (corrections): Corrections => ({
              lines: corrections.flatMap((each) => each.lines),
              given_back: corrections.flatMap((each) => each.given_back),
              items
            })
          )
        )
      })

      return LateUsage.of({ correct })
    })
  )
}
