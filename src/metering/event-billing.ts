/** The port to who bills events one by one as they arrive: charges paid in advance, on the floor of invoices (P17). */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, InvalidInput, StorageError } from "../core/index.js"
import type { Arrival } from "./arrivals.js"
import type { EventFact } from "./event.js"

/** An event that was stored and counts. */
export interface AcceptedEvent
  extends Pick<
    EventFact,
    "external_customer_id" | "external_subscription_id" | "code" | "at" | "properties" | "precise_total_amount_cents"
  > {
  readonly id: string
}

/** An event whose price no document holds, and where it comes from. */
export interface UnbillableEvent {
  readonly id: string
  readonly error: InvalidInput
}

/** Both inside the transaction that stores the events; only for those of metrics that some charge bills in advance. */
export class EventBilling extends Context.Tag("billwright/EventBilling")<
  EventBilling,
  {
    /**
     * Before events are stored: takes turns on the subscriptions that they may be billed to, so that their events are billed in
     * the order in which they are accepted. Answers the ids of these subscriptions.
     */
    readonly takeTurns: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
    /**
     * Bills stored events, in order of acceptance, to the subscriptions whose turn it is. Where some cannot be billed nothing is: they are
     * answered, and the transaction is to be undone and repeated without them.
     */
    readonly bill: (
      subscription_ids: ReadonlyArray<string>,
      events: ReadonlyArray<AcceptedEvent>
    ) => Effect.Effect<ReadonlyArray<UnbillableEvent>, StorageError, CurrentOrganization>
  }
>() {}
