/** The window of usage that runs at an instant, however late the billing run is: what reads and checks of usage look at. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { VersionTerms } from "../catalog/index.js"
import { type CurrentOrganization, canName, type StorageError } from "../core/index.js"
import { CreditNoteStore } from "../credits/index.js"
import { type GrantFacts, type GrantSubject, grantedTo } from "../entitlements/index.js"
import type { RatingWindow, UsageLife } from "../rating/index.js"
import {
  afterWork,
  nextDueWork,
  rowAfterWork,
  type ScheduleState,
  type Subscription,
  SubscriptionNotFound,
  type SubscriptionRef,
  type UsageWindow
} from "../subscriptions/index.js"
import { Batches, type UntaxedBatch } from "./batch.js"
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
  /** Whether a usage threshold was ever crossed. */
  readonly has_crossed: boolean
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

/** A subscription with the lookups over it. */
export interface FoundUsage {
  readonly row: Subscription
  readonly usage: UsageLookup
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
export const runningAt = (stored: Subscription, batch: UntaxedBatch, now: DateTime.Utc): RunningUsage | null => {
  let [row, schedule] = [stored, batch.scheduleOf(stored)]
  for (let work = nextDueWork(schedule); work !== null && work.at.epochMillis <= now.epochMillis; work = nextDueWork(schedule)) {
    row = rowAfterWork(row, schedule, work)
    schedule = afterWork(schedule, work)
  }
  const usage = schedule.window === null ? null : closing(schedule)
  if (usage === null) return null
  const terms = batch.termsOf(row)
  return { window: ratingWindow(row, usage, terms, null, batch), usage, row, terms, has_crossed: batch.hasCrossed(row) }
}

const lookup = (batch: UntaxedBatch, now: DateTime.Utc): UsageLookup => ({
  runningOf: (row) => runningAt(row, batch, now),
  termsOf: batch.termsOf,
  lifeOf: (row) => usageLife(row, batch.termsOf(row), batch),
  timezoneOf: (row) => batch.customerOf(row).timezone
})

/** Finds the usage of subscriptions. */
export class UsageWindows extends Context.Tag("billwright/UsageWindows")<
  UsageWindows,
  {
    /** Loads what the lookups need, with a constant number of statements. */
    readonly load: (rows: ReadonlyArray<Subscription>, now: DateTime.Utc) => Effect.Effect<UsageLookup, StorageError, CurrentOrganization>
    /** The same of a subscription that is asked by name. Fails with `SubscriptionNotFound`. */
    readonly find: (
      ref: SubscriptionRef,
      now: DateTime.Utc
    ) => Effect.Effect<FoundUsage, SubscriptionNotFound | StorageError, CurrentOrganization>
    /** What a feature grants to a subject's subscriptions, and the running windows of those that it is granted to; one statement. */
    readonly granted: (
      subject: GrantSubject,
      feature_code: string,
      now: DateTime.Utc
    ) => Effect.Effect<{ readonly facts: GrantFacts; readonly running: ReadonlyArray<RunningUsage> }, StorageError, CurrentOrganization>
    /** Minor units of a window that progressive invoices bill and that were not given back, before coupons and taxes. */
    readonly billedAhead: (running: RunningUsage) => Effect.Effect<bigint, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<UsageWindows, never, Batches | InvoiceStore | CreditNoteStore> = Layer.effect(
    UsageWindows,
    Effect.map(Effect.all([Batches, InvoiceStore, CreditNoteStore]), ([batches, invoices, notes]) => {
      const ahead = billedAheadCents(invoices, notes)
      return UsageWindows.of({
        billedAhead: Effect.fn("UsageWindows.billedAhead")(({ has_crossed, window }) => (has_crossed ? ahead(window) : Effect.succeed(0n))),

        // The database keeps a plan that a subscription refers to.
        load: Effect.fn("UsageWindows.load")(function* (rows, now) {
          return lookup(yield* Effect.catchTag(batches.untaxed(rows), "PlanNotFound", Effect.die), now)
        }),

        find: Effect.fn("UsageWindows.find")(function* (ref, now) {
          const found = yield* canName(ref, "external_id")
            ? Effect.catchTag(batches.find(ref), "PlanNotFound", Effect.die)
            : Effect.succeed(undefined)
          if (found === undefined) return yield* new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id })
          return { row: found.rows[0]!, usage: lookup(found.batch, now) }
        }),

        granted: Effect.fnUntraced(function* (subject, feature_code, now) {
          const { facts, found } = yield* Effect.catchTag(batches.granted(subject, feature_code), "PlanNotFound", Effect.die)
          const granted = grantedTo(facts.rows, now)
          const rows = found?.rows.filter(({ id }) => granted.has(id)) ?? []
          return { facts, running: rows.flatMap((row) => runningAt(row, found!.batch, now) ?? []) }
        })
      })
    })
  )
}
