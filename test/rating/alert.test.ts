import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact } from "../../src/core/index.js"
import { type AlertFirings, type AlertTerms, alertTriggers, alertValue } from "../../src/rating/alert.js"

/** Hundredths as decimal text. */
const text = (hundredths: number) => Exact.toText(Exact.make(BigInt(hundredths), 2))
const threshold = fc.integer({ min: 1, max: 2000 })
const usages = fc.array(fc.integer({ min: -5000, max: 20_000 }), { maxLength: 10 })
const never: AlertFirings = { times_triggered: 0, ever_triggered: false }

/** What fires over checks of one period, in hundredths, and the firings after it. */
const over = (alert: AlertTerms, checks: ReadonlyArray<number>, before: AlertFirings = never) => {
  let fired = before
  const values = checks.map((usage) => {
    const triggers = alertTriggers(alert, fired, Exact.make(BigInt(usage), 2))
    if (triggers === null) return []
    expect(triggers.first).toBeLessThanOrEqual(triggers.last)
    fired = { times_triggered: triggers.last, ever_triggered: true }
    return Array.from({ length: triggers.last - triggers.first + 1 }, (_, index) => alertValue(alert, triggers.first + index))
  })
  return { values, fired }
}

describe("usage alerts", () => {
  it("that recur fire once in a period for each multiple that its usage reached, in order, when it first did", () => {
    fc.assert(
      fc.property(threshold, usages, (each, checks) => {
        const alert = { threshold_value: text(each), recurring: true }
        let highest = 0
        for (const [index, found] of over(alert, checks).values.entries()) {
          const reached = Math.max(highest, Math.floor(checks[index]! / each))
          expect(found).toEqual(Array.from({ length: reached - highest }, (_, at) => text((highest + at + 1) * each)))
          highest = reached
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("that do not recur fire once in their life, with the threshold itself, at the first check that reaches it", () => {
    fc.assert(
      fc.property(threshold, usages, usages, (each, checks, later) => {
        const alert = { threshold_value: text(each), recurring: false }
        const first = over(alert, checks)
        const next = over(alert, later, { ...first.fired, times_triggered: 0 })
        const at = [...checks, ...later].findIndex((usage) => usage >= each)
        expect([...first.values, ...next.values]).toEqual([...checks, ...later].map((_, index) => (index === at ? [text(each)] : [])))
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked example: 10, then 35, then 35 again, and anew in the next period", () => {
    const alert = { threshold_value: "10", recurring: true }
    const period = over(alert, [1000, 3500, 3500])
    expect(period).toEqual({ values: [["10"], ["20", "30"], []], fired: { times_triggered: 3, ever_triggered: true } })
    expect(over(alert, [1200], { ...period.fired, times_triggered: 0 }).values).toEqual([["10"]])
  })
})
