/** Evaluates a parsed expression exactly, over an event's own properties. */
import {
  abs,
  add,
  ceil,
  compare,
  divide,
  type Exact,
  floor,
  fromText,
  isZero,
  max,
  min,
  multiply,
  negate,
  one,
  pow10,
  round,
  subtract,
  zero
} from "../../core/exact.js"
import { decimalText, own, type Properties } from "../property.js"
import { type Uncounted, uncounted } from "../uncounted.js"
import { MAX_DIGITS } from "./limits.js"
import type { FunctionName, Operator, Tree } from "./parse.js"

/** One evaluation: what it reads, and why it came to nothing. */
interface Scope {
  readonly properties: Properties
  failure: Uncounted | undefined
}

type Evaluation = (scope: Scope) => Exact | undefined

const LIMIT = pow10(MAX_DIGITS)

const inRange = (value: Exact): boolean =>
  value.scale <= MAX_DIGITS && value.divisor < LIMIT && value.coefficient < LIMIT && value.coefficient > -LIMIT

const fail = (scope: Scope, failure: Uncounted): undefined => {
  scope.failure = failure
  return undefined
}

const OUT_OF_RANGE = uncounted("out_of_range")
const DIVISION_BY_ZERO = uncounted("division_by_zero")

const bounded = (scope: Scope, value: Exact): Exact | undefined => (inRange(value) ? value : fail(scope, OUT_OF_RANGE))

const property = (name: string): Evaluation => {
  const missing = uncounted("missing_property", name)
  const notDecimal = uncounted("not_a_decimal", name)
  return (scope) => {
    const value = own(scope.properties, name)
    if (value === undefined || value === null || value === "") return fail(scope, missing)
    const text = decimalText(value)
    return text === undefined ? fail(scope, notDecimal) : bounded(scope, fromText(text)!)
  }
}

const truth = (holds: boolean): Exact => (holds ? one : zero)

const OPERATIONS: Readonly<Record<Operator, (left: Exact, right: Exact) => Exact>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "<": (left, right) => truth(compare(left, right) < 0),
  "<=": (left, right) => truth(compare(left, right) <= 0),
  ">": (left, right) => truth(compare(left, right) > 0),
  ">=": (left, right) => truth(compare(left, right) >= 0),
  "==": (left, right) => truth(compare(left, right) === 0),
  "!=": (left, right) => truth(compare(left, right) !== 0)
}

const binary = (operator: Operator, left: Evaluation, right: Evaluation): Evaluation => {
  const operation = OPERATIONS[operator]
  const divides = operator === "/"
  return (scope) => {
    const a = left(scope)
    if (a === undefined) return undefined
    const b = right(scope)
    if (b === undefined) return undefined
    return divides && isZero(b) ? fail(scope, DIVISION_BY_ZERO) : bounded(scope, operation(a, b))
  }
}

const ROUNDINGS = { round, ceil, floor } as const

/** A whole number from −15 to 15, or undefined. */
const digitsOf = (value: Exact): number | undefined => {
  const whole = floor(value)
  if (compare(whole, value) !== 0) return undefined
  const digits = whole.coefficient / whole.divisor
  return digits < -15n || digits > 15n ? undefined : Number(digits)
}

const rounding =
  (name: keyof typeof ROUNDINGS, value: Evaluation, digits: Evaluation | undefined): Evaluation =>
  (scope) => {
    const a = value(scope)
    if (a === undefined) return undefined
    if (digits === undefined) return ROUNDINGS[name](a)
    const given = digits(scope)
    if (given === undefined) return undefined
    const places = digitsOf(given)
    return places === undefined ? fail(scope, OUT_OF_RANGE) : ROUNDINGS[name](a, places)
  }

const choose =
  (all: ReadonlyArray<Evaluation>, better: (a: Exact, b: Exact) => Exact): Evaluation =>
  (scope) => {
    let best: Exact | undefined
    for (const one of all) {
      const value = one(scope)
      if (value === undefined) return undefined
      best = best === undefined ? value : better(best, value)
    }
    return best
  }

const call = (name: FunctionName, given: ReadonlyArray<Evaluation>): Evaluation => {
  const [first, second, third] = given as [Evaluation, Evaluation | undefined, Evaluation | undefined]
  switch (name) {
    case "abs":
      return (scope) => {
        const value = first(scope)
        return value === undefined ? undefined : abs(value)
      }
    case "min":
      return choose(given, min)
    case "max":
      return choose(given, max)
    case "if":
      return (scope) => {
        const condition = first(scope)
        return condition === undefined ? undefined : (isZero(condition) ? third! : second!)(scope)
      }
    default:
      return rounding(name, first, second)
  }
}

const build = (tree: Tree): Evaluation => {
  switch (tree.kind) {
    case "number":
      return (scope) => bounded(scope, tree.value)
    case "property":
      return property(tree.name)
    case "negate": {
      const of = build(tree.of)
      return (scope) => {
        const value = of(scope)
        return value === undefined ? undefined : negate(value)
      }
    }
    case "binary":
      return binary(tree.operator, build(tree.left), build(tree.right))
    case "call":
      return call(tree.function, tree.arguments.map(build))
  }
}

/** The value of an expression for one event: exact, or why the event does not count. */
export const evaluation = (tree: Tree): ((properties: Properties) => Exact | Uncounted) => {
  const evaluate = build(tree)
  return (properties) => {
    const scope: Scope = { properties, failure: undefined }
    return evaluate(scope) ?? scope.failure!
  }
}
