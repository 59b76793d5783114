/** The billing run and the finalization run: clock jobs that may run late, twice or on several machines at once (O9). */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, type InvalidInput, type StorageError, Transactor } from "../core/index.js"
import { afterWork, correctionWork, nextDueWork, type Subscription, SubscriptionStore } from "../subscriptions/index.js"
import { type Batch, Batches } from "./batch.js"
import { type Billed, BillWork, type Unbilled } from "./bill-work.js"
import { FinalizationRuns } from "./finalization-run.js"
import { type Piece, pieceOf } from "./piece.js"
import { type BillingRun, type Failure, type FinalizationRun, type Held, type RunOptions, runTerms, untilNothingIsLeft } from "./runs.js"

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

/** Whether a document that was just billed waits for nothing but the rates of a tax integration. */
const isDueDraft = ({ document, issue }: Billed, now: DateTime.Utc): boolean =>
  document !== null && issue === null && document.invoice.finalize_at!.epochMillis <= now.epochMillis

/** The jobs that bill. */
export class Billing extends Context.Tag("billwright/Billing")<
  Billing,
  {
    /**
     * Does all work that is due: closes every period that has ended, oldest first, once each; builds fees, taxes and totals;
     * leaves drafts where there is a grace period, else finalizes (with the rates of a tax integration, where one is in charge); then corrects late usage of subscriptions that have ended.
     * A second run at the same instant does nothing.
     *
     * Fails with `InvalidInput` or `StorageError`; what was billed before the failure stays billed.
     *
     * @see decisions O9, S1, I1, P12
     */
    readonly billDue: (options?: RunOptions) => Effect.Effect<BillingRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
    /**
     * Finalizes the drafts whose grace period is over, calculated again with what arrived meanwhile. Where a tax integration gives no rates the
     * invoice stays a draft and is among the failures; the next run tries again.
     */
    readonly finalizeDue: (
      options?: RunOptions
    ) => Effect.Effect<FinalizationRun, InvalidInput | StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Billing, never, Transactor | SubscriptionStore | Batches | BillWork | FinalizationRuns> = Layer.effect(
    Billing,
    Effect.gen(function* () {
      const { transaction } = yield* Transactor
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const work = yield* BillWork
      const runs = yield* FinalizationRuns

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

      return Billing.of({
        billDue: Effect.fn("Billing.billDue")(function* (options = {}) {
          const { now, size } = yield* runTerms(options)
          const failures = new Map<string, Failure>()
          const run = { pieces: 0, invoices: 0, issued: 0 }
          const awaiting: Array<string> = []
          const count = ({ billed, unbilled }: { readonly billed: ReadonlyArray<Billed>; readonly unbilled: ReadonlyArray<Unbilled> }) => {
            for (const { error, piece } of unbilled) failures.set(piece.row.id, { id: piece.row.id, error })
            run.pieces += billed.filter(({ document, piece }) => document !== null || piece.work.kind !== "correction").length
            run.invoices += billed.filter(({ document }) => document !== null).length
            run.issued += billed.filter(({ issue }) => issue !== null).length
            awaiting.push(...billed.flatMap((each) => (isDueDraft(each, now) ? [each.document!.invoice.id] : [])))
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
          if (awaiting.length === 0) return { ...run, failures: [...failures.values()] }
          const finalized = yield* runs.finalize({ now, size, only: awaiting })
          return { ...run, issued: run.issued + finalized.issued, failures: [...failures.values(), ...finalized.failures] }
        }),

        finalizeDue: Effect.fn("Billing.finalizeDue")(function* (options = {}) {
          return yield* runs.finalize(yield* runTerms(options))
        })
      })
    })
  )
}
