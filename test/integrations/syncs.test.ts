/** Syncs: what follows which change, in which order, tried again when it fails, and taken over by a later change. */
import { type DateTime, Effect } from "effect"
import { beforeEach, expect, it } from "vitest"
import { dayOf } from "../../adapters/connectors/shared/amounts.js"
import { type ScriptedConnector, type ScriptedSync, scriptedConnector } from "../../adapters/testing/index.js"
import { Customers } from "../../src/accounts/index.js"
import { Plans } from "../../src/catalog/index.js"
import { type ConnectorFailure, failureOf, Integrations, type InvoiceRecord } from "../../src/integrations/index.js"
import { Billing, CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { Payments } from "../../src/payments/index.js"
import { Subscriptions, type UpdateSubscriptionInput } from "../../src/subscriptions/index.js"
import { countStatements } from "../support/count-statements.js"
import { describeEngines } from "../support/describe-engines.js"
import { type IntegrationHost, integrationHost } from "../support/integrations.js"

const nothing = { synced: 0, retrying: 0, failed: 0 }

const invoice = (external_customer_id: string) =>
  Effect.flatMap(Invoices, (invoices) =>
    invoices.oneOff({ external_customer_id, lines: [{ description: "Work", unit_amount_cents: "4000" }] })
  )

describeEngines("syncs", (engine) => {
  let failing: (sync: ScriptedSync) => ConnectorFailure | undefined = () => undefined
  let xero: ScriptedConnector
  let hubspot: ScriptedConnector
  let host: IntegrationHost
  let id: string

  const seen = (connector: ScriptedConnector) => connector.syncs().map(({ call, type }) => `${call.action} ${type}`)

  beforeEach(async () => {
    failing = () => undefined
    xero = scriptedConnector("xero", { sync: (sync) => failing(sync) })
    hubspot = scriptedConnector("hubspot")
    host = await integrationHost(engine, [xero, hubspot])
    id = (await host.integration({ integration_type: "accounting", provider_type: "xero" })).id
  })

  it("brings customers, documents and payments over in order, and a row that others need although it was there before", async () => {
    const crm = await host.integration({ integration_type: "crm", provider_type: "hubspot", status: "inactive" })
    const customer = await host.customer("c")
    await host.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { timezone: "Asia/Tokyo" })))
    await host.run(Effect.flatMap(Integrations, (service) => service.update(crm.id, { status: "active" })))
    await host.run(
      Effect.gen(function* () {
        const plans = yield* Plans
        yield* plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: "3100" })
        yield* Effect.flatMap(Subscriptions, (service) => service.create({ external_id: "s", external_customer_id: "c", plan_code: "p" }))
        const document = yield* invoice("c")
        yield* Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: document.invoice.id }))
        const notes = yield* CreditNotes
        const { note } = yield* notes.create({
          invoice_id: document.invoice.id,
          credit_note_type: "credit",
          items: [{ fee_id: document.fees[0]!.id, amount_cents: "500" }],
          reason: "other"
        })
        yield* notes.finalize(note.id)
      })
    )
    expect(await host.sync()).toEqual({ synced: 8, retrying: 0, failed: 0 })
    expect(seen(xero).toSorted()).toEqual(["create credit_note", "create customer", "create invoice", "create payment"])
    expect(seen(xero).slice(0, 2)).toEqual(["create customer", "create invoice"])
    expect(seen(hubspot)[0]).toBe("create customer")
    expect(seen(hubspot).slice(1, 3).toSorted()).toEqual(["create invoice", "create subscription"])
    expect(seen(hubspot)[3]).toBe("create payment")
    const [, sent] = xero.syncs()
    expect(sent!.call.record).toMatchObject({ total_cents: 4000n, status: "paid", customer: { id: customer.id, twin: "xero-customer-1" } })
    // Days of documents are told as the documents say them: the due one begins at midnight there, which is the day before in UTC.
    for (const { call } of [...xero.syncs(), ...hubspot.syncs()]) {
      if ("customer" in call.record) expect(call.record).toMatchObject({ timezone: "Asia/Tokyo" })
    }
    expect(dayOf((sent!.call.record as InvoiceRecord).due_date, sent!.call.record as InvoiceRecord)).toBe("2025-01-31")
    expect((await host.get(id)).last_sync_at).not.toBeNull()
    expect((await host.mappings(id)).map(({ mappable_type }) => mappable_type).toSorted()).toEqual([
      "credit_note",
      "customer",
      "invoice",
      "payment"
    ])
    expect(await host.sync()).toEqual({ synced: 0, retrying: 0, failed: 0 })
    expect(await host.violations()).toEqual([])
  })

  it("tries again after 1, 5 and 25 minutes, then is in error; what waits goes on once a test succeeds", async () => {
    failing = ({ type }) => (type === "customer" ? failureOf("unavailable", "out of order", { status: 503 }) : undefined)
    await host.customer("c")
    for (const [at, run] of [
      ["2025-01-01T00:00:00Z", { retrying: 1 }],
      ["2025-01-01T00:00:59Z", {}],
      ["2025-01-01T00:01:00Z", { retrying: 1 }],
      ["2025-01-01T00:06:00Z", { retrying: 1 }],
      ["2025-01-01T00:30:59Z", {}],
      ["2025-01-01T00:31:00Z", { failed: 1 }]
    ] as const) {
      host.at(at)
      expect(await host.sync()).toEqual({ ...nothing, ...run })
    }
    expect(await host.get(id)).toMatchObject({ status: "error", error_details: { message: "out of order", code: "unavailable" } })
    expect((await host.history(id)).map(({ status }) => status)).toEqual(["failed", "failed", "failed", "failed"])
    expect(await host.mappings(id)).toEqual([])
    // An integration in error gathers what changes, and is not called.
    await host.customer("d")
    expect(await host.sync()).toEqual({ synced: 0, retrying: 0, failed: 0 })
    failing = () => undefined
    await host.run(Effect.flatMap(Integrations, (service) => service.test(id)))
    expect(await host.sync()).toEqual({ synced: 2, retrying: 0, failed: 0 })
    const keys = new Set(xero.syncs().flatMap(({ call }) => (call.record.id === xero.syncs()[0]!.call.record.id ? [call.key] : [])))
    expect(keys.size).toBe(1)
    expect(await host.violations()).toEqual([])
  })

  it("takes the last state of a row, however often it changed, and none of what was undone", async () => {
    const customer = await host.customer("c")
    const rename = (name: string) => Effect.flatMap(Customers, (customers) => customers.update({ id: customer.id }, { name }))
    await host.run(rename("First"))
    await host.run(rename("Second"))
    expect(await host.sync()).toMatchObject({ synced: 1 })
    expect(xero.syncs()[0]!.call).toMatchObject({ action: "create", record: { name: "Second" }, key: `${id}/customer/${customer.id}/3` })
    await host.link(id, customer.id, "X-77")
    await host.run(rename("Third"))
    expect(await host.sync()).toMatchObject({ synced: 1 })
    expect(xero.syncs()[1]!.call).toMatchObject({ action: "update", external_id: "X-77", record: { name: "Third" } })
  })

  it("syncs by hand what is there, and refuses what is not", async () => {
    const customer = await host.customer("c")
    await host.sync()
    const ask = (resource_type: "customer" | "subscription" | "invoice", resource_id: string) =>
      Effect.flatMap(Integrations, (service) => service.sync(id, { resource_type, resource_id }))
    expect(await host.run(ask("customer", customer.id))).toMatchObject({ version: 2, done_version: 1, attempts: 0 })
    expect(await host.sync()).toMatchObject({ synced: 1 })
    expect((await host.history(id)).map(({ action, status }) => [action, status])).toEqual([
      ["create", "succeeded"],
      ["sync", "succeeded"]
    ])
    expect(await host.fail(ask("invoice", customer.id))).toMatchObject({ _tag: "InvoiceNotFound" })
    expect(await host.fail(ask("subscription", customer.id))).toMatchObject({ _tag: "InvalidInput", field: "resource_type" })
    await host.run(Effect.flatMap(Integrations, (service) => service.update(id, { status: "inactive" })))
    expect(await host.fail(ask("customer", customer.id))).toMatchObject({ _tag: "InvalidTransition", from: "inactive" })
  })

  it("waits as long as the system says, and asks with a number of statements that does not grow", async () => {
    failing = () => failureOf("rate_limited", "too often", { status: 429, retry_after_seconds: 600 })
    const [, one] = await host.run(countStatements(Effect.flatMap(Customers, (service) => service.create({ external_id: "a", name: "A" }))))
    await host.sync()
    host.at("2025-01-01T00:09:59Z")
    expect(await host.sync()).toMatchObject({ retrying: 0 })
    failing = () => undefined
    host.at("2025-01-01T00:10:00Z")
    expect(await host.sync()).toMatchObject({ synced: 1 })
    // Of the integration the change itself knows one statement: what it queues.
    await host.run(Effect.flatMap(Integrations, (service) => service.delete(id)))
    const [, none] = await host.run(
      countStatements(Effect.flatMap(Customers, (service) => service.create({ external_id: "b", name: "B" })))
    )
    expect(one - none).toBeLessThanOrEqual(1)
  })

  it("follows every change of a subscription into a CRM, not its schedule's", async () => {
    const crm = await host.integration({ integration_type: "crm", provider_type: "hubspot" })
    await host.customer("c")
    const change = (input: UpdateSubscriptionInput) =>
      Effect.flatMap(Subscriptions, (service) => service.update({ external_id: "s" }, input))
    await host.run(
      Effect.gen(function* () {
        yield* Effect.flatMap(Plans, (plans) => plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: "3100" }))
        yield* Effect.flatMap(Subscriptions, (service) => service.create({ external_id: "s", external_customer_id: "c", plan_code: "p" }))
      })
    )
    await host.sync()
    await host.run(change({ ending_at: "2025-06-01T00:00:00Z" }))
    expect(await host.sync()).toMatchObject({ synced: 1 })
    expect(hubspot.syncs().at(-1)!).toMatchObject({ type: "subscription", call: { action: "update" } })
    expect((hubspot.syncs().at(-1)!.call.record as { ending_at: DateTime.Utc }).ending_at.epochMillis).toBe(Date.UTC(2025, 5, 1))
    await host.run(change({ ending_at: "2025-06-01T00:00:00Z" }))
    await host.run(Effect.flatMap(Integrations, (service) => service.delete(id)))
    host.at("2025-02-01T00:00:00Z")
    await host.run(Effect.flatMap(Billing, (billing) => billing.billDue()))
    await host.sync()
    const last = (await host.history(crm.id)).slice(-2)
    expect(last.map(({ action, resource_type }) => `${action} ${resource_type}`)).toEqual(["update subscription", "create invoice"])
  })

  it("has nothing to bring over of a customer that was deleted: the integration stays active, the twin where it is", async () => {
    const known = await host.customer("known")
    await host.sync()
    const fresh = await host.customer("fresh")
    const remove = (customer_id: string) => Effect.flatMap(Customers, (customers) => customers.delete({ id: customer_id }))
    await host.run(Effect.zipRight(remove(known.id), remove(fresh.id)))
    expect(await host.sync()).toEqual({ synced: 2, retrying: 0, failed: 0 })
    expect(xero.syncs()).toHaveLength(1)
    const deleted = (await host.history(id)).filter(({ action }) => action === "delete")
    expect(deleted.map(({ external_id, resource_id, status }) => [resource_id, status, external_id]).toSorted()).toEqual([
      [known.id, "partial", "xero-customer-1"],
      [fresh.id, "succeeded", null]
    ])
    expect(await host.get(id)).toMatchObject({ status: "active" })
    expect(await host.violations()).toEqual([])
  })

  it("closes as failed what a test that was cut off has left open, half an hour later", async () => {
    let called = () => {}
    const cut = new Promise<void>((resolve) => {
      called = resolve
    })
    const hanging = { ...xero.connector, test: () => Effect.zipRight(Effect.sync(called), Effect.never) }
    const other = await integrationHost(engine, [{ connector: hanging }])
    const integration = await other.integration({ integration_type: "accounting", provider_type: "xero" })
    const test = Effect.flatMap(Integrations, (service) => service.test(integration.id))
    await other.run(
      Effect.raceFirst(
        test,
        Effect.promise(() => cut)
      )
    )
    const history = async () =>
      (await other.history(integration.id)).map(({ action, error_message, status }) => [action, status, error_message])
    other.at("2025-01-01T00:30:00Z")
    await other.sync()
    expect(await history()).toEqual([["test", "started", null]])
    other.at("2025-01-01T00:30:01Z")
    await other.sync()
    expect(await history()).toEqual([["test", "failed", "it was cut off before an answer was booked"]])
    other.at("2025-01-01T03:00:00Z")
    expect(await other.violations()).toEqual([])
  })
})
