/** The window of usage that runs at an instant, however late the billing run is: what reads and checks of usage look at. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { VersionTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import type { RatingWindow, UsageLife } from "../rating/index.js"
import { afterWork, nextDueWork, rowAfterWork, type ScheduleState, type Subscription, type UsageWindow } from "../subscriptions/index.js"
import { type Batch, Batches } from "./batch.js"
import { billedAheadCents } from "./progressive-fees.js"
import { InvoiceStore } from "./store.js"
import { ratingWindow, usageLife } from "./window.js"

/** A subscription's running window, to its end as it is foreseen. */
export interface RunningUsage {
  readonly window: RatingWindow
  readonly usage: UsageWindow
  /** The row as it is once the work that is due by then is done. */
  readonly row: Subscription
  /** The terms that price it. */
  readonly terms: VersionTerms
}

/** Lookups over what was loaded for some subscriptions. */
export interface UsageLookup {
  /** Null where none runs: not started yet, or ended. */
  readonly runningOf: (row: Subscription) => RunningUsage | null
  /** The terms that it has. */
  readonly termsOf: (row: Subscription) => VersionTerms
  readonly lifeOf: (row: Subscription) => UsageLife
  readonly timezoneOf: (row: Subscription) => string
}

/** The window that the coming work closes; a trial's end closes none. */
export const closing = (schedule: ScheduleState): UsageWindow | null => {
  let ahead = schedule
  for (let work = nextDueWork(ahead); work !== null; work = nextDueWork(ahead)) {
    if (work.usage !== null) return work.usage
    ahead = afterWork(ahead, work)
  }
  return null
}

/** What is due by `now` is taken as done: its boundaries lie behind. */
export const runningAt = (stored: Subscription, batch: Batch, now: DateTime.Utc): RunningUsage | null => {
  let [row, schedule] = [stored, batch.scheduleOf(stored)]
  for (let work = nextDueWork(schedule); work !== null && work.at.epochMillis <= now.epochMillis; work = nextDueWork(schedule)) {
    row = rowAfterWork(row, schedule, work)
    schedule = afterWork(schedule, work)
  }
  const usage = schedule.window === null ? null : closing(schedule)
  if (usage === null) return null
  const terms = batch.termsOf(row)
  return { window: ratingWindow(row, usage, terms, null, batch), usage, row, terms }
}

/** Finds the usage of subscriptions. */
export class UsageWindows extends Context.Tag("billwright/UsageWindows")<
  UsageWindows,
  {
    /** Loads what the lookups need, with a constant number of statements. */
    readonly load: (rows: ReadonlyArray<Subscription>, now: DateTime.Utc) => Effect.Effect<UsageLookup, StorageError, CurrentOrganization>
    /** Minor units of a window that progressive invoices bill and that were not given back, before coupons and taxes. */
    readonly billedAhead: (
      window: Pick<RatingWindow, "subscription_id" | "from" | "to">
    ) => Effect.Effect<bigint, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<UsageWindows, never, Batches | InvoiceStore | CreditNoteStore> = Layer.effect(
    UsageWindows,
    Effect.map(Effect.all([Batches, InvoiceStore, CreditNoteStore]), ([batches, invoices, notes]) =>
      UsageWindows.of({
        billedAhead: Effect.fn("UsageWindows.billedAhead")(billedAheadCents(invoices, notes)),
        load: Effect.fn("UsageWindows.load")(function* (rows, now) {
          // The database keeps a plan that a subscription refers to.
          const batch = yield* Effect.catchTag(batches.load(rows), "PlanNotFound", Effect.die)
          return {
            runningOf: (row) => runningAt(row, batch, now),
            termsOf: batch.termsOf,
            lifeOf: (row) => usageLife(row, batch.termsOf(row), batch),
            timezoneOf: (row) => batch.customerOf(row).timezone
          }
        })
      })
    )
  )
}
