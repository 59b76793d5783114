/** The port to events one by one: for what depends on the order in which they were accepted, as charges paid in advance do. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { CountedUsageEvent } from "./recount.js"
import type { UsageRequest } from "./usage-store.js"

/** An event that counts, as it was accepted. */
export interface SequencedEvent extends CountedUsageEvent {
  readonly id: string
}

type Sequence = Pick<UsageRequest, "subject" | "metric" | "period">

export class EventSequence extends Context.Tag("billwright/EventSequence")<
  EventSequence,
  {
    /**
     * The events that count for each request, in order of acceptance: those of its period, and where its metric carries
     * over those from before it. One statement for any number of requests.
     */
    readonly read: (
      requests: ReadonlyArray<Sequence>
    ) => Effect.Effect<ReadonlyArray<ReadonlyArray<SequencedEvent>>, StorageError, CurrentOrganization>
    /** The same for some items of unique counts alone. */
    readonly ofItems: (
      requests: ReadonlyArray<Sequence & { readonly items: ReadonlyArray<string> }>
    ) => Effect.Effect<ReadonlyArray<ReadonlyArray<SequencedEvent>>, StorageError, CurrentOrganization>
  }
>() {}
