/** How often an organization may call the ingestion: a sliding window in the memory of this process (billing 6.1). */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { CurrentOrganization, decodeInput, type InvalidInput } from "../core/index.js"
import { RateLimited } from "./errors.js"

const AtLeastOne = Schema.Int.pipe(Schema.between(1, 1_000_000, { message: () => "expected a whole number, 1 to 1000000" }))

const Limit = Schema.Struct({
  /** Calls, whatever their number of events; 1,000 unless given. */
  calls: Schema.optionalWith(AtLeastOne, { default: () => 1000 }),
  /** The length of the window; 60 unless given. */
  seconds: Schema.optionalWith(AtLeastOne, { default: () => 60 })
})
export type IngestionLimit = typeof Limit.Encoded

const decodeLimit = decodeInput(Limit)

interface Limiter {
  /** Counts a call. Fails with `RateLimited` where there were too many; that one does not count. */
  readonly admit: Effect.Effect<void, RateLimited, CurrentOrganization>
}

/** The admitted calls of each organization within `millis`; null where one more goes in, else how long to wait. */
export const slidingWindow = (calls: number, millis: number) => {
  const admitted = new Map<string, Array<number>>()
  let swept = Number.NEGATIVE_INFINITY

  /** Forgets who has been silent for a window, once in each. */
  const sweep = (now: number) => {
    if (now - swept < millis) return
    swept = now
    for (const [key, instants] of admitted) if (instants.at(-1)! <= now - millis) admitted.delete(key)
  }

  return (key: string, at: number): number | null => {
    const instants = admitted.get(key) ?? []
    // A clock that was set back admits nobody twice.
    const now = Math.max(at, instants.at(-1) ?? at)
    sweep(now)
    let gone = 0
    while (gone < instants.length && instants[gone]! <= now - millis) gone++
    if (gone > 0) instants.splice(0, gone)
    if (instants.length >= calls) return instants[0]! + millis - now
    instants.push(now)
    admitted.set(key, instants)
    return null
  }
}

const UNLIMITED: Limiter = { admit: Effect.void }

/**
 * The limit of calls to `Events.ingest` and `ingestOne`; none unless the host sets one. `ingestStream` waits for its turn. Each
 * process counts for itself: a host with several divides the limit among them, or counts at its own door.
 */
export class IngestionLimiter extends Context.Reference<IngestionLimiter>()("billwright/IngestionLimiter", {
  defaultValue: (): Limiter => UNLIMITED
}) {
  /** A limiter that counts from now on. Fails with `InvalidInput`. */
  static readonly make = (limit: IngestionLimit): Effect.Effect<Limiter, InvalidInput> =>
    Effect.map(decodeLimit(limit), ({ calls, seconds }): Limiter => {
      const wait = slidingWindow(calls, seconds * 1000)
      return {
        admit: Effect.gen(function* () {
          const millis = wait(yield* CurrentOrganization, yield* Clock.currentTimeMillis)
          if (millis !== null) return yield* new RateLimited({ retry_after_seconds: Math.ceil(millis / 1000) })
        })
      }
    })

  static readonly layer = (limit: IngestionLimit = {}): Layer.Layer<never, InvalidInput> =>
    Layer.effectContext(Effect.map(IngestionLimiter.make(limit), (limiter) => Context.make(IngestionLimiter, limiter)))
}
