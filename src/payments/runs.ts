/** What the jobs of payments take and answer. */
import { Clock, type DateTime, Effect, Schema } from "effect"
import { decodeInput, Instant, type InvalidInput, instant } from "../core/index.js"

const CollectionOptions = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Charges, or customers, a transaction; 250 unless given. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 250)), { default: () => 250 })
})
export type CollectionOptions = typeof CollectionOptions.Encoded

const decodeOptions = decodeInput(CollectionOptions)

/** The instant of a run and how much it takes at once. */
export const collectionTerms = (
  options: CollectionOptions
): Effect.Effect<{ readonly now: DateTime.Utc; readonly size: number }, InvalidInput> =>
  Effect.flatMap(decodeOptions(options), ({ batch_size, now }) =>
    Effect.map(now === undefined ? Effect.map(Clock.currentTimeMillis, instant) : Effect.succeed(now), (at) => ({
      now: at,
      size: batch_size
    }))
  )

/** What a collection run did: calls by what they came to; `unknown` ones are asked about again later. */
export interface CollectionRun {
  readonly charges: number
  readonly succeeded: number
  readonly failed: number
  readonly processing: number
  readonly canceled: number
  readonly unknown: number
}
