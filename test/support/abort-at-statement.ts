/** A process that stops right before its nth SQL statement, as far as one can without ending it: what is open is rolled back. */
import { Effect, Exit } from "effect"
import { statementTracer } from "./statement-tracer.js"

class Stopped extends Error {}

/** Runs an effect up to its statement number `n`; answers whether it got that far. Every other failure stays what it is. */
export const abortAtStatement = <A, E, R>(effect: Effect.Effect<A, E, R>, n: number): Effect.Effect<boolean, E, R> =>
  Effect.suspend(() => {
    let statements = 0
    const sent = () => {
      statements += 1
      // From there on nothing is sent any more.
      if (statements >= n) throw new Stopped()
    }
    return Effect.flatMap(Effect.exit(Effect.withTracer(effect, statementTracer({ sent }))), (exit) => {
      if (statements >= n) return Effect.succeed(true)
      return Exit.isSuccess(exit) ? Effect.succeed(false) : Effect.failCause(exit.cause)
    })
  })
