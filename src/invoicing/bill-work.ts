/** Bills pieces of due work: windows are rated together, documents built one by one, everything written in few statements. */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { termsOf } from "../accounts/index.js"
import { type CurrentOrganization, exponentOf, Ids, type StorageError } from "../core/index.js"
import { Rating, type RatingError, type RatingWindow } from "../rating/index.js"
import {
  type BilledPeriod,
  type DueWork,
  rowAfterWork,
  type ScheduleState,
  type Subscription,
  SubscriptionStore
} from "../subscriptions/index.js"
import { type AssembledDocument, assemble, type FeeLine } from "./assemble.js"
import { baseFeeLine } from "./base-fee.js"
import type { Batch } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import { type DocumentHead, draftOf, idsNeeded, issueOf, seriesOf } from "./document.js"
import { type InvoiceDocument, InvoiceStore, type Issue } from "./store.js"
import { ratingWindow } from "./window.js"

/** A subscription, locked, and what is to be billed of it. */
export interface Piece {
  readonly row: Subscription
  readonly schedule: ScheduleState
  readonly work: DueWork
  /** Closed without billing anything (termination with `skip`). */
  readonly skip?: boolean
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

const baseLines = (piece: Piece, batch: Batch): ReadonlyArray<FeeLine> => {
  const { row, work } = piece
  if (work.base === null || piece.skip === true) return []
  const terms = batch.termsOf(row)
  const issuer = batch.issuerOf(row)
  const line = baseFeeLine(work.base, {
    plan_name: terms.plan.name,
    amount_cents: terms.amount_cents,
    exponent: exponentOf(terms.plan.currency),
    rounding_mode: issuer.rounding_mode,
    taxes: batch.taxes.of({
      plan_id: terms.plan_id,
      customer_id: row.customer_id,
      billing_entity_id: issuer.kind === "billing_entity" ? issuer.id : null
    })
  })
  return line === null ? [] : [line]
}

/** The invoice's period is the window whose usage it closes; without one, that of its base fee. */
export const headOf = (piece: Piece, batch: Batch): DocumentHead => {
  const { row, work } = piece
  const customer = batch.customerOf(row)
  const issuer = batch.issuerOf(row)
  const period = work.usage ?? work.base
  return {
    organization_id: row.organization_id,
    customer,
    issuer,
    invoice_type: "subscription",
    subscription_id: row.id,
    currency: batch.termsOf(row).plan.currency,
    billing_period_start: period?.from ?? null,
    billing_period_end: period?.to ?? null,
    billed_at: work.at,
    grace_days: termsOf(customer, issuer).invoice_grace_period
  }
}

/** The keys that make this billing happen once. */
const keysOf = (piece: Piece, invoice_id: string | null, ids: Iterator<string>, now: DateTime.Utc): ReadonlyArray<BilledPeriod> => {
  const { row, schedule, work } = piece
  const shared = {
    organization_id: row.organization_id,
    subscription_id: row.id,
    plan_id: row.plan_id,
    plan_version: row.plan_version,
    timezone: schedule.timezone,
    skipped: piece.skip === true,
    invoice_id,
    created_at: now,
    updated_at: now
  }
  const keys: Array<BilledPeriod> = []
  const add = (kind: BilledPeriod["kind"], stretch: NonNullable<DueWork["usage"] | DueWork["base"]>, superseded: boolean) =>
    keys.push({
      id: ids.next().value as string,
      kind,
      period_start: stretch.from,
      period_end: stretch.to,
      full_start: stretch.full_from,
      full_end: stretch.full_to,
      superseded,
      ...shared
    })
  if (work.usage !== null) add("usage", work.usage, work.usage.superseded)
  if (work.base !== null) add("base_fee", work.base, false)
  return keys
}

/** The lines of a piece, in the order of invoicing.md 10. */
const linesOf = (piece: Piece, batch: Batch, charges: ReadonlyArray<FeeLine>): ReadonlyArray<FeeLine> => [
  ...baseLines(piece, batch),
  ...charges
]

interface Prepared {
  readonly piece: Piece
  readonly head: DocumentHead
  readonly figures: AssembledDocument | null
}

/** Bills pieces inside the transaction that the caller opened. */
export class BillWork extends Context.Tag("billwright/BillWork")<
  BillWork,
  {
    /** Lines of many pieces, rated together; nothing is written. */
    readonly rate: (
      pieces: ReadonlyArray<Piece>,
      batch: Batch
    ) => Effect.Effect<ReadonlyArray<Either.Either<ReadonlyArray<FeeLine>, RatingError>>, StorageError, CurrentOrganization>
    /** Writes documents, keys and rows, in the order given, and issues what needs not wait. */
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
  static readonly layer: Layer.Layer<BillWork, never, Rating | InvoiceStore | SubscriptionStore | Ids> = Layer.effect(
    BillWork,
    Effect.gen(function* () {
      const rating = yield* Rating
      const invoices = yield* InvoiceStore
      const subscriptions = yield* SubscriptionStore
      const ids = yield* Ids

      const rate = Effect.fn("BillWork.rate")(function* (pieces: ReadonlyArray<Piece>, batch: Batch) {
        const windows: Array<RatingWindow> = []
        const at = pieces.map((piece) => {
          if (piece.work.usage === null || piece.skip === true) return null
          return windows.push(ratingWindow(piece.row, piece.work.usage, batch.termsOf(piece.row), batch)) - 1
        })
        const rated = yield* rating.rateWindows(windows)
        return pieces.map((piece, index) => {
          const window = at[index]
          const charges = window == null ? Either.right([]) : rated[window]!
          return Either.map(charges, (lines) =>
            linesOf(
              piece,
              batch,
              lines.map((line) => chargeFeeLine(line, piece.row, piece.work.usage!, batch, piece.row.plan_id))
            )
          )
        })
      })

      const perform = Effect.fn("BillWork.perform")(function* (pieces: ReadonlyArray<Piece>, batch: Batch, now: DateTime.Utc) {
        const lines = yield* rate(pieces, batch)
        const unbilled: Array<Unbilled> = []
        const prepared = pieces.flatMap((piece, index): ReadonlyArray<Prepared> => {
          const found = lines[index]!
          if (Either.isLeft(found)) {
            unbilled.push({ piece, error: found.left })
            return []
          }
          const head = headOf(piece, batch)
          return [{ piece, head, figures: found.right.length === 0 ? null : assemble(found.right, head.issuer.rounding_mode) }]
        })
        const needed = prepared.reduce((count, { figures }) => count + (figures === null ? 0 : idsNeeded(figures)) + 2, 0)
        const source = (yield* ids.many(needed))[Symbol.iterator]()
        const documents: Array<InvoiceDocument> = []
        const keys: Array<BilledPeriod> = []
        const issues: Array<Issue> = []
        const billed = prepared.map(({ figures, head, piece }): Billed => {
          const document = figures === null ? null : draftOf(head, figures, source, now)
          keys.push(...keysOf(piece, document?.invoice.id ?? null, source, now))
          const row = { ...rowAfterWork(piece.row, piece.schedule, piece.work), updated_at: now }
          if (document === null) return { piece, row, document, issue: null }
          documents.push(document)
          const due = document.invoice.finalize_at!.epochMillis <= now.epochMillis
          const issue = due
            ? issueOf(document.invoice, seriesOf(head.issuer, now), termsOf(head.customer, head.issuer).net_payment_term, now)
            : null
          if (issue !== null) issues.push(issue)
          return { piece, row, document, issue }
        })
        yield* invoices.insert(documents)
        yield* subscriptions.recordBilled(keys)
        yield* subscriptions.save(billed.map(({ row }) => row))
        yield* invoices.issue(issues)
        return { billed, unbilled }
      })

      return BillWork.of({ rate, perform })
    })
  )
}
