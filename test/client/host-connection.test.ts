import Sqlite from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type HostDatabase, sqlite } from "../../adapters/sqlite/index.js"
import { type Billing, createBilling } from "../../src/client/index.js"
import { freshFile } from "../support/sqlite.js"

describe("a host with a connection of its own to the SQLite file", () => {
  let file: ReturnType<typeof freshFile>
  let host: Sqlite.Database
  let billing: Billing<HostDatabase>
  let id: string

  beforeEach(async () => {
    file = freshFile()
    billing = await createBilling({ database: sqlite(file.path, { durability: "normal" }) })
    id = (await billing.organizations.create({ name: "Host", default_currency: "EUR" })).id
    const organization = billing.organization(id)
    await organization.plans.create({ code: "plan", name: "Plan", interval: "monthly", amount_cents: 4900n })
    host = new Sqlite(file.path)
    host.exec("CREATE TABLE orders (id TEXT PRIMARY KEY) STRICT")
  })

  afterEach(async () => {
    host.close()
    await billing.close()
    file.remove()
  })

  const orders = () => host.prepare("SELECT id FROM orders ORDER BY id").pluck().all()
  const customers = async () =>
    (await billing.organization(id).customers.list({ order_by: "external_id:asc" })).items.map((one) => one.external_id)

  it("the host's rows and ours are committed together, or not at all", async () => {
    for (const end of ["ROLLBACK", "COMMIT"]) {
      host.exec("BEGIN IMMEDIATE")
      host.prepare("INSERT INTO orders VALUES (?)").run(end)
      const organization = billing.within(host).organization(id)
      await organization.customers.create({ external_id: end, name: end })
      await organization.subscriptions.create({
        external_id: end,
        external_customer_id: end,
        plan_code: "plan",
        started_at: "2026-01-01T00:00:00Z"
      })
      await organization.billDue({ now: "2026-02-01T00:00:00Z" })
      host.exec(end)
    }
    expect([orders(), await customers()]).toEqual([["COMMIT"], ["COMMIT"]])
    const { items } = await billing.organization(id).invoices.list()
    expect(items.map((invoice) => [invoice.invoice_number, invoice.total_cents])).toEqual([["INV-20260201-0001", 4900n]])
  })

  it("a call that fails takes back only itself", async () => {
    host.exec("BEGIN IMMEDIATE")
    const organization = billing.within(host).organization(id)
    await organization.customers.create({ external_id: "once", name: "Once" })
    await expect(organization.customers.create({ external_id: "once", name: "Again" })).rejects.toMatchObject({ _tag: "ExternalIdTaken" })
    await organization.customers.create({ external_id: "twice", name: "Twice" })
    host.exec("COMMIT")
    expect(await customers()).toEqual(["once", "twice"])
  })

  it("a connection that does not hold foreign keys is refused", async () => {
    host.pragma("foreign_keys = OFF")
    host.exec("BEGIN IMMEDIATE")
    await expect(billing.within(host).organization(id).customers.list()).rejects.toMatchObject({
      _tag: "StorageError",
      reason: "unavailable"
    })
    host.exec("ROLLBACK")
  })

  it("work of many transactions leaves the host's timers their turn", async () => {
    const { customers, subscriptions, billDue } = billing.organization(id)
    for (let n = 0; n < 40; n++) {
      await customers.create({ external_id: `c${n}`, name: "Customer" })
      const subscription = { external_id: `s${n}`, external_customer_id: `c${n}`, plan_code: "plan" }
      await subscriptions.create({ ...subscription, started_at: "2026-01-01T00:00:00Z" })
    }
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await billDue({ now: "2027-01-01T00:00:00Z" })
    clearInterval(timer)
    // 480 invoices: several batches, each a transaction.
    expect(turns).toBeGreaterThan(1)
  })
})
