/**
 * The first look at an expression: only the grammar's signs, brackets that match, and one comparison at each level. The
 * parser behind it is lenient and shared by the whole process; what passes here means to it what it means to us.
 */
import { MAX_DEPTH, MAX_SOURCE } from "./limits.js"

const TOKEN = /[ \t\r\n]*(?:([0-9]+(?:\.[0-9]+)?)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|[-+*/(),<>]))/y
const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!="])

/** Where the last sign that is not a blank ends. */
const endOf = (source: string): number => {
  let end = source.length
  while (end > 0 && " \t\r\n".includes(source[end - 1]!)) end--
  return end
}

interface Level {
  readonly call: boolean
  comparisons: number
}

/** Why the source is outside the grammar; undefined where the parser may look at it. */
export const refuseTokens = (source: string): string | undefined => {
  if (source.length > MAX_SOURCE) return `longer than ${MAX_SOURCE} characters`
  const levels: Array<Level> = [{ call: false, comparisons: 0 }]
  let before = ""
  let signs = 0
  TOKEN.lastIndex = 0
  const end = endOf(source)
  for (let position = 0; position < end; position = TOKEN.lastIndex) {
    const match = TOKEN.exec(source)
    if (match === null) return `unexpected sign after ${position} characters`
    const token = (match[1] ?? match[2] ?? match[3])!
    const start = TOKEN.lastIndex - token.length
    const level = levels[levels.length - 1]!
    if (match[1] !== undefined || match[2] !== undefined) {
      if (/^[A-Za-z0-9_)]/.test(before)) return `unexpected ${token} at ${start + 1}`
    } else if (token === "(") {
      // jsep would call the result of a group.
      if (before === ")" || /^[0-9]/.test(before)) return `unexpected ( at ${start + 1}`
      if (levels.length > MAX_DEPTH) return `more than ${MAX_DEPTH} brackets inside each other`
      levels.push({ call: /^[A-Za-z_]/.test(before), comparisons: 0 })
    } else if (token === ")") {
      if (levels.length === 1) return `unexpected ) at ${start + 1}`
      if (before === "(" || before === ",") return `something is missing at ${start + 1}`
      levels.pop()
    } else if (token === ",") {
      if (!level.call) return `unexpected , at ${start + 1}`
      if (before === "(" || before === ",") return `something is missing at ${start + 1}`
      level.comparisons = 0
    } else if (COMPARISONS.has(token)) {
      level.comparisons += 1
      if (level.comparisons > 1) return "more than one comparison without brackets"
    }
    signs = token === "-" ? signs + 1 : 0
    if (signs > MAX_DEPTH) return `more than ${MAX_DEPTH} signs in a row`
    before = token
  }
  if (levels.length > 1) return "a bracket is not closed"
  return before === "" ? "empty" : undefined
}
