/** Decoding of what a caller gives: every public method starts here, and nothing is written before it succeeded. */
import { Effect, type ParseResult, Schema } from "effect"
import { InvalidInput } from "./errors.js"
import { reasonOf } from "./reason.js"

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

/** The first problem of a failed decode: its path and its reason. */
const invalidInput = (error: ParseResult.ParseError): InvalidInput => {
  const { path, text } = reasonOf(error.issue)
  return new InvalidInput({ field: pathOf(path) || "input", reason: text })
}

/**
 * A decoder for a method's input. Unknown fields are refused; the error names the first wrong path and why.
 *
 * Fails with `InvalidInput`.
 */
export const decodeInput = <A, I>(schema: Schema.Schema<A, I>): ((input: unknown) => Effect.Effect<A, InvalidInput>) => {
  const decode = Schema.decodeUnknown(schema, { onExcessProperty: "error", errors: "first" })
  return (input) => Effect.mapError(decode(input), invalidInput)
}
