/** Who is told of events in the transaction that stores them: whoever closes windows of usage, since an event may come late, and whoever watches usage. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"

/** What arrived of one subject: of a subscription that events name, or of a customer whose events name none. Milliseconds since 1970. */
export interface Arrival {
  readonly external_customer_id: string
  readonly external_subscription_id: string | null
  readonly earliest: number
  readonly latest: number
  /** The codes of the events. */
  readonly codes: ReadonlySet<string>
}

interface Gathered extends Arrival {
  earliest: number
  latest: number
  readonly codes: Set<string>
}

/** Events that were stored, as those who are told see them: one arrival for each subject. Every event passes here. */
export const arrivalsOf = (
  events: Iterable<{
    readonly external_customer_id: string
    readonly external_subscription_id: string | null
    readonly code: string
    readonly at: number
  }>
): ReadonlyArray<Arrival> => {
  const named = new Map<string, Gathered>()
  const unnamed = new Map<string, Gathered>()
  for (const { at, code, external_customer_id, external_subscription_id } of events) {
    const [known, key] = external_subscription_id === null ? [unnamed, external_customer_id] : [named, external_subscription_id]
    const so_far = known.get(key)
    if (so_far === undefined) {
      known.set(key, { external_customer_id, external_subscription_id, earliest: at, latest: at, codes: new Set([code]) })
      continue
    }
    if (at < so_far.earliest) so_far.earliest = at
    else if (at > so_far.latest) so_far.latest = at
    so_far.codes.add(code)
  }
  return [...unnamed.values(), ...named.values()]
}

/** Who is told of events. */
export class Arrivals extends Context.Tag("billwright/Arrivals")<
  Arrivals,
  {
    /**
     * Takes note of arrivals, inside the transaction that stored the events. From then until its end no window of these
     * subjects is closed: an event is either in its window, or known to be late.
     */
    readonly note: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<void, StorageError, CurrentOrganization>
    /** Holds usage as it is against what watches it, as if these had arrived now; the subscriptions that something watches, each once. */
    readonly check: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  }
>() {}
