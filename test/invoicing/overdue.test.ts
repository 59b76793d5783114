/** Each invoice is told as overdue once: when its local day is over, however often and by how many at once it is looked at. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Schema } from "effect"
import { expect, it } from "vitest"
import { Ids } from "../../src/core/index.js"
import { Invoices, OverdueInvoices } from "../../src/invoicing/index.js"
import { Payments } from "../../src/payments/index.js"
import { bodySchema, Webhooks } from "../../src/webhooks/index.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const tell = (batch_size = 250) => Effect.flatMap(OverdueInvoices, (service) => service.tellOverdue({ batch_size }))

/** Customers that owe 5,000 since 1 February, due on 3 March, in their zones; an endpoint that nothing is delivered to. */
const owing = async (host: BillingHost, zones: ReadonlyArray<string>) => {
  const t = await host.tenant()
  t.at("2025-01-01T12:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 5_000n })
  for (const [index, timezone] of zones.entries()) {
    await t.customer({ external_id: `c${index}`, name: `c${index}`, timezone })
    await t.subscribe(`s${index}`, "p", { external_customer_id: `c${index}` })
  }
  await t.bill("2025-02-01T12:00:00Z")
  await t.run(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const now = DateTime.formatIso(yield* DateTime.now)
      yield* sql`INSERT INTO webhook_endpoints (id, organization_id, url, signature_algo, status, created_at, updated_at)
        VALUES (${yield* (yield* Ids).next}, ${t.organization}, 'https://one.example.com', 'hmac', 'active', ${now}, ${now})`
    })
  )
  return t
}

const told = (t: Tenant) =>
  t.run(
    Effect.flatMap(Webhooks, (service) =>
      Effect.map(service.list({ webhook_type: "invoice.payment_overdue", limit: 1000 }), ({ items }) =>
        items.map(({ payload }) => {
          const body = JSON.parse(payload)
          Schema.decodeUnknownSync(bodySchema("invoice.payment_overdue"), { onExcessProperty: "error" })(body)
          return body.data
        })
      )
    )
  )

describeBilling("what became overdue", (host) => {
  it("is told once, when the day is over where the customer is; what is paid, voided or a draft never", async () => {
    const t = await owing(host, ["UTC", "America/Los_Angeles", "UTC", "UTC"])
    // The west came last: its period ended eight hours later.
    const [first, paid, voided, west] = await t.invoices()
    await t.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: paid!.invoice.id })))
    await t.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: first!.invoice.id, amount_cents: 1_000n })))
    await t.run(Effect.flatMap(Invoices, (invoices) => invoices.void(voided!.invoice.id)))
    t.at("2025-03-03T23:59:59Z")
    expect(await t.run(tell())).toEqual({ invoices: 0 })
    t.at("2025-03-04T00:00:00Z")
    expect(await t.run(tell(1))).toEqual({ invoices: 1 })
    expect(await t.run(tell(1))).toEqual({ invoices: 0 })
    t.at("2025-03-06T09:00:00Z")
    expect(await t.run(tell())).toEqual({ invoices: 1 })
    expect(await t.run(tell())).toEqual({ invoices: 0 })
    const data = await told(t)
    expect(data.length).toBe(2)
    const of = (id: string) => data.find(({ invoice_id }) => invoice_id === id)
    expect(of(first!.invoice.id)).toMatchObject({ status: "finalized", total_cents: "5000", due_cents: "4000", days_overdue: 1 })
    expect(of(west!.invoice.id)).toMatchObject({ due_cents: "5000", days_overdue: 3 })
    expect(await t.violations()).toEqual([])
  })

  it("is told once by runs that look at the same time", async () => {
    const t = await owing(host, ["UTC", "UTC", "UTC"])
    t.at("2025-03-04T12:00:00Z")
    const runs = await Promise.all([1, 2, 250].map((size) => t.run(tell(size))))
    expect(runs.reduce((sum, { invoices }) => sum + invoices, 0)).toBe(3)
    const ids = (await told(t)).map(({ invoice_id }) => invoice_id)
    expect(ids.length).toBe(3)
    expect(new Set(ids).size).toBe(3)
  })

  it("takes the same number of statements for one invoice and for many, and none twice for those told before", async () => {
    const statements = async (customers: number) => {
      const t = await owing(host, Array(customers).fill("UTC"))
      t.at("2025-03-04T12:00:00Z")
      const [run, count] = await t.run(countStatements(tell()))
      expect(run).toEqual({ invoices: customers })
      return count
    }
    expect(await statements(4)).toBe(await statements(1))
  })
})
