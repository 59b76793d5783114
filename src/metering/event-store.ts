/** The port to where events are appended and found again. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Event, EventContent, EventFact } from "./event.js"
import type { StoredValue } from "./stored-value.js"
import type { UncountedReason } from "./uncounted.js"

/** An event on its way into the store. `value` is null where it does not count. */
export interface NewEvent {
  readonly id: string
  readonly fact: EventFact
  readonly value: StoredValue | null
  /** What tells it apart in its slots; null where it is in none, since it does not count. */
  readonly split: string | null
  /** Why it does not count, where it does not. */
  readonly uncounted?: UncountedReason
}

/** What is stored under a transaction id. */
export interface KnownEvent extends EventContent {
  readonly id: string
  readonly transaction_id: string
}

interface EventFilter {
  readonly external_customer_id?: string | undefined
  readonly external_subscription_id?: string | undefined
  readonly code?: string | undefined
  /** Timestamps in milliseconds since 1970, half-open. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Events of one clock hour. */
export interface HourlyVolume {
  /** The hour's start, milliseconds since 1970. */
  readonly at: number
  readonly events_count: number
}

export interface EventStoreShape {
  /**
   * Appends events in the order given, but for those whose transaction id is known, within the batch too, and adds them to
   * their slots; answers how many were new.
   */
  readonly append: (events: ReadonlyArray<NewEvent>, now: number) => Effect.Effect<number, StorageError, CurrentOrganization>
  /** What is stored under each of the transaction ids that are known. */
  readonly known: (transaction_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KnownEvent>, StorageError, CurrentOrganization>
  readonly find: (
    by: { readonly id: string } | { readonly transaction_id: string }
  ) => Effect.Effect<Event | undefined, StorageError, CurrentOrganization>
  readonly page: (filter: EventFilter, request: PageRequest) => Effect.Effect<PageRows<Event>, StorageError, CurrentOrganization>
  /** Events by hour of their timestamp, hours without any left out; `from` and `to` are whole hours. */
  readonly volume: (
    from: number,
    to: number,
    code: string | undefined
  ) => Effect.Effect<ReadonlyArray<HourlyVolume>, StorageError, CurrentOrganization>
}

export class EventStore extends Context.Tag("billwright/EventStore")<EventStore, EventStoreShape>() {}
