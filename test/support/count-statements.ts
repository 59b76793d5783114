/** How many SQL statements an effect runs, so that a test sees when they grow with the rows. */
import { Effect, Tracer } from "effect"

/** Answers the result and the number of statements. */
export const countStatements = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.suspend(() => {
    let statements = 0
    const tracer = Tracer.make({
      span: (name, parent, context, links, startTime, kind) => {
        if (name === "sql.execute") statements += 1
        return {
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
          attribute: () => {},
          event: () => {},
          addLinks: () => {}
        }
      },
      context: (run) => run()
    })
    return Effect.map(Effect.withTracer(effect, tracer), (result) => [result, statements] as const)
  })
