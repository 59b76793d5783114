/** What a call costs follows from bounds of what it may say: lists and texts beyond them are refused before anything looks through them. */
import { Effect, type Schema } from "effect"
import { describe, expect, it } from "vitest"
import { CreatePlan } from "../../src/catalog/plan-input.js"
import { SimulatePlan } from "../../src/catalog/simulation.js"
import { decodeInput, type InvalidInput, Text } from "../../src/core/index.js"
import { CreateWallet } from "../../src/credits/wallets/inputs.js"
import { OneOff } from "../../src/invoicing/sales/one-off.js"
import { CreateMetric } from "../../src/metering/metric-input.js"

const many = <A>(count: number, item: A): Array<A> => new Array<A>(count).fill(item)
const refusal = <A, I>(schema: Schema.Schema<A, I>, input: unknown): InvalidInput => Effect.runSync(Effect.flip(decodeInput(schema)(input)))

const metric = { code: "m", name: "M", aggregation_type: "count" }
const plan = { code: "p", name: "P", interval: "monthly" }
const line = { description: "x", unit_amount_cents: "1" }

describe("lists", () => {
  it.each([
    ["charges", CreatePlan, { ...plan, charges: many(1001, { metric_code: "m" }) }],
    ["charges[0].filters", CreatePlan, { ...plan, charges: [{ metric_code: "m", filters: many(1001, { values: { k: ["v"] } }) }] }],
    ["filters", CreateMetric, { ...metric, filters: Array.from({ length: 101 }, (_, n) => ({ key: `k${n}`, values: ["v"] })) }],
    ["filters[0].values", CreateMetric, { ...metric, filters: [{ key: "k", values: Array.from({ length: 10_001 }, (_, n) => `v${n}`) }] }],
    ["rules", CreateWallet, { external_customer_id: "c", code: "w", rules: many(101, {}) }],
    ["charges", SimulatePlan, { charges: many(10_001, { units: "1" }) }],
    ["lines[0].tax_codes", OneOff, { external_customer_id: "c", lines: [{ ...line, tax_codes: many(51, "t") }] }]
  ] as ReadonlyArray<readonly [string, Schema.Schema<unknown>, unknown]>)("of %s end", (field, schema, input) => {
    expect(refusal(schema, input)).toMatchObject({ field, reason: expect.stringMatching(/^expected at most \d+ items$/) })
  })
})

describe("texts", () => {
  it("of megabytes are refused at a glance", () => {
    const huge = "\u{1f600}".repeat(10_000_000)
    const before = performance.now()
    expect(refusal(Text.name(255), huge).reason).toBe("expected at most 255 characters")
    expect(performance.now() - before).toBeLessThan(50)
    expect(Effect.runSync(decodeInput(Text.name(3))("\u{1f600}".repeat(3)))).toHaveLength(6)
  })

  it("that hold a long number are not repeated by what refuses them", () => {
    for (const [field, value] of [
      ["interval", "4242 4242 4242 4242"],
      ["name", 4242424242424242]
    ] as const) {
      expect(refusal(CreatePlan, { ...plan, [field]: value })).toMatchObject({ field, reason: expect.not.stringContaining("4242") })
    }
  })
})
