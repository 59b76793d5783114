/** The billing run and the finalization run: clock jobs that may run late, twice or on several machines at once (O9). */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, type InvalidInput, type StorageError, Transactor } from "../core/index.js"
import { afterWork, correctionWork, nextDueWork, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { type Batch, Batches } from "./batch.js"
import { type Billed, BillWork, type Unbilled } from "./bill-work.js"
import { Finalization } from "./finalization.js"
import { type Piece, pieceOf } from "./piece.js"
import { type BillingRun, type Failure, type FinalizationRun, type Held, type RunOptions, runTerms, untilNothingIsLeft } from "./runs.js"
import { InvoiceStore } from "./store.js"

interface Claimed {
  readonly pieces: ReadonlyArray<Piece>
  /** Rows whose next due instant was no longer right. */
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
    pieces.push(pieceOf(row, schedule, work))
    horizon = Math.min(horizon, nextDueWork(afterWork(schedule, work))?.at.epochMillis ?? Number.POSITIVE_INFINITY)
  }
  return { pieces, moved }
}

/** The jobs that bill. */
export class Billing extends Context.Tag("billwright/Billing")<
  Billing,
  {
    /**
     * Does all work that is due: closes every period that has ended, oldest first, once each; builds fees, taxes and totals;
     * leaves drafts where there is a grace period, else finalizes; then corrects late usage of subscriptions that have ended.
     * A second run at the same instant does nothing.
     *
     * Fails with `InvalidInput` or `StorageError`; what was billed before the failure stays billed.
     *
     * @see decisions O9, S1, I1, P12
     */
    readonly billDue: (options?: RunOptions) => Effect.Effect<BillingRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
    /** Finalizes the drafts whose grace period is over, calculated again with what arrived meanwhile. */
    readonly finalizeDue: (
      options?: RunOptions
    ) => Effect.Effect<FinalizationRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Billing, never, Transactor | SubscriptionStore | InvoiceStore | Batches | BillWork | Finalization> =
    Layer.effect(
      Billing,
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const subscriptions = yield* SubscriptionStore
        const invoices = yield* InvoiceStore
        const batches = yield* Batches
        const work = yield* BillWork
        const finalization = yield* Finalization

        const billBatch = Effect.fnUntraced(function* (now: DateTime.Utc, size: number, except: ReadonlyArray<string>, held: Held) {
          const rows = yield* subscriptions.claimDue(now, size, except, held)
          if (rows.length === 0) return null
          const batch = yield* batches.load(rows)
          const { moved, pieces } = inOrder(rows, batch, now)
          yield* subscriptions.save(moved)
          return yield* work.perform(pieces, batch, now)
        })

        /** Late usage of subscriptions that have ended: an invoice of its own (P12). */
        const correctBatch = Effect.fnUntraced(function* (now: DateTime.Utc, size: number, except: ReadonlyArray<string>, held: Held) {
          const rows = yield* subscriptions.claimLate(size, except, held)
          if (rows.length === 0) return null
          const batch = yield* batches.load(rows)
          return yield* work.perform(
            rows.map((row) => pieceOf(row, batch.scheduleOf(row), correctionWork(now))),
            batch,
            now
          )
        })

        const finalizeBatch = Effect.fnUntraced(function* (now: DateTime.Utc, size: number, except: ReadonlyArray<string>, held: Held) {
          const due = yield* invoices.dueDrafts(now, size, except)
          const wanted = [...new Set(due.map((draft) => draft.subscription_id))]
          const rows = yield* held === "wait" ? subscriptions.lock(wanted) : subscriptions.lockFree(wanted)
          if (rows.length === 0) return null
          return yield* finalization.finalize(
            due.map((draft) => draft.id),
            rows,
            now
          )
        })

        return Billing.of({
          billDue: Effect.fn("Billing.billDue")(function* (options = {}) {
            const { now, size } = yield* runTerms(options)
            const failures = new Map<string, Failure>()
            const run = { pieces: 0, invoices: 0, issued: 0 }
            const count = ({
              billed,
              unbilled
            }: {
              readonly billed: ReadonlyArray<Billed>
              readonly unbilled: ReadonlyArray<Unbilled>
            }) => {
              for (const { error, piece } of unbilled) failures.set(piece.row.id, { id: piece.row.id, error })
              run.pieces += billed.filter(({ document, piece }) => document !== null || piece.work.kind !== "correction").length
              run.invoices += billed.filter(({ document }) => document !== null).length
              run.issued += billed.filter(({ issue }) => issue !== null).length
            }
            yield* untilNothingIsLeft((held) => transaction(billBatch(now, size, [...failures.keys()], held)), count)
            // Each once: what is left to a draft stays marked.
            const corrected: Array<string> = []
            yield* untilNothingIsLeft(
              (held) => transaction(correctBatch(now, size, [...corrected, ...failures.keys()], held)),
              (done) => {
                corrected.push(...done.billed.map(({ row }) => row.id))
                count(done)
              }
            )
            return { ...run, failures: [...failures.values()] }
          }),

          finalizeDue: Effect.fn("Billing.finalizeDue")(function* (options = {}) {
            const { now, size } = yield* runTerms(options)
            const failures = new Map<string, Failure>()
            let issued = 0
            yield* untilNothingIsLeft(
              (held) => transaction(finalizeBatch(now, size, [...failures.keys()], held)),
              (done) => {
                for (const failure of done.failures) failures.set(failure.id, failure)
                issued += done.documents.length
              }
            )
            return { issued, failures: [...failures.values()] }
          })
        })
      })
    )
}
