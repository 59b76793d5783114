/** The law of progressive billing on both engines: whatever thresholds there are, usage costs what it costs without them. */
import { DateTime, Effect } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { UsageThresholds } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const START = DateTime.unsafeMake("2026-01-01T00:00:00Z")

type Step =
  | { readonly op: "kwh"; readonly value: number; readonly kind: "ac" | "dc" | null; readonly back: number }
  | { readonly op: "seats"; readonly value: number; readonly back: number }
  | { readonly op: "calls"; readonly count: number; readonly back: number }
  | { readonly op: "bill" }
  | { readonly op: "finalize" }
  | { readonly op: "upgrade" }

interface Timed {
  readonly hours: number
  readonly step: Step
}

interface Case {
  readonly grace: number
  readonly thresholds: ReadonlyArray<{ readonly amount_cents: string; readonly recurring: boolean }>
  readonly steps: ReadonlyArray<Timed>
}

/** Days that an event lies back: sometimes in a window that is closed. */
const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("kwh" as const),
      value: fc.integer({ min: 0, max: 4000 }),
      kind: fc.constantFrom("ac" as const, "dc" as const, null),
      back
    })
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("seats" as const), value: fc.integer({ min: 0, max: 12 }), back }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("calls" as const), count: fc.integer({ min: 1, max: 30 }), back }) },
  { weight: 3, arbitrary: fc.constant({ op: "bill" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "finalize" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "upgrade" as const }) }
)

const cases: fc.Arbitrary<Case> = fc.record({
  grace: fc.constantFrom(0, 0, 3),
  thresholds: fc.uniqueArray(fc.record({ amount_cents: fc.integer({ min: 1, max: 4000 }).map(String), recurring: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
    selector: ({ amount_cents, recurring }) => `${amount_cents} ${recurring}`
  }),
  steps: fc.array(fc.record({ hours: fc.integer({ min: 0, max: 400 }), step }), { minLength: 1, maxLength: 14 })
})

describeBilling("progressive billing", (host) => {
  const perform = async (tenant: Tenant, { step, at }: { readonly step: Step; readonly at: DateTime.Utc }) => {
    const now = DateTime.formatIso(at)
    tenant.at(now)
    if (step.op === "bill") {
      expect((await tenant.bill(now)).failures).toEqual([])
    } else if (step.op === "finalize") {
      expect((await tenant.finalizeDue(now)).failures).toEqual([])
    } else if (step.op === "upgrade") {
      await tenant.run(
        Effect.flatMap(Subscriptions, (service) =>
          Effect.catchTag(service.changePlan({ external_id: "s" }, { plan_code: "up" }), "SamePlan", () => Effect.void)
        )
      )
    } else {
      const timestamp = DateTime.formatIso(DateTime.subtract(at, { days: step.back }))
      if (step.op === "kwh") await tenant.ingest("kwh", timestamp, { properties: { kwh: `${step.value / 100}`, kind: step.kind } })
      if (step.op === "seats") await tenant.ingest("seats", timestamp, { properties: { seats: `${step.value}` } })
      if (step.op === "calls") await tenant.ingest("calls", timestamp, { count: step.count })
    }
  }

  /** A tenant after the steps and two more billed periods, drafts finalized, late usage corrected. */
  const live = async ({ grace, steps, thresholds }: Case) => {
    const tenant = await host.tenant({ grace })
    tenant.at(DateTime.formatIso(START))
    await tenant.tax("vat", "0.19")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh", filters: [{ key: "kind", values: ["ac", "dc"] }] })
    await tenant.metric("seats", { aggregation_type: "latest", field_name: "seats", recurring: true })
    await tenant.metric("calls", { aggregation_type: "count" })
    const plan = (code: string, factor: number, amount_cents: string) =>
      tenant.plan({
        code,
        amount_cents,
        charges: [
          {
            metric_code: "kwh",
            charge_model: "standard",
            properties: { amount: `${0.013 * factor}` },
            filters: [{ values: { kind: "dc" }, properties: { amount: "0.3337" } }]
          },
          { metric_code: "seats", charge_model: "standard", properties: { amount: `${2 * factor}` }, min_amount_cents: "500" },
          { metric_code: "calls", charge_model: "package", properties: { amount: "1.5", package_size: "10", free_units: "5" } }
        ],
        commitment: { amount_cents: "900" }
      })
    await plan("p", 1, "310")
    await plan("up", 3, "900")
    await tenant.run(
      Effect.forEach(thresholds, (threshold) =>
        Effect.flatMap(UsageThresholds, (service) => service.create({ ...threshold, plan_code: "p" }))
      )
    )
    await tenant.subscribe("s", "p", { started_at: DateTime.formatIso(START) })
    let at = DateTime.add(START, { hours: 1 })
    for (const { hours, step } of steps) {
      at = DateTime.add(at, { hours })
      await perform(tenant, { step, at })
    }
    for (let rest = 0; rest < 3; rest++) {
      at = DateTime.add(at, { days: 32 })
      await perform(tenant, { step: { op: "bill" }, at })
      at = DateTime.add(at, { days: 5 })
      await perform(tenant, { step: { op: "finalize" }, at })
    }
    return tenant
  }

  /** What each charge and filter came to over all documents: billed less given back, before coupons and taxes. */
  const paid = async (tenant: Tenant) => {
    const names = new Map<string, string>()
    const sums = new Map<string, bigint>()
    const add = (key: string, cents: bigint) => sums.set(key, (sums.get(key) ?? 0n) + cents)
    for (const { fees } of await tenant.invoices()) {
      for (const fee of fees) {
        const key = `${fee.fee_type} ${fee.metric_code} ${JSON.stringify(fee.properties.filter ?? null)} ${fee.properties.reason === "minimum"}`
        names.set(fee.id, key)
        add(key, fee.amount_cents - fee.progressive_billing_credit_amount_cents)
      }
    }
    for (const { items } of await tenant.notes()) for (const item of items) add(names.get(item.fee_id)!, -item.amount_cents)
    return Object.fromEntries([...sums].filter(([, cents]) => cents !== 0n).sort())
  }

  it("costs what the same usage costs without thresholds, and leaves nothing for the doctor", { timeout: 240_000 }, async () => {
    let crossed = 0
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const [tenant, plain] = [await live(given), await live({ ...given, thresholds: [] })]
        crossed += (await tenant.invoices()).filter(({ invoice }) => invoice.invoice_type === "progressive_billing").length
        expect(await paid(tenant)).toEqual(await paid(plain))
        expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
      }),
      { numRuns: Number(process.env.PROGRESSIVE_RUNS ?? 6) }
    )
    expect(crossed).toBeGreaterThan(0)
  })
})
