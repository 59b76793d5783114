/** Several processes on one Postgres bill what is due once, with numbers that have no gap. */
import { expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { createBilling } from "../../src/client/index.js"
import { billInProcesses } from "../support/bill-processes.js"
import { freshDatabase } from "../support/postgres.js"

const SUBSCRIPTIONS = 150

it("two processes bill three periods of many subscriptions without one duplicate", { timeout: 120_000 }, async () => {
  const { drop, url } = await freshDatabase()
  const clock = testClock("2025-01-01T00:00:00Z")
  const billing = await createBilling({ database: postgres(url), migrate: true, clock })
  try {
    const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "acme", name: "Acme", invoice_prefix: "ACME" })
    await acme.plans.create({ code: "monthly", name: "Monthly", interval: "monthly", amount_cents: "1000" })
    await acme.plans.create({ code: "weekly", name: "Weekly", interval: "weekly", amount_cents: "300" })
    for (let n = 0; n < SUBSCRIPTIONS; n++) {
      await acme.customers.create({ external_id: `c${n}`, name: "C" })
      const plan_code = n % 10 === 0 ? "weekly" : "monthly"
      await acme.subscriptions.create({ external_id: `s${n}`, external_customer_id: `c${n}`, plan_code, billing_time: "anniversary" })
    }
    const weekly = SUBSCRIPTIONS / 10
    const expected = weekly * 12 + (SUBSCRIPTIONS - weekly) * 3
    const { runs } = await billInProcesses(2, url, id, "2025-04-01T00:00:00Z", 20)
    expect(runs.map(({ failures }) => failures)).toEqual([0, 0])
    expect(runs.reduce((sum, { invoices }) => sum + invoices, 0)).toBe(expected)
    // Both had their part: else it was shown of one only.
    for (const { invoices } of runs) expect(invoices).toBeGreaterThan(0)
    clock.set("2025-04-01T00:00:00Z")
    const { items } = await acme.invoices.list({ limit: 1000 })
    expect(new Set(items.map(({ billed_at, subscription_id }) => `${subscription_id} ${billed_at.toISOString()}`)).size).toBe(expected)
    expect(items.map(({ invoice_number }) => invoice_number).sort()).toEqual(
      Array.from({ length: expected }, (_, index) => `ACME-${String(index + 1).padStart(4, "0")}`)
    )
    expect((await acme.doctor.check()).violations).toEqual([])
    expect((await acme.billDue()).pieces).toBe(0)
  } finally {
    await billing.close()
    await drop()
  }
})
