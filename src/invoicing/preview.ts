/** Previews: the invoice as it would be issued, made by the run's own code in a transaction that is undone. */
import { DateTime, Effect } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, InvalidInput, InvalidTransition, type StorageError } from "../core/index.js"
import { isOver, nextDueWork, type Subscription } from "../subscriptions/index.js"
import { isKept, isWithin, isYetToCome, type leavingSomething, rowNear } from "./ahead.js"
import type { Batches } from "./batch.js"
import type { BillWork } from "./bill-work.js"
import { InvoiceNotRatable } from "./errors.js"
import type { Fee } from "./fee.js"
import type { Finalization } from "./finalization.js"
import type { Invoice } from "./invoice.js"
import { pieceOf } from "./piece.js"
import { settledCents } from "./settlement.js"
import type { InvoiceDocument, InvoiceStore } from "./store.js"
import type { TaxAnswers, TaxesWanted } from "./tax-question.js"

/** An invoice as it would be issued: without id and number. */
export interface InvoicePreview
  extends Pick<
    Invoice,
    | "customer_id"
    | "currency"
    | "billing_period_start"
    | "billing_period_end"
    | "subtotal_cents"
    | "progressive_billing_credit_amount_cents"
    | "coupons_amount_cents"
    | "tax_amount_cents"
    | "total_cents"
    | "billed_at"
    | "issued_at"
    | "due_date"
  > {
  readonly subscription_id: string
  readonly fees: ReadonlyArray<Omit<Fee, "id" | "invoice_id">>
  /** What credit notes and wallets would take, and what would then be due. */
  readonly settled_cents: bigint
  readonly due_cents: bigint
}

const previewOf = (subscription_id: string, { fees, invoice, settlements }: InvoiceDocument): InvoicePreview => {
  const settled_cents = settledCents(settlements)
  return {
    subscription_id,
    customer_id: invoice.customer_id,
    currency: invoice.currency,
    billing_period_start: invoice.billing_period_start,
    billing_period_end: invoice.billing_period_end,
    subtotal_cents: invoice.subtotal_cents,
    progressive_billing_credit_amount_cents: invoice.progressive_billing_credit_amount_cents,
    coupons_amount_cents: invoice.coupons_amount_cents,
    tax_amount_cents: invoice.tax_amount_cents,
    total_cents: invoice.total_cents,
    billed_at: invoice.billed_at,
    issued_at: invoice.issued_at,
    due_date: invoice.due_date,
    fees: fees.map(({ id: _, invoice_id: __, ...fee }) => fee),
    settled_cents,
    due_cents: invoice.total_cents - settled_cents
  }
}

/**
 * How far ahead of now, or of the instant that is asked for, a preview looks for something to bill, and at how many pieces of work: those of three
 * years by the week, before the instant and after it.
 */
const YEARS_AHEAD = 3
const BEFORE = 160
const AHEAD = 2 * BEFORE
const TOO_FAR = `expected an instant with at most ${BEFORE} pieces of work before it`

export interface PreviewServices {
  readonly batches: typeof Batches.Service
  readonly work: typeof BillWork.Service
  readonly finalization: typeof Finalization.Service
  readonly invoices: typeof InvoiceStore.Service
  readonly leavesSomething: Effect.Effect.Success<typeof leavingSomething>
}

/**
 * The next invoice of a locked subscription, or with `at` the first that bills that instant or a later one, with everything
 * before it done, each at its own time, but for what leaves nothing to it; its taxes from `answers` where a tax integration gives them. Null where no
 * piece of work within three years has a fee; `InvalidInput` where too much is to be done before `at`. Only in a transaction that is undone.
 */
export const previewFrom = (
  { batches, finalization, invoices, leavesSomething, work }: PreviewServices,
  locked: Subscription,
  at: DateTime.Utc | undefined,
  now: DateTime.Utc,
  answers: TaxAnswers
): Effect.Effect<
  InvoicePreview | null,
  TaxesWanted | InvalidInput | InvalidTransition | InvoiceNotRatable | PlanNotFound | StorageError,
  CurrentOrganization
> =>
  Effect.gen(function* () {
    if (isOver(locked)) {
      return yield* new InvalidTransition({ entity: "Subscription", id: locked.id, from: locked.status, action: "preview" })
    }
    const horizon = DateTime.add(at === undefined ? now : DateTime.max(at, now), { years: YEARS_AHEAD })
    let row = locked
    let batch = yield* batches.load([row])
    let passes = at !== undefined
    let isAsked = at !== undefined
    for (let ahead = 0; ahead < AHEAD; ahead++) {
      const near = passes ? rowNear(batch, row, at!, now) : row
      if (near !== row) {
        passes = !(yield* leavesSomething(row.customer_id, now))
        if (passes) row = near
      }
      const schedule = batch.scheduleOf(row)
      const next = nextDueWork(schedule)
      if (next === null || DateTime.greaterThan(next.at, horizon)) return null
      // Once the windows are yet to come: what can be passed over is passed.
      if (isAsked && (ahead === BEFORE || isYetToCome(next, now))) {
        if (!isWithin(schedule, at!, BEFORE)) return yield* new InvalidInput({ field: "at", reason: TOO_FAR })
        isAsked = false
      }
      const done_at = DateTime.max(next.at, now)
      const { billed, unbilled } = yield* work.perform([pieceOf(row, schedule, next)], batch, done_at)
      const failed = unbilled[0]
      if (failed !== undefined) return yield* new InvoiceNotRatable({ id: row.id, reason: failed.error.message })
      const { document, row: after } = billed[0]!
      if (document !== null && (at === undefined || DateTime.greaterThanOrEqualTo(next.at, at))) {
        const { finalize_at, id } = document.invoice
        yield* finalization.finalize([id], [after], DateTime.max(finalize_at!, done_at), answers)
        const [issued] = yield* invoices.load([id])
        return previewOf(row.id, issued!)
      }
      if (!isKept(batch, row, next)) batch = yield* batches.load([after])
      row = after
    }
    return null
  })
