/** Reads an expression into a closed tree. `jsep` finds the structure; whatever is not in the grammar is refused here. */
import jsep from "jsep"
import { type Exact, fromText } from "../../core/exact.js"
import { MAX_NODES } from "./limits.js"
import { refuseTokens } from "./tokens.js"

export type Operator = "+" | "-" | "*" | "/" | "<" | "<=" | ">" | ">=" | "==" | "!="
export type FunctionName = "round" | "ceil" | "floor" | "abs" | "min" | "max" | "if"

export type Tree =
  | { readonly kind: "number"; readonly value: Exact }
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "negate"; readonly of: Tree }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Tree; readonly right: Tree }
  | { readonly kind: "call"; readonly function: FunctionName; readonly arguments: ReadonlyArray<Tree> }

/** A tree, or in words why there is none. */
export type Parsed = { readonly tree: Tree } | { readonly reason: string }

/** Fewest and most arguments of each function. */
const FUNCTIONS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["round", [1, 2]],
  ["ceil", [1, 2]],
  ["floor", [1, 2]],
  ["abs", [1, 1]],
  ["min", [1, MAX_NODES]],
  ["max", [1, MAX_NODES]],
  ["if", [3, 3]]
])

/** How tightly each operator binds; `jsep` must agree, since it is one object that a host can change. */
const PRECEDENCE: Readonly<Record<Operator, number>> = {
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Names that every JavaScript object answers to: never a property of an event. */
const RESERVED = new Set(["this", "true", "false", "null", "prototype", ...Object.getOwnPropertyNames(Object.prototype)])

class Refused {
  constructor(readonly reason: string) {}
}

const refuse = (reason: string): never => {
  throw new Refused(reason)
}

const assertParser = () => {
  const operators = jsep.binary_ops as Readonly<Record<string, number>>
  for (const [operator, precedence] of Object.entries(PRECEDENCE)) {
    if (operators[operator] !== precedence) throw new Error(`jsep was changed: ${operator} does not bind as it should`)
  }
}

interface Node {
  readonly type?: unknown
  readonly [field: string]: unknown
}

const isOperator = (text: unknown): text is Operator => typeof text === "string" && Object.hasOwn(PRECEDENCE, text)

const read = (given: unknown, count: { nodes: number }): Tree => {
  if (typeof given !== "object" || given === null) return refuse("something is missing")
  const node = given as Node
  count.nodes += 1
  if (count.nodes > MAX_NODES) return refuse(`more than ${MAX_NODES} parts`)
  switch (node.type) {
    case "Literal": {
      const value = typeof node.value === "number" && typeof node.raw === "string" ? fromText(node.raw) : undefined
      return value === undefined ? refuse(`${String(node.raw)} is not a plain decimal`) : { kind: "number", value }
    }
    case "Identifier": {
      const name = String(node.name)
      if (!NAME.test(name) || RESERVED.has(name)) return refuse(`${name} is not the name of a property`)
      return { kind: "property", name }
    }
    case "UnaryExpression":
      return node.operator === "-" ? { kind: "negate", of: read(node.argument, count) } : refuse(`unknown sign ${String(node.operator)}`)
    case "BinaryExpression":
      return isOperator(node.operator)
        ? { kind: "binary", operator: node.operator, left: read(node.left, count), right: read(node.right, count) }
        : refuse(`unknown operator ${String(node.operator)}`)
    case "CallExpression":
      return call(node, count)
    default:
      return refuse("something follows the expression, or it is not arithmetic")
  }
}

const call = (node: Node, count: { nodes: number }): Tree => {
  const callee = node.callee as Node
  const name = callee.type === "Identifier" ? String(callee.name) : ""
  const bounds = FUNCTIONS.get(name)
  if (bounds === undefined || node.optional === true) return refuse(`unknown function ${name}`.trim())
  const given = node.arguments as ReadonlyArray<unknown>
  if (given.length < bounds[0] || given.length > bounds[1]) return refuse(`${name} does not take ${given.length} arguments`)
  return { kind: "call", function: name as FunctionName, arguments: given.map((argument) => read(argument, count)) }
}

/**
 * Parses an expression of the closed grammar.
 *
 * @see spec pricing 2.5
 */
export const parse = (source: string): Parsed => {
  const reason = refuseTokens(source)
  if (reason !== undefined) return { reason }
  assertParser()
  try {
    return { tree: read(jsep(source), { nodes: 0 }) }
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason }
    // The parser's own errors are plain `Error`s with an index; anything else is a bug of ours.
    if (error instanceof Error && "index" in error) return { reason: error.message }
    throw error
  }
}
