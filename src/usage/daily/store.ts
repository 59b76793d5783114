/** The port to where usage by local days is kept, and to the marks of days that events have come to since. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { Slot } from "../../metering/index.js"
import type { DailyUsage } from "./daily-usage.js"

/** A day's slot to which events have come; `hour` is its first one, counted from 1970. */
export type MarkedDay = Pick<Slot, "subject" | "code" | "hour" | "split" | "scale">

export interface DailyUsageStoreShape {
  /** Running subscriptions with an id above `after`, ascending, at most `limit`. */
  readonly running: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** Rows of subscriptions, of these days only. */
  readonly load: (
    subscription_ids: ReadonlyArray<string>,
    days: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<DailyUsage>, StorageError, CurrentOrganization>
  /**
   * Marks every day with events of those subscriptions that have no row in their zone: new ones, and those that moved, whose rows of
   * another zone go.
   */
  readonly renew: (
    subscriptions: ReadonlyArray<{ readonly subscription_id: string; readonly timezone: string }>
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Up to `limit` marked days that begin before `hour`, but for those up to `after`, locked; those that somebody else holds are passed over. */
  readonly claim: (
    hour: number,
    limit: number,
    after: MarkedDay | null
  ) => Effect.Effect<ReadonlyArray<MarkedDay>, StorageError, CurrentOrganization>
  /** Takes the marks off days that were claimed. */
  readonly settle: (days: ReadonlyArray<MarkedDay>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** The subscriptions whose usage a subject's events may be. */
  readonly subscriptionsOf: (
    subjects: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<{ readonly subject: string; readonly subscription_id: string }>, StorageError, CurrentOrganization>
  /** Writes rows, in the place of those of the same subscription, metric and day. */
  readonly save: (rows: ReadonlyArray<DailyUsage>) => Effect.Effect<void, StorageError>
  /** Rows with an id above `after`, ascending, at most `limit`, in the zone of their customer and without a mark on their days. */
  readonly settled: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<DailyUsage>, StorageError, CurrentOrganization>
}

export class DailyUsageStore extends Context.Tag("billwright/DailyUsageStore")<DailyUsageStore, DailyUsageStoreShape>() {}
