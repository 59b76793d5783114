/** The check of thresholds: prices the running windows of many subscriptions at once, records what they crossed, issues its invoices (invoicing.md 12). */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, Ids, type StorageError } from "../../core/index.js"
import { CreditNoteStore } from "../../credits/index.js"
import { Rating, type RatingError } from "../../rating/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import { type Batch, Batches } from "../batch.js"
import { chargeFeeLine } from "../charge-fee.js"
import { Discounts } from "../discounts.js"
import { Issuing } from "../issuing.js"
import { billedAhead } from "../progressive-fees.js"
import { type RunningUsage, runningAt } from "../running.js"
import { InvoiceStore } from "../store.js"
import {
  awaited,
  type Crossed,
  crossedWith,
  discountableOf,
  idsForCrossing,
  newlyCrossed,
  type PricedUsage,
  reachedWith
} from "./crossing.js"
import { UsageThresholdStore } from "./store.js"
import type { UsageThreshold } from "./threshold.js"

/** What a check came to; of `unrated` subscriptions nothing was written. */
export interface ThresholdCheck {
  readonly crossed: ReadonlyArray<Crossed>
  readonly unrated: ReadonlyArray<{ readonly subscription_id: string; readonly error: RatingError }>
}

const NOTHING: ThresholdCheck = { crossed: [], unrated: [] }

/** Every plan that a row has, or has as soon as due work is done. */
const ownersOf = ({ id, plan_id, previous_plan_id }: Subscription) => ({
  subscription_id: id,
  plan_ids: previous_plan_id === null ? [plan_id] : [plan_id, previous_plan_id]
})

interface Awaiting {
  readonly running: RunningUsage
  readonly thresholds: ReadonlyArray<UsageThreshold>
}

export class ThresholdChecks extends Context.Tag("billwright/ThresholdChecks")<
  ThresholdChecks,
  {
    /**
     * Checks subscriptions whose rows the caller has locked for update, in its transaction: so a threshold is crossed once,
     * however many check it at the same time. The number of statements does not grow with the subscriptions.
     *
     * @see decisions P14
     */
    readonly check: (
      rows: ReadonlyArray<Subscription>,
      now: DateTime.Utc
    ) => Effect.Effect<ThresholdCheck, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    ThresholdChecks,
    never,
    UsageThresholdStore | Batches | Rating | InvoiceStore | CreditNoteStore | Discounts | Issuing | Ids
  > = Layer.effect(
    ThresholdChecks,
    Effect.gen(function* () {
      const store = yield* UsageThresholdStore
      const batches = yield* Batches
      const rating = yield* Rating
      const invoices = yield* InvoiceStore
      const discounts = yield* Discounts
      const issuing = yield* Issuing
      const ids = yield* Ids
      const ahead = billedAhead(invoices, yield* CreditNoteStore)

      /** The usage of the running windows, priced without minimums, and what was invoiced before them. */
      const price = Effect.fnUntraced(function* (awaiting: ReadonlyArray<Awaiting>, batch: Batch) {
        const rated = yield* rating.rateWindows(
          awaiting.map(({ running }) => running.window),
          { minimum_spend: false }
        )
        const lifelong = awaiting.filter(({ thresholds }) => thresholds.some((threshold) => !threshold.recurring))
        const invoiced = yield* store.invoicedUsage(
          lifelong.map(({ running: { row, window } }) => ({ subscription_id: row.id, before: window.from }))
        )
        return awaiting.map((each, index) =>
          Either.map(rated[index]!, (lines): PricedUsage => {
            const { row, usage } = each.running
            return {
              ...each,
              lines: lines.map((line) => chargeFeeLine(line, row, usage, batch, row.plan_id)),
              invoiced_cents: invoiced.get(row.id) ?? 0n
            }
          })
        )
      })

      const write = Effect.fnUntraced(function* (crossed: ReadonlyArray<Crossed>, now: DateTime.Utc) {
        yield* invoices.insert(crossed.flatMap(({ document }) => document ?? []))
        yield* discounts.keep(
          crossed.flatMap(({ coupons, document }) => (document === null ? [] : [{ invoice_id: document.invoice.id, coupons }])),
          now
        )
        yield* store.recordCrossings(crossed.flatMap(({ crossings }) => crossings))
        yield* issuing.issue(
          crossed.flatMap(({ issuance }) => issuance ?? []),
          now
        )
      })

      const check = Effect.fn("ThresholdChecks.check")(function* (rows: ReadonlyArray<Subscription>, now: DateTime.Utc) {
        const known = yield* store.inForce(rows.map(ownersOf))
        if (known.thresholds.length === 0) return NOTHING
        // The database keeps a plan that a subscription refers to.
        const batch = yield* Effect.catchTag(batches.load(rows), "PlanNotFound", Effect.die)
        const awaiting = rows.flatMap((row): ReadonlyArray<Awaiting> => {
          const running = runningAt(row, batch, now)
          const thresholds = running === null ? [] : awaited(running, known)
          return running === null || thresholds.length === 0 ? [] : [{ running, thresholds }]
        })
        if (awaiting.length === 0) return NOTHING
        const priced = yield* price(awaiting, batch)
        const unrated = priced.flatMap((each, index) =>
          Either.isLeft(each) ? [{ subscription_id: awaiting[index]!.running.row.id as string, error: each.left }] : []
        )
        const newly = priced.flatMap((each) => {
          if (Either.isLeft(each)) return []
          const crossed = newlyCrossed(each.right)
          return crossed.length === 0 ? [] : [{ ...each.right, crossed }]
        })
        if (newly.length === 0) return { crossed: [], unrated }
        const billed = yield* ahead(
          newly.map(({ running: { row, usage } }) => ({ subscription_id: row.id, from: usage.from, to: usage.to }))
        )
        const reached = newly.map(({ crossed, lines, running }) =>
          reachedWith(running, crossed, billed.credit({ subscription_id: running.row.id, from: running.usage.from }, lines).lines)
        )
        const discounted = yield* discounts.take(
          reached.map((each) => discountableOf(each, batch)),
          now
        )
        const fresh = yield* ids.many(reached.reduce((count, each) => count + idsForCrossing(each), 0))
        const source = fresh[Symbol.iterator]()
        const crossed = reached.map((each, index) => crossedWith(each, discounted[index]!, batch, source, now))
        yield* write(crossed, now)
        return { crossed, unrated }
      })

      return ThresholdChecks.of({ check })
    })
  )
}
