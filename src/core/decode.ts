/** Decoding of what a caller gives: every public method starts here, and nothing is written before it succeeded. */
import { Effect, Schema } from "effect"
import { type InvalidInput, invalidInput } from "./errors.js"

/**
 * A decoder for a method's input. Unknown fields are refused; the error names the first wrong path and why.
 *
 * Fails with `InvalidInput`.
 */
export const decodeInput = <A, I>(schema: Schema.Schema<A, I>): ((input: unknown) => Effect.Effect<A, InvalidInput>) => {
  const decode = Schema.decodeUnknown(schema, { onExcessProperty: "error", errors: "first" })
  return (input) => Effect.mapError(decode(input), (error) => invalidInput(error))
}
