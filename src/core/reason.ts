/** Why an input does not decode, in words for whoever gave it: which field, what was expected, and what came where that tells more. */
import { SchemaAST as AST, Option, type ParseResult, Predicate } from "effect"

type Path = ReadonlyArray<PropertyKey>

/** What is wrong first, and where. */
interface Reason {
  readonly path: Path
  readonly text: string
}

/** As many digits as an account or a card has: in the wrong field as in the right one they are not repeated. */
const LONG_NUMBER = /[0-9](?:[ .-]?[0-9]){11}/

/** So much of a value as an error may show: it can be of any size and depth, or a secret in the wrong place. */
const shown = (value: unknown): string => {
  if (LONG_NUMBER.test(typeof value === "string" ? value.slice(0, 40) : typeof value === "number" ? String(value) : ""))
    return "a long number"
  if (typeof value === "string") return `"${value.slice(0, 20)}${value.length > 20 ? "…" : ""}"`
  if (typeof value === "number") return `the number ${value}`
  if (typeof value === "bigint") return "a bigint"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "function") return "a function"
  if (typeof value === "object" && value !== null) return value instanceof Date ? "a Date" : "an object"
  return String(value)
}

/** What came, after what was expected. */
export const but = (expected: string, value: unknown): string => `${expected}, got ${shown(value)}`

const either = (words: ReadonlyArray<string>): string => {
  const [last, ...others] = [...new Set(words)].reverse()
  return others.length === 0 ? (last ?? "nothing") : `${others.reverse().join(", ")} or ${last}`
}

/** What a schema takes. */
const taken = (ast: AST.AST): string => {
  const named = Option.getOrUndefined(AST.getDescriptionAnnotation(ast))
  if (named !== undefined && (AST.isDeclaration(ast) || AST.isUnion(ast))) return named
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return "text"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "BigIntKeyword":
      return "a bigint"
    case "UndefinedKeyword":
      return "nothing"
    case "Literal":
      return typeof ast.literal === "string" ? `"${ast.literal}"` : String(ast.literal)
    case "TypeLiteral":
    case "ObjectKeyword":
      return "an object"
    case "TupleType":
      return "a list"
    case "Declaration":
      return Option.getOrElse(AST.getIdentifierAnnotation(ast), () => "something else")
    case "Union":
      return either(ast.types.filter((type) => type._tag !== "UndefinedKeyword").map(taken))
    case "Refinement":
    case "Transformation":
      return taken(ast.from)
    case "Suspend":
      return taken(ast.f())
    default:
      return "something else"
  }
}

/** The words that a schema has of its own for what it refuses. */
const wordsOf = (issue: ParseResult.ParseIssue): string | undefined => {
  if (!("ast" in issue)) return undefined
  const ast = issue.ast as AST.AST
  const message = Option.getOrUndefined(AST.getMessageAnnotation(ast))?.(issue)
  if (typeof message === "string") return message
  return Predicate.hasProperty(message, "message") && typeof message.message === "string" ? message.message : undefined
}

const isOverriding = (issue: ParseResult.ParseIssue): boolean => {
  const message = "ast" in issue ? Option.getOrUndefined(AST.getMessageAnnotation(issue.ast as AST.AST))?.(issue) : undefined
  return Predicate.hasProperty(message, "override") && message.override === true
}

const many = <A>(issues: A | readonly [A, ...ReadonlyArray<A>]): readonly [A, ...ReadonlyArray<A>] =>
  Array.isArray(issues) ? (issues as unknown as readonly [A, ...ReadonlyArray<A>]) : [issues as A]

/** The refusal of the member that was meant: the one that looked deepest, and of those the first that has words of its own. */
const unionReason = (issue: ParseResult.Composite, union: AST.Union, path: Path, words: string | undefined): Reason => {
  const plain = new Set(["Literal", "UndefinedKeyword"])
  const meant = many(issue.issues).filter((member) => !("ast" in member && plain.has((member.ast as AST.AST)._tag)))
  const reasons = meant.map((member) => reasonOf(member, path, words))
  const deepest = reasons.reduce((most, reason) => Math.max(most, reason.path.length), path.length)
  if (deepest > path.length) return reasons.find((reason) => reason.path.length === deepest)!
  if (meant.length === 1) return reasons[0]!
  return reasons.find((_, at) => !isMismatch(meant[at]!)) ?? { path, text: but(words ?? `expected ${taken(union)}`, issue.actual) }
}

/** Whether a value is of another type altogether, so that no rule was asked about it. */
const isMismatch = (issue: ParseResult.ParseIssue): boolean => {
  if (issue._tag === "Type") return issue.message === undefined && wordsOf(issue) === undefined
  if (issue._tag === "Refinement") return issue.kind === "From" && isMismatch(issue.issue)
  if (issue._tag === "Transformation") return issue.kind === "Encoded" && isMismatch(issue.issue)
  return issue._tag === "Composite" && issue.ast._tag === "Union" && many(issue.issues).every(isMismatch)
}

/**
 * The first problem of an input. `words` are those of the rule nearest around: a number where a rate is wanted is told what a rate is, and that a number came.
 */
export const reasonOf = (issue: ParseResult.ParseIssue, path: Path = [], words?: string): Reason => {
  if (isOverriding(issue)) return { path, text: wordsOf(issue)! }
  switch (issue._tag) {
    case "Pointer":
      return reasonOf(issue.issue, [...path, ...many(issue.path as PropertyKey)], undefined)
    case "Missing":
      return { path, text: "is missing" }
    case "Unexpected":
      return { path, text: unexpected(issue) }
    case "Forbidden":
      return { path, text: issue.message ?? "is forbidden" }
    case "Type":
      if (issue.message !== undefined) return { path, text: issue.message }
      return { path, text: wordsOf(issue) ?? but(words ?? `expected ${taken(issue.ast)}`, issue.actual) }
    case "Composite":
      return issue.ast._tag === "Union" ? unionReason(issue, issue.ast, path, words) : reasonOf(many(issue.issues)[0], path, words)
    case "Refinement":
      if (issue.kind === "From") return reasonOf(issue.issue, path, words ?? wordsOf(issue))
      return predicateReason(issue, path)
    case "Transformation":
      if (issue.kind === "Transformation" && wordsOf(issue) !== undefined) return { path, text: wordsOf(issue)! }
      return reasonOf(issue.issue, path, words ?? wordsOf(issue))
  }
}

/** A rule that says itself what is wrong, and perhaps deeper where, is heard first. */
const predicateReason = (issue: ParseResult.Refinement, path: Path): Reason => {
  const inner = issue.issue
  const speaks = inner._tag === "Pointer" || inner._tag === "Composite" || (inner._tag === "Type" && inner.message !== undefined)
  const words = wordsOf(issue)
  if (speaks || words === undefined) return speaks ? reasonOf(inner, path) : ruleReason(issue, path)
  return { path, text: words }
}

const ruleReason = (issue: ParseResult.Refinement, path: Path): Reason => {
  const rule = Option.getOrUndefined(AST.getDescriptionAnnotation(issue.ast)) ?? taken(issue.ast)
  return { path, text: but(`expected ${rule}`, issue.actual) }
}

/** The fields that there are, for a name that is none of them. */
const unexpected = ({ message = "is unexpected" }: ParseResult.Unexpected): string =>
  message
    .replace(/^is unexpected, expected: /, "there is no such field; there are ")
    .replaceAll(" | ", ", ")
    .replaceAll('"', "")
