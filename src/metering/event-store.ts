/** The port to where events are appended and found again. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Event, EventContent, EventFact } from "./event.js"
import type { StoredValue } from "./stored-value.js"

/** An event on its way into the store. `value` is null where it does not count. */
export interface NewEvent extends EventFact {
  readonly id: string
  readonly value: StoredValue | null
}

export interface KnownEvent extends EventContent {
  readonly transaction_id: string
  readonly fingerprint: number
}

export interface EventFilter {
  readonly external_customer_id?: string | undefined
  readonly code?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface EventStoreShape {
  /** Appends what has a new transaction id, in the order given; answers the places of those that were known. */
  readonly append: (events: ReadonlyArray<NewEvent>, now: number) => Effect.Effect<ReadonlyArray<number>, StorageError, CurrentOrganization>
  /** The contents of known transactions. */
  readonly known: (transaction_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KnownEvent>, StorageError, CurrentOrganization>
  readonly find: (
    by: { readonly id: string } | { readonly transaction_id: string }
  ) => Effect.Effect<Event | undefined, StorageError, CurrentOrganization>
  readonly page: (filter: EventFilter, request: PageRequest) => Effect.Effect<PageRows<Event>, StorageError, CurrentOrganization>
}

export class EventStore extends Context.Tag("billwright/EventStore")<EventStore, EventStoreShape>() {}
