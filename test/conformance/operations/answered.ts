/** The answer of a computation that can refuse. */
import { Either } from "effect"

/** What is there, or the tag of the refusal. */
export const answered = <A, E extends { readonly _tag: string }, B>(result: Either.Either<A, E>, onRight: (value: A) => B) =>
  Either.match(result, { onLeft: ({ _tag }) => ({ error: _tag }), onRight })
