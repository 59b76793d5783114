import { DateTime, Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { localDate } from "../../src/core/index.js"
import { Doctor } from "../../src/operations/index.js"
import { describeBilling } from "../support/billing.js"

describeBilling("a customer who moves while drafts wait", (host) => {
  it.each([
    // Issued on 3 February at 23:00Z: that is the 3rd in New York and the 4th in Tokyo.
    ["America/New_York", "2025-02-03", "2025-03-05"],
    ["Asia/Tokyo", "2025-02-04", "2025-03-06"]
  ])("to %s: the draft is final on its day, with its days and figures, dated by the new zone", async (timezone, issue_date, due_date) => {
    const tenant = await host.tenant({ grace: 3, customer: { timezone: "Europe/Paris" } })
    tenant.at("2024-12-31T23:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    const charges = [{ metric_code: "calls", charge_model: "standard" as const, properties: { amount: "1" } }]
    await tenant.plan({ code: "p", amount_cents: "3100", charges })
    await tenant.subscribe("s", "p")
    // The last hour of January in Paris, and the first of its February.
    await tenant.ingest("calls", "2025-01-31T22:30:00Z")
    await tenant.ingest("calls", "2025-01-31T23:30:00Z", { count: 2 })
    await tenant.bill("2025-01-31T23:00:00Z")
    tenant.at("2025-02-02T00:00:00Z")
    await tenant.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { timezone })))
    expect(await tenant.finalizeDue("2025-02-03T22:59:59Z")).toMatchObject({ issued: 0 })
    expect(await tenant.finalizeDue("2025-02-03T23:00:00Z")).toMatchObject({ issued: 1 })
    const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<typeof tenant.invoices>>[number]]
    expect(DateTime.formatIso(invoice.billing_period_end!)).toBe("2025-01-31T23:00:00.000Z")
    expect(fees.map((fee) => [fee.amount_cents, fee.units, fee.properties.days])).toEqual([
      [3100n, "1", 31],
      [100n, "1", undefined]
    ])
    expect([invoice.issued_at!, invoice.due_date!].map((at) => localDate(at, invoice.timezone))).toEqual([issue_date, due_date])
    expect(invoice.timezone).toBe(timezone)
    await tenant.bill("2025-03-02T00:00:00Z")
    await tenant.finalizeDue("2025-03-10T00:00:00Z")
    const second = (await tenant.invoices())[1]!
    expect(second.invoice.billing_period_start).toEqual(invoice.billing_period_end)
    expect(second.fees.map((fee) => [fee.amount_cents, fee.units])).toEqual([
      [3100n, "1"],
      [200n, "2"]
    ])
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })
})
