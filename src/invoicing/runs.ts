/** What the clock jobs take and answer. */
import { Clock, type DateTime, Effect, Schema } from "effect"
import { decodeInput, Instant, type InvalidInput, instant, type ProviderFailed } from "../core/index.js"
import type { RatingError } from "../rating/index.js"

const RunOptions = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Subscriptions, drafts, or overdue invoices, a transaction; 125 unless given: more take no less time, and up to half as much memory again. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 5000)), { default: () => 125 })
})
export type RunOptions = typeof RunOptions.Encoded

/** A subscription or draft that a run could not bill, and why; the next run tries again. */
export interface Failure {
  readonly id: string
  readonly error: RatingError | ProviderFailed
}

/** What a billing run did. */
export interface BillingRun {
  /** Pieces of work: starts, trial ends, boundaries, ends. */
  readonly pieces: number
  readonly invoices: number
  /** Of these, issued in the same run; the others wait for their grace period. */
  readonly issued: number
  readonly failures: ReadonlyArray<Failure>
}

/** What a finalization run did. */
export interface FinalizationRun {
  readonly issued: number
  readonly failures: ReadonlyArray<Failure>
}

const decodeRun = decodeInput(RunOptions)

/** The instant of a run and how much it takes at once. */
export const runTerms = (options: RunOptions): Effect.Effect<{ readonly now: DateTime.Utc; readonly size: number }, InvalidInput> =>
  Effect.flatMap(decodeRun(options), ({ batch_size, now }) =>
    Effect.map(now === undefined ? Effect.map(Clock.currentTimeMillis, instant) : Effect.succeed(now), (at) => ({
      now: at,
      size: batch_size
    }))
  )

/** Whether a round passes over what somebody else holds, or waits for it. */
export type Held = "pass" | "wait"

/**
 * Repeats a round, a transaction each, until it answers null: there is nothing left. What somebody else holds is passed
 * over as long as there is other work, and waited for in the end, since it may be held for something else than this work.
 */
export const untilNothingIsLeft = <A, E, R>(
  round: (held: Held) => Effect.Effect<A | null, E, R>,
  each: (done: A) => void
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    for (const held of ["pass", "wait"] as const) {
      for (let done = yield* round(held); done !== null; done = yield* round(held)) each(done)
    }
  })
