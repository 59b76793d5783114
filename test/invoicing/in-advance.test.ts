import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Invoices } from "../../src/invoicing/index.js"
import { type EventInput, Events } from "../../src/metering/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { Usage } from "../../src/usage/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const standard = (amount: string) => ({ charge_model: "standard", properties: { amount } }) as const
const tiers = {
  charge_model: "graduated",
  properties: {
    graduated_ranges: [
      { from_value: "0", to_value: "10", per_unit_amount: "1", flat_amount: "5" },
      { from_value: "10", to_value: null, per_unit_amount: "0.5", flat_amount: "2" }
    ]
  }
} as const

describeBilling("charges paid in advance", (host) => {
  const open = async (options: Parameters<typeof host.tenant>[0] = {}, at = "2025-01-01T00:00:00Z") => {
    const tenant = await host.tenant(options)
    tenant.at(at)
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.metric("units", { aggregation_type: "sum", field_name: "n" })
    await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
    await tenant.metric("users", {
      aggregation_type: "unique_count",
      field_name: "user",
      recurring: true,
      filters: [{ key: "region", values: ["eu", "us"] }]
    })
    return tenant
  }

  const at = async (tenant: Tenant, time: string, code: string, properties: Readonly<Record<string, unknown>> = {}, timestamp = time) => {
    tenant.at(time)
    await tenant.ingest(code, timestamp, { properties })
  }

  /** Period, units and amount of every fee, document by document. */
  const fees = async (tenant: Tenant) =>
    (await tenant.invoices()).map(({ fees, invoice }) => [
      invoice.status,
      ...fees.map(
        (fee) =>
          `${fee.properties.in_advance ?? fee.properties.reason ?? fee.fee_type} ${fee.period_start!.pipe((from) => new Date(from.epochMillis).toISOString().slice(5, 10))} ${fee.units} ${fee.amount_cents}`
      )
    ])
  const amounts = async (tenant: Tenant) => (await tenant.invoices()).map(({ invoice }) => invoice.total_cents)

  const healthy = async (tenant: Tenant) =>
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])

  const batch = (tenant: Tenant, events: ReadonlyArray<Partial<EventInput>>, options = {}) =>
    tenant.run(
      Effect.flatMap(Events, (service) =>
        service.ingest(
          events.map((event, index) => ({
            transaction_id: `b${index}`,
            external_customer_id: "c",
            code: "units",
            timestamp: "2025-01-10T00:00:00Z",
            ...event
          })),
          options
        )
      )
    )

  it("bills the events of a batch one by one, in their order, duplicates once", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "units", ...tiers, pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    const events = [
      { transaction_id: "1", properties: { n: 8 } },
      { transaction_id: "2", properties: { n: -4 } },
      { transaction_id: "3", properties: { n: 7 } },
      { transaction_id: "2", properties: { n: -4 } },
      { transaction_id: "4", properties: { n: "many" } }
    ]
    await batch(tenant, events)
    await batch(tenant, events, { mode: "valid" })
    // 8 + 5; nothing; levels 8, 4, 11: 2 more at 1 and 1 at 0.50 with its flat amount.
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 8 1300"],
      ["finalized", "event 01-01 3 450"]
    ])
    await tenant.bill("2025-02-01T00:00:00Z")
    expect((await tenant.invoices()).length).toBe(2)
    await healthy(tenant)
  })

  it("bills nothing of a batch that is refused", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "units", ...standard("1"), pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    await batch(tenant, [{ properties: { n: 1 } }])
    const refused = await tenant.fail(
      Effect.flatMap(Events, (service) =>
        service.ingest([
          { transaction_id: "new", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: 1 } },
          { transaction_id: "b0", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: 2 } }
        ])
      )
    )
    expect(refused._tag).toBe("EventBatchRejected")
    expect(await amounts(tenant)).toEqual([100n])
  })

  it("refuses an event whose price no document holds, by name, stores nothing of it and bills the others", async () => {
    const tenant = await open()
    const in_advance = { pay_in_advance: true }
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "units", ...tiers, ...in_advance },
        { metric_code: "seats", charge_model: "dynamic", properties: {}, ...in_advance },
        { metric_code: "calls", ...standard("60000000000000"), ...in_advance }
      ]
    })
    await tenant.subscribe("s", "p")
    const huge = `1${"0".repeat(30)}`
    const events = [
      { transaction_id: "1", properties: { n: 8 } },
      { transaction_id: "2", properties: { n: huge } },
      { transaction_id: "3", properties: { n: 7 } },
      { transaction_id: "4", code: "seats", properties: { n: 1 }, precise_total_amount_cents: huge },
      { transaction_id: "5", code: "seats", properties: { n: 1, unit_price: huge, quantity: 1 } },
      { transaction_id: "6", code: "calls" },
      // The second one makes more than its period can hold.
      { transaction_id: "7", code: "calls" },
      { transaction_id: "8", code: "unheard-of" }
    ]
    const found = await batch(tenant, events, { mode: "valid" })
    const fields = found.refused.map(({ error, ...event }) => [
      event.index,
      event.transaction_id,
      "field" in error ? error.field : error._tag
    ])
    expect(fields).toEqual([
      [1, "2", "properties.n"],
      [3, "4", "precise_total_amount_cents"],
      [4, "5", "properties.unit_price"],
      [6, "7", "code"],
      [7, "8", "MetricNotFound"]
    ])
    expect(found.accepted).toBe(3)
    expect(found.refused[0]!.error.message).toBe(
      "properties.n: what is billed of units in its period comes to more than 10000000000000000 minor units"
    )
    const ingest = (one: Partial<EventInput>) =>
      Effect.flatMap(Events, (service) =>
        service.ingestOne({ transaction_id: "2", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", ...one })
      )
    const refused = await tenant.fail(ingest({ properties: { n: huge } }))
    expect(refused).toMatchObject({ _tag: "InvalidInput", field: "properties.n" })
    // All or nothing, each of them named: also who is known with other content.
    const all = await tenant.fail(
      Effect.flatMap(Events, (service) =>
        service.ingest([
          { transaction_id: "9", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: 1 } },
          { transaction_id: "2", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: huge } },
          { transaction_id: "1", external_customer_id: "c", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: 9 } }
        ])
      )
    )
    expect(all._tag === "EventBatchRejected" && all.items.map(({ error, index }) => [index, error._tag])).toEqual([
      [1, "InvalidInput"],
      [2, "TransactionConflict"]
    ])
    expect((await tenant.run(ingest({ properties: { n: 1 } }))).status).toBe("ingested")
    expect(await amounts(tenant)).toEqual([1300n, 650n, 6_000_000_000_000_000n, 50n])
    const estimate = Effect.flatMap(Usage, (usage) =>
      usage.estimate({ external_subscription_id: "s", code: "units", timestamp: "2025-01-10T00:00:00Z", properties: { n: huge } })
    )
    expect(await tenant.fail(estimate)).toMatchObject({ _tag: "InvalidInput", field: "properties.n" })
    await healthy(tenant)
  })

  it("asks as many statements for a thousand events as for ten, and none more where no plan pays in advance", async () => {
    const statements = async (pay_in_advance: boolean, count: number) => {
      const tenant = await open()
      await tenant.plan({
        code: "p",
        charges: [
          { metric_code: "units", ...tiers, pay_in_advance },
          { metric_code: "users", ...standard("1"), pay_in_advance }
        ]
      })
      await tenant.subscribe("s", "p")
      const events = Array.from({ length: count }, (_, index) => ({
        transaction_id: `${index}`,
        external_customer_id: "c",
        code: index % 2 === 0 ? "units" : "users",
        timestamp: "2025-01-10T00:00:00Z",
        properties: { n: 1, user: `u${index % 7}` }
      }))
      const [, found] = await tenant.run(countStatements(Effect.flatMap(Events, (service) => service.ingest(events))))
      return found
    }
    const few = await statements(true, 10)
    expect(await statements(true, 1000)).toBe(few)
    expect(await statements(false, 10)).toBeLessThanOrEqual(10)
  })

  it("bills each event once where several come at the same time", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "units", ...tiers, pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    const one = (index: number) =>
      tenant.run(
        Effect.flatMap(Events, (service) =>
          service.ingest([
            {
              transaction_id: `${index % 10}`,
              external_customer_id: "c",
              code: "units",
              timestamp: "2025-01-10T00:00:00Z",
              properties: { n: 2 }
            }
          ])
        )
      )
    await Promise.all(Array.from({ length: 20 }, (_, index) => one(index)))
    const billed = await tenant.invoices()
    expect(billed.length).toBe(10)
    // 20 units: 5 + 10 + 2 + 5.
    expect(billed.reduce((sum, { invoice }) => sum + invoice.total_cents, 0n)).toBe(2200n)
    expect(billed.map(({ invoice }) => invoice.invoice_number).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, index) => `INV-${String(index + 1).padStart(4, "0")}`)
    )
    await healthy(tenant)
  })

  it("bills a late event at once in its own period, a draft of it or not, and corrects nothing", async () => {
    const tenant = await open({ grace: 3 })
    await tenant.plan({
      code: "p",
      amount_cents: "100",
      charges: [
        { metric_code: "units", ...tiers, pay_in_advance: true },
        { metric_code: "calls", ...standard("1") }
      ]
    })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-10T00:00:00Z", "units", { n: 9 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await at(tenant, "2025-02-02T00:00:00Z", "units", { n: 1 }, "2025-01-20T00:00:00Z")
    await tenant.finalizeDue("2025-02-04T00:00:00Z")
    await at(tenant, "2025-02-05T00:00:00Z", "units", { n: 2 }, "2025-01-20T00:00:00Z")
    await at(tenant, "2025-02-06T00:00:00Z", "units", { n: 1 })
    await tenant.bill("2025-03-01T00:00:00Z")
    await tenant.finalizeDue("2025-03-04T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 9 1400"],
      ["finalized", "subscription 01-01 1 100"],
      ["finalized", "event 01-01 1 100"],
      ["finalized", "event 01-01 2 300"],
      ["finalized", "event 02-01 1 600"],
      ["finalized", "subscription 02-01 1 100"]
    ])
    expect(await tenant.notes()).toEqual([])
    await healthy(tenant)
  })

  it("takes late seats into the level: the next one bills what the renewal could not know", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "seats", ...standard("10"), pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-10T00:00:00Z", "seats", { n: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await at(tenant, "2025-02-02T00:00:00Z", "seats", { n: 1 }, "2025-01-20T00:00:00Z")
    await at(tenant, "2025-02-03T00:00:00Z", "seats", { n: 1 })
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 2 2000"],
      ["finalized", "carried 02-01 2 2000"],
      ["finalized", "event 01-01 1 1000"],
      ["finalized", "event 02-01 2 2000"],
      ["finalized", "carried 03-01 4 4000"]
    ])
    await healthy(tenant)
  })

  it("counts users by filter and group, each with its own peak, removed and added again for nothing", async () => {
    const tenant = await open()
    await tenant.plan({
      code: "p",
      charges: [
        {
          metric_code: "users",
          charge_model: "standard",
          properties: { amount: "1", pricing_group_keys: ["team"] },
          pay_in_advance: true,
          filters: [{ values: { region: ["eu"] }, properties: { amount: "2", pricing_group_keys: [] } }]
        }
      ]
    })
    await tenant.subscribe("s", "p")
    await batch(
      tenant,
      (
        [
          ["a", "eu", "x", "add"],
          ["a", "eu", "y", "remove"],
          ["b", "eu", "y", "add"],
          ["a", "us", "x", "add"],
          ["a", null, "y", "add"],
          ["a", null, "y", "add"],
          ["b", "eu", "y", "remove"],
          ["b", "eu", "y", "add"],
          ["c", "eu", "y", "add"]
        ] as const
      ).map(([user, region, team, operation_type]) => ({ code: "users", properties: { user, region, team, operation_type } }))
    )
    await tenant.bill("2025-02-01T00:00:00Z")
    await at(tenant, "2025-02-02T00:00:00Z", "users", { user: "c", region: "eu" })
    await at(tenant, "2025-02-03T00:00:00Z", "users", { user: "d", region: "eu" })
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 1 200"],
      ["finalized", "event 01-01 1 100"],
      ["finalized", "event 01-01 1 100"],
      ["finalized", "event 01-01 1 200"],
      ["finalized", "carried 02-01 2 400", "carried 02-01 1 100", "carried 02-01 1 100"],
      ["finalized", "event 02-01 1 200"]
    ])
    const [, , group] = (await tenant.invoices())[4]!.fees
    expect(group!.properties.group).toEqual({ team: "y" })
    await healthy(tenant)
  })

  it("prorates seats by the days from their own to the last", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "seats", ...standard("31"), prorated: true, pay_in_advance: true }] })
    await tenant.plan({
      code: "q",
      amount_cents: "100",
      charges: [{ metric_code: "seats", ...standard("62"), prorated: true, pay_in_advance: true }]
    })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-22T10:00:00Z", "seats", { n: 2 })
    await at(tenant, "2025-01-25T10:00:00Z", "seats", { n: -1 })
    await tenant.bill("2025-02-01T00:00:00Z")
    tenant.at("2025-02-15T10:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "q" })))
    await at(tenant, "2025-02-22T10:00:00Z", "seats", { n: 1 })
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      // 10 of 31 days.
      ["finalized", "event 01-01 0.645161290322581 2000"],
      ["finalized", "carried 02-01 1 3100"],
      // 7 of 28 days.
      ["finalized", "event 02-15 0.25 1550"],
      ["finalized", "subscription 02-15 1 50", "carried 03-01 2 12400"]
    ])
    await healthy(tenant)
  })

  it("bills at a change of plan what the old plan did not bill in advance, and nothing that it did", async () => {
    const tenant = await open()
    await tenant.plan({ code: "arrears", charges: [{ metric_code: "seats", ...standard("10") }] })
    await tenant.plan({ code: "none", amount_cents: "1" })
    await tenant.plan({ code: "advance", amount_cents: "2", charges: [{ metric_code: "seats", ...standard("12"), pay_in_advance: true }] })
    const change = (plan_code: string) =>
      tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code })))
    await tenant.subscribe("s", "arrears")
    await at(tenant, "2025-01-05T00:00:00Z", "seats", { n: 3 })
    tenant.at("2025-01-16T00:00:00Z")
    await change("advance")
    await at(tenant, "2025-01-20T00:00:00Z", "seats", { n: 1 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "carried 01-16 3 3600"],
      ["finalized", "event 01-16 1 1200"],
      ["finalized", "subscription 01-16 1 1", "carried 02-01 4 4800"]
    ])
    await healthy(tenant)
  })

  it("bills in arrears, after a change from a plan that billed in advance, only what is added to it", async () => {
    const tenant = await open()
    const tiers = [
      { from_value: "0", to_value: "3", per_unit_amount: "10", flat_amount: "0" },
      { from_value: "3", to_value: null, per_unit_amount: "5", flat_amount: "0" }
    ]
    await tenant.plan({ code: "advance", charges: [{ metric_code: "seats", ...standard("12"), pay_in_advance: true }] })
    await tenant.plan({
      code: "arrears",
      amount_cents: "310",
      charges: [{ metric_code: "seats", charge_model: "graduated", properties: { graduated_ranges: tiers } }]
    })
    const change = (plan_code: string) =>
      tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code })))
    await tenant.subscribe("s", "advance")
    await at(tenant, "2025-01-05T00:00:00Z", "seats", { n: 3 })
    await at(tenant, "2025-01-06T00:00:00Z", "seats", { n: -1 })
    tenant.at("2025-01-16T00:00:00Z")
    await change("arrears")
    // Back to what was billed, and one more: the second tier's.
    await at(tenant, "2025-01-20T00:00:00Z", "seats", { n: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await at(tenant, "2025-02-05T00:00:00Z", "seats", { n: -3 })
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 3 3600"],
      ["finalized", "subscription 01-16 1 160", "charge 01-16 1 500"],
      ["finalized", "subscription 02-01 1 310", "charge 02-01 1 1000"]
    ])
    await healthy(tenant)
  })

  it("bills, when a plan in advance comes back within the period, only what was added meanwhile", async () => {
    const tenant = await open()
    const seats = (amount: string, pay_in_advance: boolean) => [
      { metric_code: "seats", ...standard(amount), prorated: true, pay_in_advance },
      { metric_code: "users", ...standard(amount), pay_in_advance }
    ]
    await tenant.plan({ code: "advance", charges: seats("31", true) })
    await tenant.plan({ code: "arrears", amount_cents: "310", charges: seats("62", false) })
    await tenant.plan({ code: "later", amount_cents: "620", charges: seats("93", true) })
    await tenant.subscribe("s", "advance")
    await at(tenant, "2025-01-01T09:00:00Z", "seats", { n: 2 })
    await at(tenant, "2025-01-02T09:00:00Z", "users", { user: "a" })
    tenant.at("2025-01-11T10:00:00Z")
    await tenant.changePlan("s", "arrears")
    await at(tenant, "2025-01-16T09:00:00Z", "seats", { n: 1 })
    await at(tenant, "2025-01-16T09:00:00Z", "users", { user: "b" })
    tenant.at("2025-01-22T10:00:00Z")
    await tenant.changePlan("s", "later")
    await at(tenant, "2025-01-27T09:00:00Z", "seats", { n: 1 })
    await at(tenant, "2025-01-28T09:00:00Z", "users", { user: "a", operation_type: "remove" })
    await at(tenant, "2025-01-29T09:00:00Z", "users", { user: "c" })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 2 6200"],
      ["finalized", "event 01-01 1 3100"],
      // The seat that came on the 16th: 6 of 31 days in arrears, 10 of 31 in advance; the user once, by the plan that stays.
      [
        "finalized",
        "subscription 01-11 1 110",
        "carried 01-22 0.32258064516129 3000",
        "carried 01-22 1 9300",
        "charge 01-11 0.193548387096774 1200"
      ],
      ["finalized", "event 01-22 0.161290322580645 1500"],
      ["finalized", "subscription 01-22 1 200", "carried 02-01 4 37200", "carried 02-01 2 18600"]
    ])
    await healthy(tenant)
  })

  it("goes on by kind where plans bill a metric in advance and in arrears", async () => {
    const tenant = await open()
    const both = (advance: string, arrears: string) => [
      { metric_code: "seats", ...standard(arrears) },
      { metric_code: "seats", ...standard(advance), pay_in_advance: true }
    ]
    await tenant.plan({ code: "p", charges: both("10", "1") })
    await tenant.plan({ code: "q", amount_cents: "31", charges: both("20", "2").toReversed() })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-05T00:00:00Z", "seats", { n: 3 })
    tenant.at("2025-01-16T00:00:00Z")
    await tenant.changePlan("s", "q")
    await at(tenant, "2025-01-20T00:00:00Z", "seats", { n: 1 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 3 3000"],
      ["finalized", "event 01-16 1 2000"],
      ["finalized", "subscription 01-16 1 16", "carried 02-01 4 8000", "charge 01-16 4 800"]
    ])
    await healthy(tenant)
  })

  it("leaves fees of charges that are not invoiceable without an invoice, taxed, and counts them", async () => {
    const tenant = await open()
    await tenant.tax("vat", "0.2")
    await tenant.plan({
      code: "p",
      charges: [{ metric_code: "seats", ...standard("10"), pay_in_advance: true, invoiceable: false }],
      commitment: { amount_cents: "5000" }
    })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-05T00:00:00Z", "seats", { n: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "commitment 01-01 1 3000"],
      ["finalized", "commitment 02-01 1 3000"]
    ])
    const past = await tenant.run(Effect.flatMap(Usage, (usage) => usage.past({ external_id: "s" }, { periods_count: 2 })))
    expect(past.map(({ charges }) => charges.map((charge) => [charge.units, charge.amount_cents]))).toEqual([
      [["2", 2000n]],
      [["2", 2000n]]
    ])
    expect(past[0]!.charges[0]!.lines[0]!.invoice_id).toBeNull()
    await healthy(tenant)
  })

  it("explains a fee without an invoice in the customer's zone", async () => {
    const tenant = await open({ customer: { timezone: "America/Los_Angeles" } })
    await tenant.plan({ code: "p", charges: [{ metric_code: "units", ...standard("10"), pay_in_advance: true, invoiceable: false }] })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-05T00:00:00Z", "units", { n: 2 })
    const [{ id }] = (await tenant.run(
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT id FROM fees WHERE organization_id = ${tenant.organization}`)
    )) as unknown as [{ id: string }]
    const { steps } = await tenant.run(Effect.flatMap(Invoices, (service) => service.explain(id)))
    // The month ends there at eight o'clock UTC of 1 February.
    expect(steps[0]).toBe("units, 2025-01-01 to 2025-01-31")
  })

  it("goes on through trial and pause, stops with the end, and leaves a skipped window alone", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", amount_cents: "3100", charges: [{ metric_code: "calls", ...standard("1"), pay_in_advance: true }] })
    await tenant.subscribe("s", "p", { trial_period_days: 10 })
    const command = (verb: "pause" | "resume") =>
      tenant.run(Effect.flatMap(Subscriptions, (service) => service[verb]({ external_id: "s" })))
    await at(tenant, "2025-01-05T00:00:00Z", "calls")
    tenant.at("2025-01-12T00:00:00Z")
    await command("pause")
    await at(tenant, "2025-01-13T00:00:00Z", "calls")
    tenant.at("2025-01-20T00:00:00Z")
    await command("resume")
    await tenant.run(
      Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id: "s" }, { on_termination_action: "generate_invoice" }))
    )
    await at(tenant, "2025-01-25T00:00:00Z", "calls")
    await at(tenant, "2025-01-25T00:00:00Z", "calls", {}, "2025-01-19T00:00:00Z")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 1 100"],
      ["finalized", "event 01-01 1 100"],
      ["finalized", "subscription 01-01 1 100"],
      ["finalized", "event 01-01 1 100"]
    ])
    tenant.at("2025-02-02T00:00:00Z")
    await tenant.subscribe("t", "p", { on_termination_action: "skip" })
    tenant.at("2025-02-10T00:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id: "t" })))
    await at(tenant, "2025-02-11T00:00:00Z", "calls", {}, "2025-02-05T00:00:00Z")
    expect((await tenant.invoices()).length).toBe(4)
    await healthy(tenant)
  })

  it("bills events that were there before their subscription, each in its window", async () => {
    const tenant = await open({}, "2025-03-10T00:00:00Z")
    await tenant.plan({
      code: "p",
      charges: [
        { metric_code: "seats", ...standard("10"), pay_in_advance: true },
        { metric_code: "calls", ...standard("1"), pay_in_advance: true }
      ]
    })
    await at(tenant, "2025-03-10T00:00:00Z", "seats", { n: 2 }, "2025-01-20T00:00:00Z")
    await at(tenant, "2025-03-10T00:00:00Z", "seats", { n: 1 }, "2025-02-20T00:00:00Z")
    await at(tenant, "2025-03-10T00:00:00Z", "calls", {}, "2025-01-01T00:00:00Z")
    await tenant.subscribe("s", "p", { started_at: "2025-01-10T00:00:00Z" })
    await tenant.bill("2025-03-11T00:00:00Z")
    await at(tenant, "2025-03-12T00:00:00Z", "seats", { n: 1 })
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-10 2 2000"],
      ["finalized", "event 02-01 1 1000"],
      ["finalized", "carried 02-01 2 2000"],
      ["finalized", "carried 03-01 3 3000"],
      ["finalized", "event 03-01 1 1000"]
    ])
    await healthy(tenant)
  })

  it("bills events that came while their subscription was pending, when it starts", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "calls", ...standard("1"), pay_in_advance: true }] })
    await tenant.subscribe("s", "p", { started_at: "2025-01-15T00:00:00Z" })
    await at(tenant, "2025-01-10T00:00:00Z", "calls", {}, "2025-01-16T00:00:00Z")
    await at(tenant, "2025-01-10T00:00:00Z", "calls")
    expect(await fees(tenant)).toEqual([])
    await tenant.bill("2025-01-16T00:00:00Z")
    await at(tenant, "2025-01-17T00:00:00Z", "calls", {}, "2025-02-03T00:00:00Z")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-15 1 100"],
      ["finalized", "event 02-01 1 100"]
    ])
    await healthy(tenant)
  })

  it("has a fee of its own for each charge of a metric, and only those in advance", async () => {
    const tenant = await open({ customer: { currency: "JPY" } })
    await tenant.plan({
      code: "p",
      currency: "JPY",
      charges: [
        { metric_code: "units", ...standard("99.5"), pay_in_advance: true },
        {
          metric_code: "units",
          charge_model: "package",
          properties: { amount: "100", package_size: "10", free_units: "5" },
          pay_in_advance: true
        },
        { metric_code: "units", ...standard("1") }
      ]
    })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-05T00:00:00Z", "units", { n: 1 })
    await at(tenant, "2025-01-06T00:00:00Z", "units", { n: 5 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 1 100"],
      ["finalized", "event 01-01 5 498"],
      ["finalized", "event 01-01 5 100"],
      ["finalized", "charge 01-01 6 6"]
    ])
    await healthy(tenant)
  })

  it("keeps a percentage's allowance from event to event, and a dynamic charge's own prices", async () => {
    const tenant = await open({ customer: { currency: "KWD" } })
    await tenant.plan({
      code: "p",
      currency: "KWD",
      charges: [
        {
          metric_code: "units",
          charge_model: "percentage",
          properties: { rate: "1", fixed_amount: "5", free_units_per_events: "3", free_units_per_total_aggregation: "15" },
          pay_in_advance: true
        },
        { metric_code: "units", charge_model: "dynamic", properties: {}, pay_in_advance: true }
      ]
    })
    await tenant.subscribe("s", "p")
    await batch(tenant, [
      { properties: { n: "10" } },
      { properties: { n: "10", unit_price: "1.2345", quantity: "1" } },
      { properties: { n: "1" }, precise_total_amount_cents: "7" }
    ])
    expect(await fees(tenant)).toEqual([
      ["finalized", "event 01-01 10 5050"],
      ["finalized", "event 01-01 10 1235"],
      ["finalized", "event 01-01 1 5010"],
      ["finalized", "event 01-01 1 7"]
    ])
    await healthy(tenant)
  })

  it("has a doctor who sees events that no line took, and fees that are not the price of what was billed", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "units", ...tiers, pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    await batch(tenant, [{ properties: { n: 8 } }, { properties: { n: 7 } }])
    const tampered = async (set: string) => {
      await tenant.run(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`UPDATE advance_lines SET ${set}`)))
      const { violations } = await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))
      return violations.map(({ code, reason }) => `${code} ${reason.replace(/[0-9a-f-]{36}/, "…")}`)
    }
    expect(await tampered("events_count = 1")).toEqual(["U1 its lines of units took 1 events, there are 2: some are lost"])
    expect(await tampered("events_count = 3")).toEqual([
      "U1 its lines of units took 3 events, there are 2: some are billed more than once, or not there"
    ])
    expect(await tampered("events_count = 2, amount_cents = 1951")).toEqual([
      "M2 the fees of its events on charge … come to 1950, its lines say 1951"
    ])
    expect(await tampered("amount_cents = 1950, amount = '19'")).toEqual([
      "U1 a line of charge … billed 19, the price of its 15 units is 19.5"
    ])
    expect(await tampered("amount = '19.5'")).toEqual([])
  })

  it("shows in a preview what the renewal will carry, and explains each fee", async () => {
    const tenant = await open()
    await tenant.plan({ code: "p", charges: [{ metric_code: "seats", ...tiers, pay_in_advance: true }] })
    await tenant.subscribe("s", "p")
    await at(tenant, "2025-01-05T00:00:00Z", "seats", { n: 12 })
    const preview = await tenant.run(Effect.flatMap(Invoices, (service) => service.preview({ external_id: "s" })))
    expect(preview?.fees.map((fee) => [fee.properties.in_advance, fee.units, fee.amount_cents])).toEqual([["carried", "12", 1800n]])
    const [{ fees: own }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    const explained = await tenant.run(Effect.flatMap(Invoices, (service) => service.explain(own[0]!.id)))
    expect(explained.text).toContain("18")
    await tenant.bill("2025-02-01T00:00:00Z")
    const carried = (await tenant.invoices())[1]!.fees[0]!
    const why = await tenant.run(Effect.flatMap(Invoices, (service) => service.explain(carried.id)))
    expect(why.steps[1]).toBe("carried over into the period: 12 units, paid in advance")
    await healthy(tenant)
  })
})
