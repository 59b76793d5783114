/** Several processes ingest into one Postgres at once: each threshold is crossed once, each invoice issued once. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { createBilling } from "../../src/client/index.js"
import { bundled } from "../support/bundle.js"
import { freshDatabase } from "../support/postgres.js"

const script = fileURLToPath(new URL("../support/ingest-worker.ts", import.meta.url))

const start = async (args: ReadonlyArray<string>): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [await bundled(script), ...args], { stdio: ["pipe", "pipe", "inherit"] })
  await once(child.stdout!, "data")
  return child
}

it("is crossed once by whoever gets there, and usage is billed once", { timeout: 120_000 }, async () => {
  const { drop, url } = await freshDatabase()
  const billing = await createBilling({ database: postgres(url), migrate: true })
  try {
    const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "main", name: "Acme", invoice_prefix: "ACME" })
    await acme.metrics.create({ code: "kwh", name: "kWh", aggregation_type: "sum", field_name: "kwh" })
    await acme.plans.create({
      code: "p",
      name: "P",
      interval: "yearly",
      charges: [{ metric_code: "kwh", charge_model: "standard", properties: { amount: "1" } }]
    })
    for (const amount_cents of ["1500", "4000", "7000"]) await acme.usageThresholds.create({ plan_code: "p", amount_cents })
    await acme.customers.create({ external_id: "c", name: "C" })
    await acme.subscriptions.create({ external_id: "s", external_customer_id: "c", plan_code: "p" })

    const workers = await Promise.all(["a", "b"].map((name) => start([url, id, name, "40"])))
    const ended = workers.map((worker) => once(worker, "close"))
    for (const worker of workers) worker.stdin!.end("go\n")
    expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0])

    const crossed = (await acme.usageThresholds.crossings()).items.map((crossing) => crossing.lifetime_usage_amount_cents)
    expect(crossed).toEqual([1500n, 4000n, 7000n])
    const invoices = (await acme.invoices.list({ order_by: "created_at:asc" })).items
    expect(invoices.map((invoice) => [invoice.invoice_number, invoice.total_cents])).toEqual([
      ["ACME-0001", 1500n],
      ["ACME-0002", 2500n],
      ["ACME-0003", 3000n]
    ])
    expect(await acme.usage.current({ external_id: "s" })).toMatchObject({ amount_cents: 8000n, progressive_billed_cents: 7000n })
    expect((await acme.doctor.check()).violations).toEqual([])
  } finally {
    await billing.close()
    await drop()
  }
})
