import { Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Billing } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

describeBilling("a batch of the runs", (host) => {
  /** Subscriptions of all sorts, with usage, due on 1 March. */
  const open = async (count: number) => {
    const tenant = await host.tenant({ grace: 3 })
    tenant.at("2025-02-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
    const calls = { metric_code: "calls", charge_model: "standard" as const, properties: { amount: "0.07" } }
    const seats = {
      metric_code: "seats",
      charge_model: "package" as const,
      properties: { amount: "5", package_size: "2", free_units: "0" }
    }
    await tenant.plan({ code: "small", amount_cents: "1000", charges: [calls] })
    await tenant.plan({ code: "large", amount_cents: "5000", charges: [calls, seats], commitment: { amount_cents: "9000" } })
    await tenant.plan({ code: "weekly", amount_cents: "300", interval: "weekly", charges: [] })
    await tenant.plan({ code: "yearly", amount_cents: "36000", interval: "yearly", charges: [seats] })
    const plans = ["small", "large", "weekly", "yearly"]
    await tenant.run(
      Effect.gen(function* () {
        const [customers, events, subscriptions] = [yield* Customers, yield* Events, yield* Subscriptions]
        for (let n = 0; n < count; n++) {
          const ids = { external_customer_id: `c${n}`, external_subscription_id: `s${n}` }
          yield* customers.create({ external_id: `c${n}`, name: "C" })
          yield* subscriptions.create({
            external_id: `s${n}`,
            external_customer_id: `c${n}`,
            plan_code: plans[n % 4]!,
            pay_in_advance: n % 3 === 0,
            billing_time: n % 4 === 3 ? "anniversary" : "calendar",
            trial_period_days: n % 5 === 0 ? 10 : 0
          })
          yield* events.ingest([
            { ...ids, transaction_id: `c${n}`, code: "calls", timestamp: "2025-02-10T00:00:00Z" },
            { ...ids, transaction_id: `s${n}`, code: "seats", timestamp: "2025-02-12T00:00:00Z", properties: { n: "3" } }
          ])
        }
      })
    )
    return tenant
  }

  it("take as many statements for a hundred subscriptions of mixed plans as for ten", { timeout: 120_000 }, async () => {
    const counts = async (subscriptions: number) => {
      const tenant = await open(subscriptions)
      await tenant.bill("2025-02-20T00:00:00Z")
      // Of every kind of work one batch: what else there is was done before.
      tenant.at("2025-03-01T00:00:00Z")
      const [billed, billing] = await tenant.run(
        countStatements(Effect.flatMap(Billing, (service) => service.billDue({ batch_size: 5000 })))
      )
      tenant.at("2025-03-10T00:00:00Z")
      const [finalized, finalizing] = await tenant.run(
        countStatements(Effect.flatMap(Billing, (service) => service.finalizeDue({ batch_size: 5000 })))
      )
      return { billing, finalizing, invoices: billed.invoices, issued: finalized.issued }
    }
    const few = await counts(10)
    const many = await counts(100)
    expect(many.invoices).toBeGreaterThan(5 * few.invoices)
    expect(many.issued).toBeGreaterThan(5 * few.issued)
    expect(many.billing).toBe(few.billing)
    expect(many.finalizing).toBe(few.finalizing)
  })
})
