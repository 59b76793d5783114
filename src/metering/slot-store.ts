/** The port to slots as they are kept and as the events give them; adding to them is a part of appending events. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { BillableMetric } from "./metric.js"
import type { Slot } from "./slot.js"

/** Whole days as hours from 1970 in UTC; half-open. */
export interface SlotDays {
  readonly from: number
  readonly to: number
}

export interface SlotStoreShape {
  /** The first days within `days` that hold events of a code, about 20,000 of them, or slots; undefined where nothing is left. */
  readonly next: (code: string, days: SlotDays) => Effect.Effect<SlotDays | undefined, StorageError, CurrentOrganization>
  /** The slots that are kept. */
  readonly kept: (code: string, days: SlotDays) => Effect.Effect<ReadonlyArray<Slot>, StorageError, CurrentOrganization>
  /** The same from the events, split by the metric's filter keys as they are now. */
  readonly counted: (metric: BillableMetric, days: SlotDays) => Effect.Effect<ReadonlyArray<Slot>, StorageError, CurrentOrganization>
  /** Puts slots in the place of others; only in a transaction that holds the metric. */
  readonly replace: (
    gone: ReadonlyArray<Slot>,
    fresh: ReadonlyArray<Slot>,
    now: number
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
}

export class SlotStore extends Context.Tag("billwright/SlotStore")<SlotStore, SlotStoreShape>() {}
