/** Code in the place of an expression: none of it runs, each is a typed refusal of the metric (reliability 2.13). */
import { Either } from "effect"
import jsep from "jsep"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { evaluation } from "../../../src/metering/expression/evaluate.js"
import { parse } from "../../../src/metering/expression/parse.js"
import { validateMetric } from "../../../src/metering/index.js"

const ESCAPES = [
  'constructor.constructor("return process")()',
  "constructor.constructor('return globalThis')()",
  "''.constructor.constructor('return 1')()",
  "[].constructor.constructor('return 1')()",
  "({}).constructor",
  "a.constructor",
  "a.__proto__",
  "a['__proto__']",
  'a["constructor"]',
  "a[0]",
  "a[b]",
  "a?.b",
  "a?.[b]",
  "a?.(b)",
  "a ?? b",
  "a ? b : c",
  "a || b",
  "a && b",
  "a | b",
  "a & b",
  "a ^ b",
  "a << b",
  "a >> b",
  "a >>> b",
  "a % b",
  "a ** b",
  "a === b",
  "a !== b",
  "!a",
  "~a",
  "+a",
  "a = 1",
  "a += 1",
  "a++",
  "++a + b++",
  "a => a",
  "(a) => a",
  "() => 1",
  "a, b",
  "(a, b)",
  "min(a, (b, c))",
  "a; b",
  "a;",
  "a,",
  ",a",
  "(a,)",
  "{a: 1}",
  "{}",
  "[a]",
  "[]",
  "`a`",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: one of the payloads
  "`${a}`",
  "a`b`",
  '"a"',
  "'a'",
  "'a' + 'b'",
  "/a/",
  "/a/.test(b)",
  "a // comment",
  "/* comment */ a",
  "a <!-- b",
  "# a",
  "@a",
  "a\\u0062",
  "\\u0061",
  "\\x61",
  "a\u0000",
  "\u0061\u200b",
  "ａ + ｂ",
  "é",
  "π * r",
  "a\u00a0+ b",
  "a\u2028b",
  "a × b",
  "a − b",
  "a÷b",
  "１ + １",
  "this",
  "this.a",
  "true",
  "false",
  "null",
  "__proto__",
  "prototype",
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "__lookupSetter__",
  "new Date()",
  "new Function('return 1')()",
  "function () {}",
  "function f() { return 1 }",
  "class A {}",
  "import('fs')",
  "import fs from 'fs'",
  "require('fs')",
  "require(fs)",
  "eval(a)",
  "eval('1')",
  "Function(a)",
  "Function('return 1')()",
  "setTimeout(a)",
  "fetch(a)",
  "process.exit(1)",
  "process.env",
  "globalThis.process",
  "window.location",
  "Math.max(a, b)",
  "Number(a)",
  "BigInt(a)",
  "String(a)",
  "Symbol(a)",
  "Reflect.get(a, b)",
  "Object.keys(a)",
  "Array(a)",
  "await a",
  "async () => 1",
  "yield a",
  "delete a",
  "typeof a",
  "void a",
  "a in b",
  "a instanceof b",
  "let a = 1",
  "var a = 1",
  "return a",
  "if (a) b",
  "if (a) { b } else { c }",
  "while (a) b",
  "for (;;) a",
  "throw a",
  "try { a } catch { b }",
  "debugger;",
  "with (a) b",
  "...a",
  "min(...a)",
  "a.b.c.d",
  "a.min(b)",
  "min.call(a, b)",
  "min.apply(a)",
  "min.constructor('return 1')()",
  "(min)(a, b)",
  "(min)(a)",
  "abs(a)(b)",
  "(a)(b)",
  "1(a)",
  "a(b)",
  "a (b)",
  "min",
  "min()",
  "max()",
  "abs()",
  "abs(a, b)",
  "round()",
  "round(a, 1, 2)",
  "ceil(a, 1, 2)",
  "floor()",
  "if(a)",
  "if(a, b)",
  "if(a, b, c, d)",
  "if()",
  "min(,)",
  "min(a,)",
  "min(,a)",
  "min(a,,b)",
  "min(a b)",
  "min(a 1)",
  "min((a) b)",
  "min(a; b)",
  "min a",
  "sqrt(a)",
  "pow(a, b)",
  "log(a)",
  "rand()",
  "now()",
  "Round(a)",
  "ROUND(a)",
  "IF(a, b, c)",
  "",
  " ",
  "\n\t",
  "()",
  "(",
  ")",
  "(a",
  "a)",
  "((a)",
  "(a))",
  ")a(",
  "a b",
  "1 2",
  "a 1",
  "1 a",
  "1a",
  "2x",
  "0x10",
  "0b1",
  "0o7",
  "1e3",
  "1E3",
  "1e-3",
  "1_000",
  "1n",
  ".5",
  "5.",
  "1..2",
  "1.2.3",
  "+5",
  "NaN(a)",
  "-",
  "+",
  "*",
  "a +",
  "a -",
  "a *",
  "a /",
  "* a",
  "/ a",
  "a + * b",
  "a * / b",
  "a <",
  "< a",
  "a < b < c",
  "a == b == c",
  "a < b == c",
  "a != b > c",
  "a <= b + c >= d",
  "min(a < b < c, 1)",
  "a =< b",
  "a => b",
  "a <> b",
  "a = = b",
  "a ! = b",
  "a : b",
  "a ? b",
  "a.b",
  "a .b",
  "a. b",
  "$a",
  "a$",
  "a-b$c",
  "{{ a }}",
  "{% if a %}1{% endif %}",
  "<%= a %>",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: one of the payloads
  "${a}",
  "#{a}",
  "$(a)",
  "a' OR '1'='1",
  "1; DROP TABLE events",
  "a -- comment",
  "a) UNION SELECT (b",
  "../../etc/passwd",
  "\u202ea + b",
  "a\ufeff",
  "😀",
  "a + 😀",
  "\ud800",
  "%61",
  "&amp;a",
  "a\\",
  "\\",
  '"',
  "'",
  "`",
  "a + \u0000 b",
  `${"(".repeat(33)}a${")".repeat(33)}`,
  `${"abs(".repeat(40)}a${")".repeat(40)}`,
  "(".repeat(4000),
  ")".repeat(4000),
  `${"-".repeat(4000)}a`,
  `${"- ".repeat(40)}a`,
  "[".repeat(4000),
  "a?".repeat(1000),
  "a+".repeat(2048),
  `${"a+".repeat(300)}a`,
  "a".repeat(4097),
  `${" ".repeat(5000)}a`,
  `min(${"a,".repeat(600)}a)`,
  "9".repeat(5000),
  `${"a.".repeat(1000)}b`,
  "abs(".repeat(1000)
]

