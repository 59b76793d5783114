/** Reads of usage take as many statements for much as for little: charges, filters, groups, events, periods (both engines). */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Events } from "../../src/metering/index.js"
import { Usage } from "../../src/usage/index.js"
import { describeBilling } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

interface Size {
  /** Metrics of each kind, with a charge each. */
  readonly metrics: number
  readonly events: number
  readonly groups: number
  /** Ended periods. */
  readonly periods: number
}

describeBilling("reads of usage", (host) => {
  const SUM = { aggregation_type: "sum", field_name: "units", filters: [{ key: "region", values: ["eu", "us"] }] } as const

  const open = async ({ events, groups, metrics, periods }: Size) => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const codes = Array.from({ length: metrics }, (_, n) => String(n))
    for (const n of codes) {
      await tenant.metric(`sum${n}`, SUM)
      await tenant.metric(`items${n}`, { aggregation_type: "unique_count", field_name: "item", recurring: true })
      await tenant.metric(`early${n}`, SUM)
    }
    await tenant.plan({
      code: "p",
      amount_cents: "100",
      charges: codes.flatMap((n) => [
        {
          metric_code: `sum${n}`,
          charge_model: "standard",
          properties: { amount: "1", pricing_group_keys: ["team"] },
          filters: [{ values: { region: "eu" }, properties: { amount: "2" } }]
        },
        { metric_code: `items${n}`, charge_model: "standard", properties: { amount: "3" } },
        { metric_code: `early${n}`, charge_model: "standard", properties: { amount: "1" }, pay_in_advance: true }
      ])
    })
    await tenant.subscribe("s", "p", { started_at: "2025-01-01T00:00:00Z" })
    const months = Array.from({ length: periods + 1 }, (_, n) => String(n + 1).padStart(2, "0"))
    const sent = months.flatMap((month) =>
      ["sum", "items", "early"].flatMap((kind) =>
        codes.flatMap((n) =>
          Array.from({ length: events }, (_, event) => ({
            transaction_id: `${month} ${kind} ${n} ${event}`,
            external_customer_id: "c",
            external_subscription_id: "s",
            code: `${kind}${n}`,
            timestamp: `2025-${month}-${String(1 + (event % 20)).padStart(2, "0")}T10:00:00Z`,
            properties: { units: "1", item: `${event}`, team: `${event % groups}`, region: event % 2 === 0 ? "eu" : "us" }
          }))
        )
      )
    )
    await tenant.run(Effect.flatMap(Events, (service) => service.ingest(sent)))
    await tenant.bill(`2025-${months.at(-1)}-01T00:00:00Z`)
    tenant.at(`2025-${months.at(-1)}-25T12:00:00Z`)
    return tenant
  }

  const S = { external_id: "s" }
  const event = {
    external_subscription_id: "s",
    external_customer_id: "c",
    code: "sum0",
    properties: { units: "2", region: "eu", team: "0" }
  }
  const reads = {
    current: Effect.flatMap(Usage, (usage) => usage.current(S)),
    projected: Effect.flatMap(Usage, (usage) => usage.projected(S)),
    past: Effect.flatMap(Usage, (usage) => usage.past(S)),
    trend: Effect.flatMap(Usage, (usage) => usage.trend(S, { metric_code: "sum0" })),
    estimate: Effect.flatMap(Usage, (usage) => usage.estimate(event)),
    "instant estimate": Effect.flatMap(Usage, (usage) => usage.estimateInstant(event)),
    "hourly volume": Effect.flatMap(Events, (events) => events.volume({ from: "2025-01-01T00:00:00Z", to: "2025-01-31T00:00:00Z" }))
  }

  it("take as many statements for much as for little", async () => {
    const counts = async (size: Size) => {
      const tenant = await open(size)
      const found: Record<string, number> = {}
      for (const [name, read] of Object.entries(reads)) {
        const [, statements] = await tenant.run(countStatements(Effect.asVoid(read as typeof reads.current)))
        expect(statements, name).toBeGreaterThan(0)
        found[name] = statements
      }
      return found
    }
    const little = await counts({ metrics: 1, events: 2, groups: 1, periods: 1 })
    expect(await counts({ metrics: 3, events: 12, groups: 5, periods: 3 })).toEqual(little)
    // What stands around the subscription, with the terms; of the usage slots, events by groups, items; lines paid in advance.
    expect(little).toMatchObject({ current: 5, projected: 5 })
  }, 120_000)

  it("the current usage of a plan with nothing special takes two", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-10T00:00:00Z")
    await tenant.metric("energy", { aggregation_type: "sum", field_name: "kwh" })
    await tenant.plan({ code: "p", charges: [{ metric_code: "energy", charge_model: "standard", properties: { amount: "1" } }] })
    await tenant.subscribe("s", "p", { started_at: "2025-01-01T00:00:00Z" })
    const [, statements] = await tenant.run(countStatements(reads.current))
    expect(statements).toBe(2)
  })
})
