/** Late events dated before a change to a plan in advance, in windows that nobody billed in advance: each is billed once (invoicing 9.5). */
import { DateTime, Effect } from "effect"
import { expect, it } from "vitest"
import { Events } from "../../src/metering/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const standard = (amount: string, pay_in_advance = false) => ({ charge_model: "standard", properties: { amount }, pay_in_advance }) as const

describeBilling("late events before a change to a plan in advance", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
    await tenant.metric("users", { aggregation_type: "unique_count", field_name: "user", recurring: true })
    await tenant.plan({ code: "none" })
    await tenant.plan({ code: "arrears", charges: [{ metric_code: "seats", ...standard("10") }] })
    await tenant.plan({ code: "advance", charges: [{ metric_code: "seats", ...standard("12", true) }] })
    await tenant.plan({ code: "later", charges: [{ metric_code: "seats", ...standard("20", true) }] })
    return tenant
  }

  const change = async (tenant: Tenant, day: string, plan: string) => {
    tenant.at(`2025-${day}T00:00:00Z`)
    await tenant.changePlan("s", plan)
  }

  let transactions = 0
  const send = async (tenant: Tenant, at: string, properties: Readonly<Record<string, unknown>>, { code = "seats", dated = at } = {}) => {
    tenant.at(`2025-${at}T12:00:00Z`)
    const event = {
      transaction_id: `t${++transactions}`,
      external_customer_id: "c",
      code,
      timestamp: `2025-${dated}T12:00:00Z`,
      properties
    }
    const again = () => tenant.run(Effect.flatMap(Events, (service) => service.ingest([event])))
    await again()
    return again
  }

  const fees = async (tenant: Tenant) =>
    (await tenant.invoices()).map((document) =>
      document.fees.map(
        ({ amount_cents, fee_type, period_start, properties, units }) =>
          `${properties.in_advance ?? properties.reason ?? fee_type} ${DateTime.formatIso(period_start!).slice(5, 10)} ${units} ${amount_cents}`
      )
    )

  const healthy = async (tenant: Tenant) => expect(await tenant.violations()).toEqual([])

  it("bills what a plan in arrears left to it, at once, by the line that went on from it, and once", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "arrears")
    await send(tenant, "01-05", { n: 3 })
    await change(tenant, "01-16", "advance")
    const again = await send(tenant, "01-20", { n: 1 }, { dated: "01-10" })
    await again()
    await send(tenant, "01-22", { n: 1 })
    await change(tenant, "01-25", "later")
    await again()
    // Two less than were paid for, then one more: free.
    await send(tenant, "01-26", { n: -2 }, { dated: "01-11" })
    await send(tenant, "01-27", { n: 1 }, { dated: "01-12" })
    await tenant.bill("2025-02-01T00:00:00Z")
    await again()
    // Its period is over: billed in it, and known to the next event of the running one.
    await send(tenant, "02-05", { n: 2 }, { dated: "01-10" })
    await send(tenant, "02-06", { n: 1 })
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["carried 01-16 3 3600"],
      ["event 01-16 1 1200"],
      ["event 01-16 1 1200"],
      ["carried 02-01 4 8000"],
      ["event 01-16 1 1200"],
      ["event 02-01 3 6000"],
      ["carried 03-01 7 14000"]
    ])
    await healthy(tenant)
  })

  it("bills what no plan priced, and lines of which nothing was there", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "none")
    await change(tenant, "01-16", "advance")
    await send(tenant, "01-20", { n: 2 }, { dated: "01-10" })
    await send(tenant, "01-21", { n: -1 }, { dated: "01-10" })
    await send(tenant, "01-22", { n: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([["event 01-16 2 2400"], ["event 01-16 1 1200"], ["carried 02-01 3 3600"]])
    await healthy(tenant)
  })

  it("leaves to the plan in arrears what that bills, and takes it for billed", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "arrears")
    await send(tenant, "01-05", { n: 3 })
    await change(tenant, "01-10", "none")
    await change(tenant, "01-16", "advance")
    await send(tenant, "01-20", { n: 1 }, { dated: "01-06" })
    await send(tenant, "01-21", { n: 1 }, { dated: "01-12" })
    await send(tenant, "01-22", { n: 1 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["charge 01-01 3 3000"],
      ["event 01-16 1 1200"],
      ["event 01-16 1 1200"],
      ["carried 02-01 6 7200", "late_usage 01-01 1 1000"]
    ])
    await healthy(tenant)
  })

  it("bills by days what is prorated: the plan in arrears its own, the plan in advance all of its window", async () => {
    const tenant = await open()
    await tenant.plan({ code: "days", charges: [{ metric_code: "seats", ...standard("31"), prorated: true }] })
    await tenant.plan({ code: "days-advance", charges: [{ metric_code: "seats", ...standard("62", true), prorated: true }] })
    await tenant.subscribe("s", "days")
    await send(tenant, "01-01", { n: 1 })
    await change(tenant, "01-16", "days-advance")
    await send(tenant, "01-20", { n: 1 }, { dated: "01-06" })
    await tenant.bill("2025-02-01T00:00:00Z")
    // 16 of 31 days at 62; 15 of 31 at 31, and 10 of 31 for what came late.
    expect(await fees(tenant)).toEqual([
      ["carried 01-16 0.516129032258065 3200", "charge 01-01 0.483870967741935 1500"],
      ["event 01-16 0.516129032258065 3200"],
      ["carried 02-01 2 12400", "late_usage 01-01 0.322580645161291 1000"]
    ])
    await healthy(tenant)
  })

  it("tells the next period's line of what came late in a period in arrears, and bills it there by the next event alone", async () => {
    const tenant = await open()
    await tenant.plan({ code: "cheap", charges: [{ metric_code: "seats", ...standard("5", true) }] })
    await tenant.plan({ code: "dear", amount_cents: "100", charges: [{ metric_code: "seats", ...standard("10") }] })
    await tenant.subscribe("s", "dear")
    await send(tenant, "01-05", { n: 1 })
    await tenant.changePlan("s", "cheap")
    await tenant.bill("2025-02-01T00:00:00Z")
    await send(tenant, "02-05", { n: 1 }, { dated: "01-10" })
    await send(tenant, "02-06", { n: 1 })
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([
      ["subscription 01-01 1 100", "carried 02-01 1 500", "charge 01-01 1 1000"],
      ["event 02-01 2 1000"],
      ["carried 03-01 3 1500", "late_usage 01-01 1 1000"]
    ])
    await healthy(tenant)
  })

  it("counts users who came late once, whether they are there or have gone meanwhile", async () => {
    const tenant = await open()
    await tenant.plan({ code: "users", charges: [{ metric_code: "users", ...standard("12", true) }] })
    await tenant.subscribe("s", "none")
    await send(tenant, "01-05", { user: "a" }, { code: "users" })
    await send(tenant, "01-09", { user: "b", operation_type: "remove" }, { code: "users" })
    await change(tenant, "01-16", "users")
    await send(tenant, "01-17", { user: "c" }, { code: "users" })
    // There already, gone since, new, and back in the window that runs.
    for (const [user, dated] of [
      ["a", "01-06"],
      ["b", "01-08"],
      ["d", "01-08"],
      ["c", "01-08"]
    ] as const) {
      await send(tenant, "01-20", { user }, { code: "users", dated })
    }
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([["carried 01-16 1 1200"], ["event 01-16 1 1200"], ["event 01-16 1 1200"], ["carried 02-01 3 3600"]])
    await healthy(tenant)
  })

  it("does not bill in advance what the correction of an earlier plan bills on the same invoice", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "arrears")
    await change(tenant, "01-10", "none")
    await send(tenant, "01-12", { n: 1 }, { dated: "01-05" })
    await change(tenant, "01-16", "advance")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([["late_usage 01-01 1 1000"], ["carried 02-01 1 1200"]])
    await healthy(tenant)
  })

  it("does not lose what came before a period whose first events were there already", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "advance")
    await send(tenant, "01-10", { n: 1 }, { dated: "02-05" })
    await send(tenant, "01-20", { n: 2 })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await fees(tenant)).toEqual([["event 02-01 1 1200"], ["event 01-01 2 2400"], ["carried 02-01 2 2400"]])
    await healthy(tenant)
  })
})
