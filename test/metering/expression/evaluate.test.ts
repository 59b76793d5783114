/** Random programs give what plain fractions give; what a comparison, a branch or a missing property does. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact } from "../../../src/core/index.js"
import { evaluation } from "../../../src/metering/expression/evaluate.js"
import { parse } from "../../../src/metering/expression/parse.js"

const evaluate = (source: string, properties: Record<string, unknown>) => {
  const parsed = parse(source)
  if ("reason" in parsed) throw new Error(`${source}: ${parsed.reason}`)
  return evaluation(parsed.tree)(properties)
}

const shown = (source: string, properties: Record<string, unknown> = {}) => {
  const value = evaluate(source, properties)
  return "reason" in value ? value.reason : Exact.toText(value)
}

/** The reference: numerator ÷ denominator, or undefined after a division by zero. */
type Fraction = readonly [bigint, bigint] | undefined

interface Program {
  /** How tightly it binds: 0 comparison, 1 sum, 2 product, 3 sign, 4 atom. */
  readonly binds: number
  readonly source: string
  readonly value: Fraction
}

const lift =
  (f: (a: readonly [bigint, bigint], b: readonly [bigint, bigint]) => Fraction) =>
  (a: Fraction, b: Fraction): Fraction =>
    a === undefined || b === undefined ? undefined : f(a, b)

const less = (a: readonly [bigint, bigint], b: readonly [bigint, bigint]) => a[0] * b[1] < b[0] * a[1]

const normal = (n: bigint, d: bigint): Fraction => (d < 0n ? [-n, -d] : [n, d])

const OPERATIONS: ReadonlyArray<readonly [string, number, (a: Fraction, b: Fraction) => Fraction]> = [
  ["+", 1, lift((a, b) => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]])],
  ["-", 1, lift((a, b) => [a[0] * b[1] - b[0] * a[1], a[1] * b[1]])],
  ["*", 2, lift((a, b) => [a[0] * b[0], a[1] * b[1]])],
  ["/", 2, lift((a, b) => (b[0] === 0n ? undefined : normal(a[0] * b[1], a[1] * b[0])))],
  ["<", 0, lift((a, b) => [less(a, b) ? 1n : 0n, 1n])],
  [">=", 0, lift((a, b) => [less(a, b) ? 0n : 1n, 1n])],
  ["==", 0, lift((a, b) => [a[0] * b[1] === b[0] * a[1] ? 1n : 0n, 1n])]
]

const PROPERTIES = { a: "3", b: "-2.5", c: 0, d: "0.125", _e1: 7 } as const

const fraction = (text: string): Fraction => {
  const value = Exact.unsafeFromText(text)
  return [value.coefficient, 10n ** BigInt(value.scale)]
}

const bracketed = (program: Program, least: number) => (program.binds < least ? `(${program.source})` : program.source)

const atom: fc.Arbitrary<Program> = fc.oneof(
  fc.constantFrom(...Object.entries(PROPERTIES)).map(([name, value]) => ({ binds: 4, source: name, value: fraction(String(value)) })),
  fc
    .tuple(fc.nat(99), fc.nat(99))
    .map(([whole, part]) => `${whole}.${part}`)
    .map((source) => ({ binds: 4, source, value: fraction(source) }))
)

const program: fc.Arbitrary<Program> = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    atom,
    fc.tuple(fc.constantFrom(...OPERATIONS), tie("program"), tie("program"), fc.constantFrom("", " ", "\n")).map(
      ([[sign, binds, apply], left, right, gap]): Program => ({
        binds,
        // A comparison stands alone at its level; a right side of the same strength needs brackets.
        source: `${bracketed(left, binds === 0 ? 1 : binds)}${gap}${sign}${gap}${bracketed(right, binds + 1)}`,
        value: apply(left.value, right.value)
      })
    ),
    tie("program").map(
      (of): Program => ({
        binds: 3,
        source: `-${bracketed(of, 3)}`,
        value: of.value === undefined ? undefined : [-of.value[0], of.value[1]]
      })
    ),
    fc.tuple(tie("program"), tie("program")).map(
      ([a, b]): Program => ({
        binds: 4,
        source: `min(${a.source}, ${b.source})`,
        value: lift((x, y) => (less(y, x) ? y : x))(a.value, b.value)
      })
    ),
    fc.tuple(tie("program"), tie("program"), tie("program")).map(([condition, a, b]): Program => {
      const taken = condition.value === undefined ? undefined : condition.value[0] === 0n ? b.value : a.value
      return { binds: 4, source: `if(${condition.source}, ${a.source}, ${b.source})`, value: taken }
    })
  )
})).program

describe("an expression", () => {
  it("gives what plain fractions give", () => {
    fc.assert(
      fc.property(program, ({ source, value }) => {
        fc.pre(
          source.length < 2000 && !("reason" in parse(source) && /brackets|signs|parts/.test((parse(source) as { reason: string }).reason))
        )
        const found = evaluate(source, PROPERTIES)
        if (value === undefined) expect(found).toMatchObject({ reason: "division_by_zero" })
        else {
          if ("reason" in found) throw new Error(`${source}: ${found.reason}`)
          expect(found.coefficient * value[1]).toBe(value[0] * 10n ** BigInt(found.scale) * found.divisor)
        }
      }),
      { numRuns: 3000 }
    )
  })

  it("rounds, cuts and compares as the page says", () => {
    expect(shown("round(2.5)")).toBe("3")
    expect(shown("round(-2.5)")).toBe("-3")
    expect(shown("round(1250, -2)")).toBe("1300")
    expect(shown("ceil(0.11, 1)")).toBe("0.2")
    expect(shown("floor(-0.11, 1)")).toBe("-0.2")
    expect(shown("1 + 1 < 3 - 0.5")).toBe("1")
    expect(shown("(1 < 2) + (2 == 2) * 10")).toBe("11")
    expect(shown("max(1, 3, 2) - abs(-2)")).toBe("1")
    expect(shown("- -2")).toBe("2")
  })

  it("evaluates only the branch that is taken", () => {
    expect(shown("if(a, 1, b)", { a: 1 })).toBe("1")
    expect(shown("if(a, b, 2)", { a: 0 })).toBe("2")
    expect(shown("if(a == 0, 0, 10 / a)", { a: "0" })).toBe("0")
  })

  it("says why an event has no value", () => {
    expect(evaluate("a * b", { a: 1 })).toEqual({ reason: "missing_property", property: "b" })
    expect(evaluate("a * b", { a: 1, b: "1e3" })).toEqual({ reason: "not_a_decimal", property: "b" })
    expect(evaluate("a / (b - b)", { a: 1, b: 2 })).toEqual({ reason: "division_by_zero", property: null })
    expect(evaluate("round(a, b)", { a: 1, b: "1.5" })).toEqual({ reason: "out_of_range", property: null })
    expect(evaluate("round(a, b)", { a: 1, b: 16 })).toEqual({ reason: "out_of_range", property: null })
  })

  it("does not grow beyond what a glance costs", () => {
    const power = `${"a * ".repeat(200)}a`
    expect(shown(power, { a: "9".repeat(900) })).toBe("out_of_range")
    expect(shown("a", { a: "9".repeat(60_000) })).toBe("out_of_range")
    expect(shown(`${"a / ".repeat(100)}a`, { a: `0.${"3".repeat(900)}` })).toBe("out_of_range")
  })
})
