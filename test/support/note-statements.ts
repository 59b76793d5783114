/** Which SQL statements an effect runs, each text once: what a test asks the engine's plan of. */
import { Effect } from "effect"
import { statementTracer } from "./statement-tracer.js"

/** Runs the effect and tells each statement's text as it is sent. */
export const noteStatements = <A, E, R>(effect: Effect.Effect<A, E, R>, note: (text: string) => void): Effect.Effect<A, E, R> =>
  Effect.withTracer(effect, statementTracer({ text: note }))
