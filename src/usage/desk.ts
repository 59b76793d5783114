/** What every read of usage does first: find the subscription and the window that runs, and rate it. */
import { DateTime, Effect, Either } from "effect"
import type { CustomerStore } from "../accounts/index.js"
import type { HostFunctions } from "../catalog/index.js"
import { type CurrentOrganization, canName, type IdSource, InvalidTransition, type StorageError, type UnitOfWork } from "../core/index.js"
import type { CreditNoteStore } from "../credits/index.js"
import type { AdvanceBilling, RunningUsage, UsageWindows } from "../invoicing/index.js"
import { type BillableMetric, type EventStore, MetricNotFound, type MetricStore, type UsageStore } from "../metering/index.js"
import type { AdvanceLine, AdvanceRating, AdvanceStore, Rating, RatingError, RatingWindow, UsageLine } from "../rating/index.js"
import { type Subscription, SubscriptionNotFound, type SubscriptionRef, type SubscriptionStore } from "../subscriptions/index.js"

/** What reads work with. */
export interface Desk {
  readonly subscriptions: typeof SubscriptionStore.Service
  readonly customers: typeof CustomerStore.Service
  readonly metrics: typeof MetricStore.Service
  readonly events: typeof EventStore.Service
  readonly usage: typeof UsageStore.Service
  readonly windows: typeof UsageWindows.Service
  readonly rating: typeof Rating.Service
  readonly advance: typeof AdvanceRating.Service
  readonly notes: typeof CreditNoteStore.Service
  readonly advanceLines: typeof AdvanceStore.Service
  readonly advanceBilling: typeof AdvanceBilling.Service
  readonly functions: HostFunctions
  readonly unit: UnitOfWork
  readonly ids: IdSource
}

export type Read<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export const find = ({ subscriptions }: Desk, ref: SubscriptionRef): Read<Subscription, SubscriptionNotFound> =>
  Effect.flatMap(canName(ref, "external_id") ? subscriptions.find(ref) : Effect.succeed(undefined), (row) =>
    row === undefined ? new SubscriptionNotFound({ id: "id" in ref ? ref.id : ref.external_id }) : Effect.succeed(row)
  )

export const metricOf = ({ metrics }: Desk, code: string): Read<BillableMetric, MetricNotFound> =>
  Effect.flatMap(metrics.load({ ids: [], codes: [code] }), ([metric]) =>
    metric === undefined ? new MetricNotFound({ code }) : Effect.succeed(metric)
  )

/** A subscription without a running window has not started yet, or is over. */
export const mustRun = (row: Subscription, running: RunningUsage | null): Effect.Effect<RunningUsage, InvalidTransition> =>
  running === null
    ? new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action: "use" })
    : Effect.succeed(running)

export const runningNow = (
  desk: Desk,
  ref: SubscriptionRef
): Read<{ readonly running: RunningUsage; readonly now: DateTime.Utc }, SubscriptionNotFound | InvalidTransition> =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const { row, usage } = yield* desk.windows.find(ref, now)
    return { running: yield* mustRun(row, usage.runningOf(row)), now }
  })

/** The lines of a window, of charges in arrears and in advance; minimum spends are of invoices only. */
export interface WindowLines {
  readonly usage: ReadonlyArray<UsageLine>
  readonly advance: ReadonlyArray<AdvanceLine>
}

export const linesOf = ({ advance, rating }: Desk, window: RatingWindow): Read<WindowLines, RatingError> =>
  Effect.gen(function* () {
    const [usage] = yield* rating.rateWindows([window], { minimum_spend: false })
    const [billed] = yield* advance.rateWindows([window])
    const lines = yield* Either.all({ usage: usage!, advance: billed! })
    return { ...lines, usage: lines.usage.filter((line): line is UsageLine => line.kind === "usage") }
  })
