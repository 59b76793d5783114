/**
 * A tracer for a runtime whose spans nobody can read: all of them are one object, which keeps nothing.
 *
 * Effect remembers where each span of `Effect.fn` was opened in a `WeakMap`, with tracing switched off too, and what it remembers of a call
 * reaches the span that it is kept under. Such a circle is only collected with the old generation: what each call has left behind is copied
 * twice, and the host's pauses grow with it.
 */
import { Context, Exit, Option, Tracer } from "effect"

const keepsNothing = () => {}

/** Not a parent that Effect puts into the stacks of errors, and over from the start: a failure does not look for where it was opened. */
const nobodys: Tracer.AnySpan & Omit<Tracer.Span, "_tag"> = {
  _tag: "ExternalSpan",
  name: "billwright",
  spanId: "0",
  traceId: "0",
  sampled: false,
  kind: "internal",
  context: Context.empty(),
  parent: Option.none(),
  links: [],
  attributes: new Map(),
  status: { _tag: "Ended", startTime: 0n, endTime: 0n, exit: Exit.void },
  end: keepsNothing,
  attribute: keepsNothing,
  event: keepsNothing,
  addLinks: keepsNothing
}

export const untraced: Tracer.Tracer = Tracer.make({
  span: () => nobodys as unknown as Tracer.Span,
  context: (run) => run()
})