/** Things that must neither be read nor called while an expression is looked at. */
const CANARIES = ["eval", "Function", "process", "fetch", "setTimeout"] as const
const touched: Array<string> = []
const originals = new Map<string, PropertyDescriptor>()

beforeAll(() => {
  for (const name of CANARIES) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)!
    originals.set(name, descriptor)
  }
})
afterAll(() => {
  for (const [name, descriptor] of originals) Object.defineProperty(globalThis, name, descriptor)
})

const guarded = <A>(work: () => A): A => {
  for (const name of CANARIES) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => touched.push(name) })
  }
  try {
    return work()
  } finally {
    for (const [name, descriptor] of originals) Object.defineProperty(globalThis, name, descriptor)
  }
}

describe("hostile expressions", () => {
  it("are at least 250, all different", () => {
    expect(new Set(ESCAPES).size).toBe(ESCAPES.length)
    expect(ESCAPES.length).toBeGreaterThanOrEqual(250)
  })

  for (const [index, source] of ESCAPES.entries()) {
    // `min` and the like alone are names of properties; `a -- comment` is a - (-comment).
    if (source === "min" || source === "a -- comment") continue
    it(`refuses ${index}: ${JSON.stringify(source).slice(0, 60)}`, () => {
      const answer = guarded(() => validateMetric({ aggregation_type: "custom", expression: source }))
      expect(Either.isLeft(answer) && answer.left).toMatchObject({ _tag: "InvalidMetric", path: "expression" })
      expect(touched).toEqual([])
    })
  }

  it("refuses what is no text", () => {
    for (const expression of [1, null, undefined, {}, [], () => "a", { toString: () => "a" }]) {
      expect(Either.isLeft(validateMetric({ aggregation_type: "custom", expression }))).toBe(true)
    }
  })

  it("reads only own properties of an event", () => {
    for (const source of ["min", "a -- comment", "eval", "process", "length", "name"]) {
      const parsed = parse(source)
      if ("reason" in parsed) throw new Error(parsed.reason)
      const evaluate = evaluation(parsed.tree)
      expect(guarded(() => evaluate(Object.create({ min: 1, eval: 1, process: 1, a: 1, comment: 1 })))).toMatchObject({
        reason: "missing_property"
      })
      expect(touched).toEqual([])
    }
  })

  it("never runs a property's own code", () => {
    const parsed = parse("a + 1")
    if ("reason" in parsed) throw new Error(parsed.reason)
    const hostile = { valueOf: () => touched.push("valueOf"), toString: () => touched.push("toString") }
    expect(evaluation(parsed.tree)({ a: hostile })).toMatchObject({ reason: "not_a_decimal", property: "a" })
    expect(touched).toEqual([])
  })

  it("leaves the shared parser as it was, and refuses to read with one that binds otherwise", () => {
    const state = () => JSON.stringify([jsep.binary_ops, jsep.unary_ops, jsep.literals, Object.keys(jsep.hooks)])
    const before = state()
    parse("a + b * (c - 1)")
    parse("a.b")
    expect(state()).toBe(before)
    jsep.addBinaryOp("+", 11)
    try {
      expect(() => parse("a + b * c")).toThrow(/jsep was changed/)
    } finally {
      jsep.addBinaryOp("+", 9)
    }
  })
})
