/** A tracer that keeps nothing, and tells of the SQL statements that pass. */
import { Tracer } from "effect"

interface Heard {
  /** Before a statement is sent; what it throws stops the statement. */
  readonly sent?: () => void
  /** A statement's text. */
  readonly text?: (text: string) => void
}

export const statementTracer = ({ sent = () => {}, text = () => {} }: Heard): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      if (name === "sql.execute") sent()
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
        attribute: (key, value) => {
          if (key === "db.query.text") text(String(value))
        },
        event: () => {},
        addLinks: () => {}
      }
    },
    context: (run) => run()
  })
