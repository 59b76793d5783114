/** Which SQL statements an effect runs, each text once: what a test asks the engine's plan of. */
import { Effect, Tracer } from "effect"

/** Runs the effect and tells each statement's text as it is sent. */
export const noteStatements = <A, E, R>(effect: Effect.Effect<A, E, R>, note: (text: string) => void): Effect.Effect<A, E, R> =>
  Effect.withTracer(
    effect,
    Tracer.make({
      span: (name, parent, context, links, startTime, kind) => ({
        _tag: "Span",
        name,
        spanId: "0",
        traceId: "0",
        parent,
        context,
        links,
        kind,
        sampled: false,
        status: { _tag: "Started", startTime },
        attributes: new Map(),
        end: () => {},
        attribute: (key, value) => {
          if (key === "db.query.text") note(String(value))
        },
        event: () => {},
        addLinks: () => {}
      }),
      context: (run) => run()
    })
  )
