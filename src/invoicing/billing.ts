/** The billing run and the finalization run: clock jobs that may run late, twice or on several machines at once (O9). */
import { Clock, Context, type DateTime, Effect, Layer, Schema } from "effect"
import { termsOf } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, decodeInput, Instant, type InvalidInput, instant, type StorageError, Transactor } from "../core/index.js"
import type { RatingError } from "../rating/index.js"
import { afterWork, nextDueWork, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { type Batch, Batches } from "./batch.js"
import { BillWork, type Piece } from "./bill-work.js"
import { issueOf, seriesOf } from "./document.js"
import { Drafts } from "./drafts.js"
import { InvoiceStore } from "./store.js"

const RunOptions = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Subscriptions, or drafts, a transaction; 250 unless given. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 5000)), { default: () => 250 })
})
export type RunOptions = typeof RunOptions.Encoded

/** A subscription or draft that a run could not bill, and why; the next run tries again. */
export interface Failure {
  readonly id: string
  readonly error: RatingError
}

/** What a billing run did. */
export interface BillingRun {
  /** Pieces of work: starts, trial ends, boundaries, ends. */
  readonly pieces: number
  readonly invoices: number
  /** Of these, issued in the same run; the others wait for their grace period. */
  readonly issued: number
  readonly failures: ReadonlyArray<Failure>
}

/** What a finalization run did. */
export interface FinalizationRun {
  readonly issued: number
  readonly failures: ReadonlyArray<Failure>
}

const decodeRun = decodeInput(RunOptions)

interface Claimed {
  readonly pieces: ReadonlyArray<Piece>
  /** Rows whose next due instant was no longer right, since their customer's zone changed. */
  readonly moved: ReadonlyArray<Subscription>
}

/**
 * The pieces of a claimed batch that can be done together in order: as soon as one would come after the following piece of
 * an earlier one, it waits for the next batch, so that documents are numbered by instant.
 */
const inOrder = (rows: ReadonlyArray<Subscription>, batch: Batch, now: DateTime.Utc): Claimed => {
  const pieces: Array<Piece> = []
  const moved: Array<Subscription> = []
  let horizon = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const schedule = batch.scheduleOf(row)
    const work = nextDueWork(schedule)
    if (work === null || work.at.epochMillis > now.epochMillis) {
      moved.push({ ...row, next_due_at: work?.at ?? null, updated_at: now })
      continue
    }
    if (work.at.epochMillis >= horizon) break
    pieces.push({ row, schedule, work, skip: work.kind === "end" && row.on_termination_action === "skip" })
    horizon = Math.min(horizon, followingInstant(row, batch))
  }
  return { pieces, moved }
}

/** An instant before which no further piece of the subscription can fall due: its next boundary at the earliest. */
const followingInstant = (row: Subscription, batch: Batch): number => {
  const schedule = batch.scheduleOf(row)
  const work = nextDueWork(schedule)
  const next = work === null ? null : nextDueWork(afterWork(schedule, work))
  return next === null ? Number.POSITIVE_INFINITY : next.at.epochMillis
}

/** The jobs that bill. */
export class Billing extends Context.Tag("billwright/Billing")<
  Billing,
  {
    /**
     * Does all work that is due: closes every period that has ended, oldest first, once each; builds fees, taxes and totals;
     * leaves drafts where there is a grace period, else finalizes. A second run at the same instant does nothing.
     *
     * Fails with `InvalidInput` or `StorageError`; what was billed before the failure stays billed.
     *
     * @see decisions O9, S1, I1
     */
    readonly billDue: (options?: RunOptions) => Effect.Effect<BillingRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
    /** Finalizes the drafts whose grace period is over, calculated again with what arrived meanwhile. */
    readonly finalizeDue: (
      options?: RunOptions
    ) => Effect.Effect<FinalizationRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Billing, never, Transactor | SubscriptionStore | InvoiceStore | Batches | BillWork | Drafts> =
    Layer.effect(
      Billing,
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const subscriptions = yield* SubscriptionStore
        const invoices = yield* InvoiceStore
        const batches = yield* Batches
        const work = yield* BillWork
        const drafts = yield* Drafts
        const started = (now: DateTime.Utc | undefined) =>
          now === undefined ? Effect.map(Clock.currentTimeMillis, instant) : Effect.succeed(now)

        const billBatch = Effect.fnUntraced(function* (now: DateTime.Utc, size: number, except: ReadonlyArray<string>) {
          const rows = yield* subscriptions.claimDue(now, size, except)
          if (rows.length === 0) return null
          const batch = yield* batches.load(rows)
          const { moved, pieces } = inOrder(rows, batch, now)
          yield* subscriptions.save(moved)
          return yield* work.perform(pieces, batch, now)
        })

        const billDue = Effect.fn("Billing.billDue")(function* (options: RunOptions = {}) {
          const input = yield* decodeRun(options)
          const now = yield* started(input.now)
          const failures = new Map<string, Failure>()
          const run = { pieces: 0, invoices: 0, issued: 0 }
          while (true) {
            const done = yield* transaction(billBatch(now, input.batch_size, [...failures.keys()]))
            if (done === null) return { ...run, failures: [...failures.values()] }
            for (const { error, piece } of done.unbilled) failures.set(piece.row.id, { id: piece.row.id, error })
            run.pieces += done.billed.length
            run.invoices += done.billed.filter(({ document }) => document !== null).length
            run.issued += done.billed.filter(({ issue }) => issue !== null).length
          }
        })

        const finalizeBatch = Effect.fnUntraced(function* (now: DateTime.Utc, size: number, except: ReadonlyArray<string>) {
          const claimed = yield* invoices.claimDrafts(now, size, except)
          if (claimed.length === 0) return null
          const rebuilt = yield* drafts.rebuild(
            claimed.map((invoice) => invoice.id),
            now
          )
          yield* invoices.replace(rebuilt.documents.map(({ document }) => document))
          yield* invoices.issue(
            rebuilt.documents.map(({ customer, document, issuer }) =>
              issueOf(document.invoice, seriesOf(issuer, now), termsOf(customer, issuer).net_payment_term, now)
            )
          )
          return rebuilt
        })

        const finalizeDue = Effect.fn("Billing.finalizeDue")(function* (options: RunOptions = {}) {
          const input = yield* decodeRun(options)
          const now = yield* started(input.now)
          const failures = new Map<string, Failure>()
          let issued = 0
          while (true) {
            const done = yield* transaction(finalizeBatch(now, input.batch_size, [...failures.keys()]))
            if (done === null) return { issued, failures: [...failures.values()] }
            for (const failure of done.failures) failures.set(failure.id, failure)
            issued += done.documents.length
          }
        })

        return Billing.of({ billDue, finalizeDue })
      })
    )
}
