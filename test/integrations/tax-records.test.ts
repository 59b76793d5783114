/** Final documents in the books of the tax system that gave their rates, over HTTP against servers that speak the documented APIs. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Plans } from "../../src/catalog/index.js"
import type { CurrentOrganization } from "../../src/core/index.js"
import { Integrations, type IntegrationsShape } from "../../src/integrations/index.js"
import { Billing, CreditNotes, type CreditNotesShape, Invoices, type InvoicesShape } from "../../src/invoicing/index.js"
import { Payments } from "../../src/payments/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { integrationHost } from "../support/integrations.js"
import { ANROK_SETTINGS, anrokServer } from "./servers/anrok.js"
import { AVALARA_SETTINGS, avalaraServer } from "./servers/avalara.js"

const IRVINE = { address_line1: "2000 Main Street", city: "Irvine", state: "CA", zip_code: "92614", country: "US" }

/** What a document is in each system, in its own words. */
const systems = [
  {
    provider: "anrok" as const,
    serve: anrokServer,
    settings: ANROK_SETTINGS,
    asked: ({ accountingDate, customerAddress, customerId, lineItems }: any) => ({
      accountingDate,
      customerAddress,
      customerId,
      lineItems
    }),
    amounts: ({ accountingDate, lineItems, taxDate }: any) => [accountingDate, taxDate, lineItems.map(({ amount }: any) => amount)],
    note: ["2025-02-03", "2025-02-01", [-500]]
  },
  {
    provider: "avalara" as const,
    serve: avalaraServer,
    settings: AVALARA_SETTINGS,
    asked: ({ addresses, customerCode, date, lines }: any) => ({ addresses, customerCode, date, lines }),
    amounts: ({ date, lines, taxOverride }: any) => [date, taxOverride?.taxDate, lines.map(({ amount }: any) => amount)],
    note: ["2025-02-03", "2025-02-01", [-5]]
  }
]

describeEngines("documents with taxes of an integration", (engine) => {
  it.each(systems)("are recorded at $provider as they were asked about, credit notes too, and taken back", async (system) => {
    const server = await system.serve()
    const host = await integrationHost(engine, [server])
    const invoices = <A, E>(call: (service: InvoicesShape) => Effect.Effect<A, E, CurrentOrganization>) =>
      host.run(Effect.flatMap(Invoices, call))
    const notes = <A, E>(call: (service: CreditNotesShape) => Effect.Effect<A, E, CurrentOrganization>) =>
      host.run(Effect.flatMap(CreditNotes, call))
    const ask = <A, E>(call: (service: IntegrationsShape) => Effect.Effect<A, E, CurrentOrganization>) =>
      host.run(Effect.flatMap(Integrations, call))
    const sold = (amount: string) => {
      const line = { description: "Setup", units: "1", unit_amount_cents: amount }
      return Effect.map(
        Effect.flatMap(Invoices, (service) => service.oneOff({ external_customer_id: "c", currency: "USD", lines: [line] })),
        ({ fees, invoice }) => ({ fee_id: fees[0]!.id, invoice_id: invoice.id as string })
      )
    }
    const move = (billing_metadata: Record<string, string>) =>
      host.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { billing_metadata })))
    const since = async (before: number) => (await host.history(id)).slice(before)

    await host.customer("c")
    await move(IRVINE)
    const { id } = await host.integration({ integration_type: "tax", provider_type: system.provider, settings: system.settings })
    await host.run(
      Effect.gen(function* () {
        yield* (yield* Plans).create({ code: "p", name: "P", interval: "monthly", amount_cents: 10_000n, currency: "USD" })
        yield* (yield* Subscriptions).create({ external_id: "s", external_customer_id: "c", plan_code: "p" })
      })
    )
    await host.at("2025-02-01T00:00:00Z")
    await host.run(Effect.flatMap(Billing, (billing) => billing.billDue()))
    const asked = server.questions().at(-1)!.body
    const [billed] = await invoices((service) => Effect.map(service.list(), ({ items }) => items))
    expect(billed).toMatchObject({ status: "finalized", tax_amount_cents: 638n })

    // It moved since: what was taxed there is recorded there.
    await move({ ...IRVINE, state: "TX", city: "Austin" })
    expect(await host.sync()).toEqual({ synced: 1, retrying: 0, failed: 0 })
    const { body: recorded, type } = server.recorded.get(billed!.id)!
    expect([type, system.asked(recorded)]).toEqual(["invoice", system.asked(asked)])

    // Paid, it is owed all the same: nothing is told.
    await host.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: billed!.id })))
    expect(await host.sync()).toMatchObject({ synced: 0 })

    await host.at("2025-02-03T00:00:00Z")
    const voidable = await host.run(sold("1000"))
    const filed = await host.run(sold("2000"))
    const [fee] = (await invoices((service) => service.get(billed!.id))).fees
    const items = [{ fee_id: fee!.id, amount_cents: 500n }]
    const { note } = await notes((service) =>
      service.create({ invoice_id: billed!.id, credit_note_type: "credit", reason: "other", items })
    )
    await notes((service) => service.finalize(note.id))
    expect(await host.sync()).toMatchObject({ synced: 3 })
    expect(system.amounts(server.recorded.get(note.id)!.body)).toEqual(system.note)

    await notes((service) => service.void(note.id))
    await invoices((service) => service.void(voidable.invoice_id))
    expect(await host.sync()).toMatchObject({ synced: 2 })
    const statuses = [note.id, voidable.invoice_id, filed.invoice_id].map((one) => server.recorded.get(one)!.status)
    expect(statuses).toEqual(["void", "void", "recorded"])

    // What was filed is not changed: Anrok takes the opposite beside it, AvaTax refuses, and the history says so.
    server.recorded.get(filed.invoice_id)!.locked = true
    await ask((service) => service.sync(id, { resource_type: "invoice", resource_id: filed.invoice_id }))
    await invoices((service) => service.void(filed.invoice_id))
    const before = (await host.history(id)).length
    expect(await host.sync()).toMatchObject({ synced: 1 })
    expect(await since(before)).toMatchObject([
      system.provider === "anrok"
        ? { status: "succeeded", details: { negated_by: `${filed.invoice_id}:negation` } }
        : { status: "partial", error_message: "it was filed already: the return has to be corrected" }
    ])

    // Its own taxes: nothing of them is the system's business, though somebody asks for it.
    await ask((service) => service.update(id, { status: "inactive" }))
    const own = await host.run(sold("3000"))
    await ask((service) => service.update(id, { status: "active" }))
    await ask((service) => service.sync(id, { resource_type: "invoice", resource_id: own.invoice_id }))
    await host.sync()
    expect(server.recorded.has(own.invoice_id)).toBe(false)
    expect((await host.history(id)).at(-1)).toMatchObject({
      status: "succeeded",
      details: { left_out: "its taxes are not of this integration" }
    })
    const mapped = (await host.mappings(id)).map(({ mappable_id, mappable_type }) => `${mappable_type} ${mappable_id}`)
    expect(mapped.toSorted()).toEqual(
      [`credit_note ${note.id}`, ...[billed!.id, voidable.invoice_id, filed.invoice_id].map((one) => `invoice ${one}`)].toSorted()
    )
    expect(await host.violations()).toEqual([])
    await server.close()
  })
})
