/** Reads what stands between braces: paths, literals, filters, conditions. */
import { Either } from "effect"
import {
  type AppliedFilter,
  COMPARISONS,
  type Comparison,
  type Condition,
  type Expression,
  FILTERS,
  type FilterName,
  type Operand,
  type Path
} from "./syntax.js"

type Read<A> = Either.Either<A, string>

/** How many arguments each filter takes. */
const ARGUMENTS: Readonly<Record<FilterName, "none" | "one" | "may">> = {
  default: "one",
  upper: "none",
  lower: "none",
  title: "none",
  capfirst: "none",
  date: "may",
  time: "may",
  floatformat: "may",
  length: "none",
  join: "one",
  truncatechars: "one"
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/
const STEP = /^[A-Za-z0-9][A-Za-z0-9_]{0,99}$/
const STEPS_AT_MOST = 10
/** What Django has under these names, this language does not. */
const RESERVED = new Set(["forloop", "block", "and", "or", "not", "in", "is"])
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/
const CONSTANTS: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null }

const shown = (text: string): string => (text.length > 30 ? `${text.slice(0, 30)}…` : text)

export const isVariableName = (text: string): boolean => NAME.test(text) && !RESERVED.has(text) && !(text in CONSTANTS)

export const readPath = (text: string): Read<Path> => {
  const [name, ...steps] = text.split(".")
  if (name === undefined || !isVariableName(name) || steps.length > STEPS_AT_MOST || !steps.every((step) => STEP.test(step))) {
    return Either.left(`"${shown(text)}" is no variable`)
  }
  return Either.right({ kind: "path", path: [name, ...steps] })
}

const QUOTED = /^(["'])((?:\\.|(?!\1)[^\\])*)\1$/

const readOperand = (text: string): Read<Operand> => {
  const quoted = QUOTED.exec(text)
  if (quoted !== null) return Either.right({ kind: "literal", value: quoted[2]!.replace(/\\(.)/g, "$1") })
  if (NUMBER.test(text)) return Either.right({ kind: "literal", value: Number(text) })
  if (Object.hasOwn(CONSTANTS, text)) return Either.right({ kind: "literal", value: CONSTANTS[text]! })
  return readPath(text)
}

/** Cuts at a character outside quotes. */
const cut = (text: string, at: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let quote: string | null = null
  let from = 0
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!
    if (quote !== null) {
      if (char === "\\") index += 1
      else if (char === quote) quote = null
    } else if (char === '"' || char === "'") quote = char
    else if (char === at) {
      parts.push(text.slice(from, index))
      from = index + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

const isFilter = (name: string): name is FilterName => (FILTERS as ReadonlyArray<string>).includes(name)

const readFilter = (text: string): Read<AppliedFilter> =>
  Either.gen(function* () {
    const [name = "", ...rest] = cut(text, ":").map((part) => part.trim())
    if (!isFilter(name)) return yield* Either.left(`there is no filter "${shown(name)}"`)
    if (rest.length > 1) return yield* Either.left(`${name} takes one argument`)
    const [given] = rest
    if (given === undefined) {
      return ARGUMENTS[name] === "one" ? yield* Either.left(`${name} needs an argument`) : { name, argument: null }
    }
    if (ARGUMENTS[name] === "none") return yield* Either.left(`${name} takes no argument`)
    return { name, argument: yield* readOperand(given) }
  })

const FILTERS_AT_MOST = 10

export const readExpression = (text: string): Read<Expression> =>
  Either.gen(function* () {
    const [first = "", ...filters] = cut(text, "|")
    if (first.trim() === "") return yield* Either.left("expected a variable")
    if (filters.length > FILTERS_AT_MOST) return yield* Either.left(`at most ${FILTERS_AT_MOST} filters`)
    const operand = yield* readOperand(first.trim())
    return { operand, filters: yield* Either.all(filters.map(readFilter)) }
  })

/** Words of a condition: spaces part them outside quotes; operators stand apart without spaces too. */
const wordsOf = (text: string): ReadonlyArray<string> => {
  const words = cut(text.replace(/\t/g, " "), " ").filter((word) => word !== "")
  const joined: Array<string> = []
  for (const word of words) {
    if (word === "in" && joined.at(-1) === "not") joined[joined.length - 1] = "not in"
    else joined.push(word)
  }
  return joined
}

const WORDS_AT_MOST = 50

const isComparison = (word: string | undefined): word is Comparison => (COMPARISONS as ReadonlyArray<string | undefined>).includes(word)

/** Precedence as in Django: or, and, not, comparisons; no parentheses. */
export const readCondition = (text: string): Read<Condition> => {
  const words = wordsOf(text)
  let at = 0

  const operand = (): Read<Expression> => {
    const word = words[at++]
    return word === undefined ? Either.left("a condition ends too early") : readExpression(word)
  }

  const comparison = (): Read<Condition> =>
    Either.gen(function* () {
      const left = yield* operand()
      const by = words[at]
      if (!isComparison(by)) return { kind: "value" as const, value: left }
      at += 1
      return { kind: "compare" as const, by, left, right: yield* operand() }
    })

  const negation = (): Read<Condition> => {
    let nots = 0
    while (words[at] === "not") {
      nots += 1
      at += 1
    }
    return Either.map(comparison(), (of): Condition => (nots % 2 === 0 ? of : { kind: "not", of }))
  }

  const chain = (word: "and" | "or", part: () => Read<Condition>) => (): Read<Condition> =>
    Either.gen(function* () {
      let left = yield* part()
      while (words[at] === word) {
        at += 1
        left = { kind: word, left, right: yield* part() }
      }
      return left
    })

  return Either.gen(function* () {
    if (words.length === 0) return yield* Either.left("if needs a condition")
    if (words.length > WORDS_AT_MOST) return yield* Either.left("the condition is too long")
    const condition = yield* chain("or", chain("and", negation))()
    if (at < words.length) return yield* Either.left(`"${shown(words[at]!)}" is not expected here`)
    return condition
  })
}
