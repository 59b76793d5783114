/** Analytics with figures worked out by hand, on both engines (billing 23). */
import { Effect } from "effect"
import { expect, test } from "vitest"
import { Organizations } from "../../src/accounts/index.js"
import { Wallets } from "../../src/credits/index.js"
import { CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { Ledger } from "../../src/ledger/index.js"
import { movementOf } from "../../src/operations/analytics/figures.js"
import { Analytics, type AnalyticsShape } from "../../src/operations/index.js"
import { Payments } from "../../src/payments/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const reading =
  (tenant: Tenant) =>
  <A, E, R>(read: (analytics: AnalyticsShape) => Effect.Effect<A, E, R>) =>
    tenant.run(Effect.flatMap(Analytics, read) as Effect.Effect<A, E, never>)

const none = { new_cents: 0n, reactivation_cents: 0n, expansion_cents: 0n, contraction_cents: 0n, churn_cents: 0n }

describeBilling("analytics", (host) => {
  test("recurring revenue, and how it moved from month to month", async () => {
    const tenant = await host.tenant()
    const read = reading(tenant)
    const terminate = (external_id: string) => tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id })))
    const pause = (external_id: string) => tenant.run(Effect.flatMap(Subscriptions, (service) => service.pause({ external_id })))
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "month", amount_cents: 3000n })
    await tenant.plan({ code: "year", amount_cents: 12000n, interval: "yearly" })
    await tenant.plan({ code: "week", amount_cents: 1000n, interval: "weekly" })
    await tenant.plan({ code: "big", amount_cents: 5000n })
    await tenant.plan({ code: "trial", amount_cents: 700n, trial_period_days: 60 })
    for (const external_id of ["d", "e", "f"]) await tenant.customer({ external_id, name: external_id })
    await tenant.subscribe("s1", "month")
    await tenant.subscribe("s2", "year", { external_customer_id: "d" })
    await tenant.subscribe("s3", "trial", { external_customer_id: "f" })
    tenant.at("2025-01-15T00:00:00Z")
    // 3,000 monthly and 12,000 yearly; a trial does not count.
    expect(await read((all) => all.mrr())).toEqual([{ currency: "EUR", mrr_cents: 4000n }])
    await tenant.bill("2025-02-01T00:00:00Z")
    tenant.at("2025-02-10T00:00:00Z")
    await tenant.changePlan("s1", "big")
    await tenant.subscribe("s4", "week", { external_customer_id: "e" })
    tenant.at("2025-02-20T00:00:00Z")
    await terminate("s2")
    await tenant.bill("2025-03-01T00:00:00Z")
    // January began with nothing; in February 1,000 a week are 4,333 1/3 a month.
    expect(await read((all) => all.mrrMovement({ from_date: "2025-01-01", to_date: "2025-01-31" }))).toEqual([
      { currency: "EUR", opening_cents: 0n, ...none, new_cents: 4000n, closing_cents: 4000n }
    ])
    expect(await read((all) => all.mrrMovement({ from_date: "2025-02-01", to_date: "2025-02-28" }))).toEqual([
      { currency: "EUR", opening_cents: 4000n, ...none, new_cents: 4333n, expansion_cents: 2000n, churn_cents: 1000n, closing_cents: 9333n }
    ])
    expect(await read((all) => all.customers({ from_date: "2025-02-01", to_date: "2025-02-28" }))).toEqual({
      total: 4,
      new: 0,
      active: 3,
      churned: 1,
      // One of c, d and f.
      churn_rate: "33.3"
    })

    tenant.at("2025-03-05T00:00:00Z")
    await pause("s4")
    tenant.at("2025-03-06T00:00:00Z")
    await tenant.subscribe("s5", "month", { external_customer_id: "d" })
    await tenant.changePlan("s1", "month")
    await tenant.bill("2025-04-01T00:00:00Z")
    expect(await read((all) => all.mrrMovement({ from_date: "2025-03-01", to_date: "2025-03-31" }))).toEqual([
      {
        currency: "EUR",
        opening_cents: 9333n,
        ...none,
        new_cents: 700n,
        reactivation_cents: 3000n,
        churn_cents: 4333n,
        closing_cents: 8700n
      }
    ])
    tenant.at("2025-04-02T00:00:00Z")
    // The month that runs, up to now.
    expect(await read((all) => all.mrrMovement())).toEqual([
      { currency: "EUR", opening_cents: 8700n, ...none, contraction_cents: 2000n, closing_cents: 6700n }
    ])
    expect(await read((all) => all.subscriptions({ from_date: "2025-02-01", to_date: "2025-03-31" }))).toMatchObject({
      by_status: { active: 3, paused: 1, terminated: 1 },
      new: 2,
      on_trial: 0
    })
    const [, statements] = await tenant.run(countStatements(Effect.flatMap(Analytics, (all) => all.mrr())))
    expect(statements).toBe(1)
    // Another organization has nothing of it.
    expect(await reading(await host.tenant())((all) => all.mrr())).toEqual([])
  })

  test("what was invoiced, credited, collected and is due, by months of the organization's zone", async () => {
    const tenant = await host.tenant()
    const read = reading(tenant)
    await tenant.run(Effect.flatMap(Organizations, (organizations) => organizations.update({ timezone: "Europe/Berlin" })))
    await tenant.metric("calls", { aggregation_type: "count" })
    const sell = (unit_amount_cents: string) =>
      tenant.run(
        Effect.flatMap(Invoices, (invoices) =>
          invoices.oneOff({ external_customer_id: "c", lines: [{ description: "Setup", unit_amount_cents }] })
        )
      )
    tenant.at("2025-01-15T00:00:00Z")
    const first = await sell("10000")
    await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 3 })
    // Half past midnight of February in Berlin.
    tenant.at("2025-01-31T23:30:00Z")
    const second = await sell("12000")
    tenant.at("2025-02-04T00:00:00Z")
    await tenant.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: first.invoice.id })))
    tenant.at("2025-02-20T00:00:00Z")
    await tenant.run(
      Effect.gen(function* () {
        const notes = yield* CreditNotes
        const { note } = yield* notes.create({
          invoice_id: second.invoice.id,
          credit_note_type: "offset",
          items: [{ fee_id: second.fees[0]!.id, amount_cents: 2000n }]
        })
        yield* notes.finalize(note.id)
      })
    )
    const open = { currency: "EUR", outstanding_cents: 10000n, outstanding_invoices: 1 }
    // Due on 2 March, of which nothing is late.
    tenant.at("2025-03-02T23:59:59Z")
    expect(await read((all) => all.receivables())).toEqual([{ ...open, overdue_cents: 0n, overdue_invoices: 0 }])
    tenant.at("2025-03-03T00:00:00Z")
    expect(await read((all) => all.receivables())).toEqual([{ ...open, overdue_cents: 10000n, overdue_invoices: 1 }])
    tenant.at("2025-03-10T00:00:00Z")
    const january = { currency: "EUR", invoiced_cents: 10000n, credited_cents: 0n, net_revenue_cents: 10000n, collected_cents: 0n }
    const february = { currency: "EUR", invoiced_cents: 12000n, credited_cents: 2000n, net_revenue_cents: 10000n, collected_cents: 10000n }
    expect(await read((all) => all.revenue({ from_date: "2025-01-01", to_date: "2025-01-31" }))).toEqual([
      { ...january, collection_rate: "0.0", average_days_to_payment: null }
    ])
    expect(await read((all) => all.revenueSeries({ count: 3 }))).toEqual([
      { ...january, first_day: "2025-01-01", collection_rate: "0.0", average_days_to_payment: null, trend: null },
      // From 15 January to 4 February; 12,000 after 10,000.
      { ...february, first_day: "2025-02-01", collection_rate: "83.3", average_days_to_payment: "20.0", trend: "20.0" },
      {
        currency: "EUR",
        first_day: "2025-03-01",
        invoiced_cents: 0n,
        credited_cents: 0n,
        net_revenue_cents: 0n,
        collected_cents: 0n,
        collection_rate: null,
        average_days_to_payment: null,
        trend: "-100.0"
      }
    ])
    expect((await read((all) => all.revenueSeries({ by: "day", count: 40 }))).filter((day) => day.invoiced_cents > 0n)).toMatchObject([
      { first_day: "2025-02-01", invoiced_cents: 12000n }
    ])
    expect(await read((all) => all.receivables())).toEqual([{ ...open, overdue_cents: 10000n, overdue_invoices: 1 }])
    const both = { from_date: "2025-01-01", to_date: "2025-02-28" }
    expect(await read((all) => all.topCustomers(both))).toEqual([{ currency: "EUR", key: "c", amount_cents: 22000n }])
    expect(await read((all) => all.revenueByType(both))).toEqual([{ currency: "EUR", key: "add_on", amount_cents: 22000n }])
    expect(await read((all) => all.revenueByPlan(both))).toEqual([{ currency: "EUR", key: null, amount_cents: 22000n }])
    expect(await read((all) => all.topMetricsByEvents(both))).toEqual([{ code: "calls", events: 3 }])
    expect(await read((all) => all.topMetricsByAmount(both))).toEqual([])
    expect(
      await tenant.fail(Effect.flatMap(Analytics, (all) => all.revenue({ from_date: "2025-02-01", to_date: "2025-01-01" })))
    ).toMatchObject({
      _tag: "InvalidInput",
      field: "from_date"
    })
  })

  test("payments by hand count on the day that they carry; what comes back of bought credits was never invoiced", async () => {
    const tenant = await host.tenant()
    const read = reading(tenant)
    tenant.at("2025-01-20T00:00:00Z")
    const bought = await tenant.run(
      Effect.gen(function* () {
        const wallets = yield* Wallets
        const { id } = yield* wallets.create({ external_customer_id: "c", code: "w", rate_amount: "100" })
        return yield* wallets.topUp({ id }, { credits: "40", kind: "purchased" })
      })
    )
    tenant.at("2025-02-03T00:00:00Z")
    const invoice_id = bought.invoice_id!
    await tenant.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id, paid_at: "2025-01-31T12:00:00Z" })))
    await tenant.run(
      Effect.gen(function* () {
        const { fees } = yield* Effect.flatMap(Invoices, (invoices) => invoices.get(invoice_id))
        const items = [{ fee_id: fees[0]!.id, amount_cents: 1500n }]
        yield* Effect.flatMap(CreditNotes, (notes) => notes.issue({ invoice_id, credit_note_type: "refund", items }))
      })
    )
    const nothing = { invoiced_cents: 0n, credited_cents: 0n, net_revenue_cents: 0n }
    expect(await read((all) => all.revenue({ from_date: "2025-01-01", to_date: "9999-12-31" }))).toHaveLength(1)
    expect(await read((all) => all.revenue({ from_date: "2025-01-01", to_date: "2025-01-31" }))).toMatchObject([
      { ...nothing, collected_cents: 4000n }
    ])
    // As cash has it in the books.
    const at = "2025-02-01T00:00:00Z"
    const cash = await tenant.run(Effect.flatMap(Ledger, (ledger) => ledger.balance({ account: "cash", at })))
    expect(cash).toMatchObject([{ balance_cents: 4000n }])
    expect(await read((all) => all.revenue())).toEqual([])
  })
})

test("rounded movements add up to what they lead to", () => {
  // A third of a cent each: 4 twelfths.
  const moved = movementOf({ currency: "EUR", opening: 4n, new: 4n, reactivation: 4n, expansion: 4n, contraction: 8n, churn: 4n })
  const { closing_cents, opening_cents } = moved
  expect(
    opening_cents + moved.new_cents + moved.reactivation_cents + moved.expansion_cents - moved.contraction_cents - moved.churn_cents
  ).toBe(closing_cents)
  expect(closing_cents).toBe(0n)
})
