/** Decoding of what a caller gives: every public method starts here, and nothing is written before it succeeded. */
import { Effect, ParseResult, Schema } from "effect"
import { InvalidInput } from "./errors.js"

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

/** As many digits as an account or a card has: in the wrong field as in the right one they are not repeated. */
const LONG_NUMBER = /[0-9](?:[ .-]?[0-9]){11}/

/** So much of a value as an error may show: it can be of any size and depth, or a secret in the wrong place. */
const shown = (value: unknown): unknown => {
  if (typeof value === "string") return LONG_NUMBER.test(value.slice(0, 40)) ? "a long number" : value.slice(0, 20)
  if (typeof value === "number" || typeof value === "bigint") return LONG_NUMBER.test(String(value)) ? "a long number" : value
  if (typeof value !== "object" || value === null) return value
  return Array.isArray(value) ? [] : {}
}

/** An issue whose message shows little of the value. */
const brief = (issue: ParseResult.ParseIssue): ParseResult.ParseIssue => {
  switch (issue._tag) {
    case "Type":
      return new ParseResult.Type(issue.ast, shown(issue.actual), issue.message)
    case "Pointer":
      return new ParseResult.Pointer(issue.path, undefined, brief(issue.issue))
    case "Refinement":
      return new ParseResult.Refinement(issue.ast, shown(issue.actual), issue.kind, brief(issue.issue))
    case "Transformation":
      return new ParseResult.Transformation(issue.ast, shown(issue.actual), issue.kind, brief(issue.issue))
    case "Composite":
      return new ParseResult.Composite(issue.ast, undefined, "_tag" in issue.issues ? brief(issue.issues) : firstOf(issue.issues))
    default:
      return issue
  }
}

const firstOf = ([first, ...others]: readonly [ParseResult.ParseIssue, ...ReadonlyArray<ParseResult.ParseIssue>]) =>
  [brief(first), ...others.map(brief)] as const

/** The first problem of a failed decode: its path and its reason. */
const invalidInput = (error: ParseResult.ParseError): InvalidInput => {
  const issue = ParseResult.ArrayFormatter.formatIssueSync(brief(error.issue))[0]
  const field = pathOf(issue?.path ?? [])
  return new InvalidInput({ field: field === "" ? "input" : field, reason: issue?.message ?? "invalid" })
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
