/** Who owns the events that name no subscription (P10). */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { instant } from "../../src/core/index.js"
import { ownedStretches, type Sibling } from "../../src/rating/index.js"

const DAY = 86_400_000

/** Days from and to, and the metrics that the plan prices then. */
type Lived = readonly [from: number, to: number | null, ...metrics: Array<string>]

const sibling = (subscription_id: string, ...stretches: ReadonlyArray<Lived>): Sibling => ({
  subscription_id,
  stretches: stretches.map(([from, to, ...metrics]) => ({
    from: instant(from * DAY),
    to: to === null ? null : instant(to * DAY),
    metric_ids: new Set(metrics)
  }))
})

const days = (siblings: ReadonlyArray<Sibling>, id: string, metric: string) =>
  ownedStretches(siblings, id, metric).map(({ from, to }) => [from / DAY, to / DAY > 1_000_000 ? null : to / DAY])

describe("events that name no subscription", () => {
  it("belong to a customer's only one from its start on", () => {
    expect(days([sibling("a", [10, null, "m"])], "a", "m")).toEqual([[10, null]])
  })

  it("go to the oldest whose plan prices the metric, and to the next while it does not", () => {
    const all = [sibling("a", [0, 10, "m"], [10, 20, "other"], [20, 30, "m", "other"]), sibling("b", [5, null, "m", "other"])]
    expect(days(all, "a", "m")).toEqual([
      [0, 10],
      [20, 30]
    ])
    expect(days(all, "b", "m")).toEqual([
      [10, 20],
      [30, null]
    ])
    expect(days(all, "a", "other")).toEqual([[10, 30]])
    expect(days(all, "b", "other")).toEqual([
      [5, 10],
      [30, null]
    ])
    expect(days(all, "b", "nothing")).toEqual([])
  })

  it("have one owner at each moment at which anybody prices the metric, and no owner else", () => {
    const stretch = fc.tuple(fc.nat(40), fc.nat(20), fc.boolean())
    fc.assert(
      fc.property(fc.array(fc.array(stretch, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), (drawn) => {
        const all = drawn.map((own, index) => {
          let start = 0
          const stretches = own.map(([gap, length, prices]) => {
            const from = start + (gap % 7)
            start = from + length
            return [from, start, ...(prices ? ["m"] : [])] as const satisfies Lived
          })
          return sibling(`s${index}`, ...stretches)
        })
        const owned = all.map(({ subscription_id }) => ownedStretches(all, subscription_id, "m"))
        for (let day = 0; day < 120; day++) {
          const at = day * DAY
          const holds = ({ from, to }: { readonly from: number; readonly to: number }) => from <= at && at < to
          const first = all.findIndex(({ stretches }) =>
            stretches.some((each) => each.metric_ids.has("m") && holds({ from: each.from.epochMillis, to: each.to!.epochMillis }))
          )
          expect(owned.flatMap((stretches, index) => (stretches.some(holds) ? [index] : []))).toEqual(first < 0 ? [] : [first])
        }
      }),
      { numRuns: 200 }
    )
  })
})
