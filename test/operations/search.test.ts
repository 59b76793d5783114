/** Search over both engines: exact first, then the newest; texts as they stand; nobody else's rows. */
import { Effect } from "effect"
import { expect, test } from "vitest"
import { Search } from "../../src/operations/index.js"
import { describeBilling } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

describeBilling("search", (host) => {
  test("finds by name, e-mail, external id, number and code, whatever the case; the exact one first, then the newest", async () => {
    const tenant = await host.tenant()
    const find = (text: string, limit?: number) =>
      tenant.run(Effect.flatMap(Search, (search) => search.find(limit === undefined ? { text } : { text, limit })))
    const customersOf = async (text: string, limit?: number) => (await find(text, limit)).customers.map(({ external_id }) => external_id)
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "gold", name: "Acme 100%_", amount_cents: 100n })
    for (const [day, external_id, name, email] of [
      [1, "acme", "First", "a@example.com"],
      [2, "x-2", "ACME Corp", "b@example.com"],
      [3, "x-3", "Élodie MÜLLER", "office@acme.test"],
      [4, "x-4", "100% Acme", "c_d@example.com"]
    ] as const) {
      tenant.at(`2025-01-0${day}T00:00:00Z`)
      await tenant.customer({ external_id, name, email })
    }
    await tenant.subscribe("acme-sub", "gold")
    await tenant.bill("2025-02-04T00:00:00Z")

    expect(await customersOf("acme")).toEqual(["acme", "x-4", "x-3", "x-2"])
    expect(await customersOf("AcMe", 2)).toEqual(["acme", "x-4"])
    expect(await customersOf("élodie müller")).toEqual(["x-3"])
    expect(await customersOf("OFFICE@")).toEqual(["x-3"])
    // No wildcards.
    expect(await customersOf("%")).toEqual(["x-4"])
    expect(await customersOf("_")).toEqual(["x-4"])
    expect(await customersOf("a%e")).toEqual([])
    expect(await customersOf("' OR 1=1 --")).toEqual([])

    const found = await find("acme")
    expect(found.customers[0]).toMatchObject({ external_id: "acme", name: "First", email: "a@example.com", exact: true })
    expect(found.plans).toMatchObject([{ code: "gold", name: "Acme 100%_", exact: false }])
    expect(found.subscriptions).toMatchObject([{ external_id: "acme-sub", status: "active", exact: false }])
    expect((await find("inv-0001")).invoices).toMatchObject([{ invoice_number: "INV-0001", status: "finalized", exact: true }])
    expect((await find("GOLD")).plans).toMatchObject([{ code: "gold", exact: true }])

    const other = await host.tenant()
    expect(await other.run(Effect.flatMap(Search, (search) => search.find({ text: "acme" })))).toEqual({
      customers: [],
      invoices: [],
      subscriptions: [],
      plans: []
    })
    for (const [input, field] of [
      [{ text: "" }, "text"],
      [{ text: "x".repeat(256) }, "text"],
      [{ text: "a", limit: 0 }, "limit"],
      [{ text: "a", limit: 51 }, "limit"]
    ] as const) {
      expect(await tenant.fail(Effect.flatMap(Search, (search) => search.find(input)))).toMatchObject({ _tag: "InvalidInput", field })
    }
    const [, statements] = await tenant.run(countStatements(Effect.flatMap(Search, (search) => search.find({ text: "acme" }))))
    expect(statements).toBe(1)
  })
})
