/** The port to where lines of charges paid in advance are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { AdvanceKey, AdvanceState } from "./advance.js"
import type { BilledBefore } from "./continued.js"

interface AdvanceStoreShape {
  /** Those of the lines that are known, in no order. */
  readonly find: (keys: ReadonlyArray<AdvanceKey>) => Effect.Effect<ReadonlyArray<AdvanceState>, StorageError, CurrentOrganization>
  /** All lines of windows that begin in [from, to), by window, then in order of making. */
  readonly ofWindows: (
    windows: ReadonlyArray<{ readonly subscription_id: string; readonly from: DateTime.Utc; readonly to: DateTime.Utc }>
  ) => Effect.Effect<ReadonlyArray<AdvanceState>, StorageError, CurrentOrganization>
  /**
   * What was billed of recurring metrics before a window, in its period and by earlier plans of the same interval; `charge_id` is any
   * charge of the window's own plan. Oldest window first.
   */
  readonly billedBefore: (
    windows: ReadonlyArray<{
      readonly subscription_id: string
      readonly charge_id: string
      readonly full_from: DateTime.Utc
      readonly from: DateTime.Utc
    }>
  ) => Effect.Effect<ReadonlyArray<BilledBefore>, StorageError, CurrentOrganization>
  /** Where the last window of a subscription begins that has lines; of those that have any. No statement for none. */
  readonly lastOf: (
    subscription_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyMap<string, DateTime.Utc>, StorageError, CurrentOrganization>
  /** Stores lines, new or changed; their subscriptions' rows are locked. */
  readonly save: (lines: ReadonlyArray<AdvanceState>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
}

export class AdvanceStore extends Context.Tag("billwright/AdvanceStore")<AdvanceStore, AdvanceStoreShape>() {}
