/** How many SQL statements an effect runs, so that a test sees when they grow with the rows. */
import { Effect } from "effect"
import { statementTracer } from "./statement-tracer.js"

/** Answers the result and the number of statements. */
export const countStatements = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.suspend(() => {
    let statements = 0
    const sent = () => {
      statements += 1
    }
    return Effect.map(Effect.withTracer(effect, statementTracer({ sent })), (result) => [result, statements] as const)
  })
