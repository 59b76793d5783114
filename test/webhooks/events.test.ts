/** What is told: every event with the keys of the catalogue, once, in the transaction of the change, and of what is undone nothing. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Schema } from "effect"
import { expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Ids, Transactor } from "../../src/core/index.js"
import { WalletHolds, Wallets } from "../../src/credits/index.js"
import { CreditNotes, Invoices, UsageThresholds } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { Payments } from "../../src/payments/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { UsageAlerts } from "../../src/usage/index.js"
import { bodySchema, type Webhook, type WebhookBody, Webhooks } from "../../src/webhooks/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

describeBilling("what is told", (host) => {
  /** An endpoint that nothing is delivered to. */
  const listen = (tenant: Tenant, url: string, status = "active") =>
    tenant.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const now = DateTime.formatIso(yield* DateTime.now)
        yield* sql`INSERT INTO webhook_endpoints (id, organization_id, url, signature_algo, status, created_at, updated_at)
          VALUES (${yield* (yield* Ids).next}, ${tenant.organization}, ${url}, 'hmac', ${status}, ${now}, ${now})`
      })
    )

  /** All webhooks, in the order in which things happened. */
  const webhooks = async (tenant: Tenant): Promise<ReadonlyArray<Webhook>> =>
    (await tenant.run(Effect.flatMap(Webhooks, (service) => service.list({ limit: 1000 })))).items.toSorted((a, b) =>
      a.id < b.id ? -1 : 1
    )

  const bodies = async (tenant: Tenant): Promise<ReadonlyArray<WebhookBody>> =>
    (await webhooks(tenant)).map((webhook) => {
      const body = JSON.parse(webhook.payload)
      // The keys of the catalogue, no other.
      Schema.decodeUnknownSync(bodySchema(webhook.webhook_type), { onExcessProperty: "error" })(body)
      expect(body).toMatchObject({
        id: webhook.id,
        type: webhook.webhook_type,
        object_type: webhook.object_type,
        object_id: webhook.object_id
      })
      expect(body.data[`${body.object_type}_id`]).toBe(webhook.object_id)
      return body
    })

  const typesOf = (told: ReadonlyArray<WebhookBody>) => told.map(({ type }) => type)

  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2026-03-01T00:00:00Z")
    await tenant.metric("kwh", { aggregation_type: "sum", field_name: "kwh" })
    const charges = [{ metric_code: "kwh", charge_model: "standard" as const, properties: { amount: "1" } }]
    await tenant.plan({ code: "p", amount_cents: "1000", charges })
    await tenant.plan({ code: "less", amount_cents: "500", charges })
    await tenant.plan({ code: "more", amount_cents: "5000", charges })
    await listen(tenant, "https://one.example.com")
    return tenant
  }

  const subscriptions = <A, E>(tenant: Tenant, use: (service: typeof Subscriptions.Service) => Effect.Effect<A, E, never>) =>
    tenant.run(Effect.flatMap(Subscriptions, use as never) as Effect.Effect<A, E>)

  it("a customer that is made and changed, with the names of what changed; what changes nothing tells nothing", async () => {
    const tenant = await open()
    await tenant.customer({ external_id: "new", name: "New" })
    const update = (input: Parameters<typeof Customers.Service.update>[1]) =>
      tenant.run(Effect.flatMap(Customers, (service) => service.update({ external_id: "new" }, input)))
    await update({ name: "Newer", email: "a@example.com" })
    await update({ name: "Newer" })
    const told = await bodies(tenant)
    expect(typesOf(told)).toEqual(["customer.created", "customer.updated"])
    expect(told[1]!.data).toMatchObject({ external_id: "new", changed_fields: ["name", "email"] })
  })

  it("the life of a subscription", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z", trial_period_days: 3 })
    await tenant.subscribe("later", "p", { started_at: "2026-03-05T00:00:00Z" })
    tenant.at("2026-03-02T00:00:00Z")
    await subscriptions(tenant, (service) => service.pause({ external_id: "s" }) as never)
    await subscriptions(tenant, (service) => service.resume({ external_id: "s" }) as never)
    await tenant.bill("2026-03-05T00:00:00Z")
    await tenant.changePlan("s", "less")
    await subscriptions(tenant, (service) => service.cancelPlanChange({ external_id: "s" }) as never)
    await tenant.changePlan("s", "less")
    await tenant.bill("2026-04-01T00:00:00Z")
    await tenant.changePlan("s", "more")
    await subscriptions(tenant, (service) => service.cancel({ external_id: "s" }) as never)
    await tenant.bill("2026-05-01T00:00:00Z")
    const told = await bodies(tenant)
    const of = (external_id: string) =>
      told.filter(({ data, type }) => type.startsWith("subscription.") && "external_id" in data && data.external_id === external_id)
    expect(typesOf(of("later"))).toEqual(["subscription.created", "subscription.started"])
    expect(typesOf(of("s"))).toEqual([
      "subscription.created",
      "subscription.started",
      "subscription.paused",
      "subscription.resumed",
      "subscription.trial_ended",
      "subscription.plan_changed",
      "subscription.plan_change_canceled",
      "subscription.plan_changed",
      "subscription.plan_changed",
      "subscription.plan_changed",
      "subscription.canceled",
      "subscription.terminated"
    ])
    const changes = told.flatMap((body) => (body.type === "subscription.plan_changed" ? [body.data] : []))
    expect(changes.map(({ change_type, effective_at, executed }) => [change_type, executed, effective_at])).toEqual([
      ["downgrade", false, "2026-04-01T00:00:00.000Z"],
      ["downgrade", false, "2026-04-01T00:00:00.000Z"],
      ["downgrade", true, "2026-04-01T00:00:00.000Z"],
      ["upgrade", true, "2026-04-01T00:00:00.000Z"]
    ])
    expect(of("s").at(-2)!.data).toMatchObject({ status: "canceled", ending_at: "2026-05-01T00:00:00.000Z" })
  })

  it("an invoice from its draft to its payment, with its number and what is due as they were then", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    await tenant.bill("2026-04-01T00:00:00Z")
    const [{ invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await tenant.run(Effect.flatMap(Payments, (service) => service.record({ invoice_id: invoice.id, amount_cents: "400" })))
    await tenant.run(Effect.flatMap(Payments, (service) => service.record({ invoice_id: invoice.id })))
    const told = (await bodies(tenant)).filter(({ object_type }) => object_type === "invoice" || object_type === "payment")
    expect(typesOf(told).toSorted()).toEqual(
      [
        "invoice.created",
        "invoice.finalized",
        "payment.created",
        "payment.succeeded",
        "payment.created",
        "payment.succeeded",
        "invoice.paid"
      ].toSorted()
    )
    const data = (type: string) => told.find((body) => body.type === type)!.data
    expect(data("invoice.created")).toMatchObject({ status: "draft", invoice_number: null, total_cents: "1000", due_cents: "0" })
    expect(data("invoice.finalized")).toMatchObject({ status: "finalized", invoice_number: "INV-0001", due_cents: "1000" })
    expect(data("invoice.paid")).toMatchObject({ status: "paid", due_cents: "0", currency: "EUR" })
    expect(data("payment.succeeded")).toMatchObject({ status: "succeeded", amount_cents: "400", provider: "manual" })
  })

  it("what is voided and credited, wallets and their movements", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    await tenant.bill("2026-04-01T00:00:00Z")
    const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await tenant.run(
      Effect.flatMap(CreditNotes, (service) =>
        service.create({
          invoice_id: invoice.id,
          credit_note_type: "credit",
          items: [{ fee_id: fees[0]!.id, amount_cents: "100" }]
        })
      )
    )
    const [{ note }] = (await tenant.notes()) as [Awaited<ReturnType<Tenant["notes"]>>[number]]
    await tenant.run(Effect.flatMap(CreditNotes, (service) => service.finalize(note.id)))
    await tenant.run(Effect.flatMap(CreditNotes, (service) => service.void(note.id)))
    await tenant.run(Effect.flatMap(Invoices, (service) => service.void(invoice.id)))
    const wallet = await tenant.run(
      Effect.flatMap(Wallets, (service) =>
        service.create({ external_customer_id: "c", name: "W", code: "w", rate_amount: "100", granted_credits: "5", currency: "EUR" })
      )
    )
    await tenant.run(Effect.flatMap(Wallets, (service) => service.topUp({ id: wallet.id }, { credits: "2", kind: "purchased" })))
    const bought = (await tenant.invoices()).at(-1)!.invoice
    await tenant.run(Effect.flatMap(Payments, (service) => service.record({ invoice_id: bought.id })))
    await tenant.bill("2026-05-01T00:00:00Z")
    await tenant.run(Effect.flatMap(Wallets, (service) => service.terminate({ id: wallet.id })))
    const told = await bodies(tenant)
    expect(typesOf(told)).toEqual(
      expect.arrayContaining(["credit_note.created", "credit_note.finalized", "credit_note.voided", "invoice.voided"])
    )
    expect(told.find(({ type }) => type === "credit_note.finalized")!.data).toMatchObject({
      balance_amount_cents: "100",
      invoice_id: invoice.id
    })
    const ofWallet = told.filter(({ type }) => type.startsWith("wallet."))
    const movement = (type: string, way: string) =>
      ofWallet.flatMap((body) =>
        body.type === type && "amount" in body.data
          ? body.data.transaction_status === way
            ? [`${body.data.amount} ${body.data.status}`]
            : []
          : []
      )
    expect(movement("wallet.transaction.created", "granted")).toEqual(["500 settled"])
    expect(movement("wallet.transaction.created", "purchased")).toEqual(["200 pending"])
    expect(movement("wallet.transaction.updated", "purchased")).toEqual(["200 settled"])
    expect(movement("wallet.transaction.created", "invoiced")).toEqual(["700 settled"])
    expect(typesOf(ofWallet).filter((type) => !type.includes("transaction"))).toEqual([
      "wallet.created",
      "wallet.depleted",
      "wallet.terminated"
    ])
  })

  it("usage that crosses a threshold, fires an alert, or does not count", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    await tenant.run(Effect.flatMap(UsageThresholds, (service) => service.create({ plan_code: "p", amount_cents: "1000" })))
    await tenant.run(
      Effect.flatMap(UsageAlerts, (service) =>
        service.create({ external_subscription_id: "s", metric_code: "kwh", name: "W", threshold_value: "5", recurring: true })
      )
    )
    tenant.at("2026-03-10T00:00:00Z")
    await tenant.ingest("kwh", "2026-03-10T00:00:00Z", { properties: { kwh: "12" } })
    const bad = (transaction_id: string) => ({
      transaction_id,
      external_customer_id: "c",
      code: "kwh",
      timestamp: "2026-03-10T00:00:00Z",
      properties: {}
    })
    const ingest = (ids: ReadonlyArray<string>) => tenant.run(Effect.flatMap(Events, (events) => events.ingest(ids.map(bad))))
    await ingest(["a", "b"])
    await ingest(["a", "c"])
    await ingest(["a"])
    const told = await bodies(tenant)
    const crossed = told.find(({ type }) => type === "usage_threshold.crossed")!
    expect(crossed.data).toMatchObject({
      threshold_amount_cents: "1000",
      current_usage_amount_cents: "1200",
      currency: "EUR",
      recurring: false
    })
    expect(
      told.flatMap((body) => (body.type === "usage_alert.triggered" ? [[body.data.threshold_value, body.data.times_triggered]] : []))
    ).toEqual([
      ["5", 1],
      ["10", 2]
    ])
    expect(told.flatMap((body) => (body.type === "event.error" ? [[body.data.transaction_ids, body.data.reason]] : []))).toEqual([
      [["a", "b"], "missing_property"],
      [["c"], "missing_property"]
    ])
  })

  it("what is undone tells nothing, a part that is undone neither; previews tell nothing", async () => {
    const tenant = await open()
    const make = (external_id: string) => Effect.flatMap(Customers, (service) => service.create({ external_id, name: external_id }))
    await tenant.fail(Effect.flatMap(Transactor, (unit) => unit.transaction(Effect.zipRight(make("undone"), Effect.fail("no")))))
    expect(await webhooks(tenant)).toEqual([])
    await tenant.run(
      Effect.gen(function* () {
        yield* make("kept")
        // The external id is taken.
        yield* Effect.ignore(make("kept"))
      })
    )
    await tenant.subscribe("s", "p", { started_at: "2026-03-01T00:00:00Z" })
    const before = (await webhooks(tenant)).length
    await tenant.preview("s")
    expect((await webhooks(tenant)).length).toBe(before)
    expect(typesOf(await bodies(tenant))).toEqual(["customer.created", "subscription.created", "subscription.started"])
  })

  it("every active endpoint gets one of its own with the same event, an inactive one none; a tenant's events are its own", async () => {
    const tenant = await open()
    await listen(tenant, "https://two.example.com")
    await listen(tenant, "https://three.example.com", "inactive")
    const other = await open()
    await tenant.customer({ external_id: "x", name: "X" })
    const told = await webhooks(tenant)
    expect(told.length).toBe(2)
    expect(new Set(told.map(({ event_id }) => event_id)).size).toBe(1)
    expect(new Set(told.map(({ webhook_endpoint_id }) => webhook_endpoint_id)).size).toBe(2)
    expect(await webhooks(other)).toEqual([])
  })

  it("a settled hold, however it is settled", async () => {
    const tenant = await open()
    const wallet = await tenant.run(
      Effect.flatMap(Wallets, (service) =>
        service.create({ external_customer_id: "c", code: "w", rate_amount: "100", granted_credits: "5" })
      )
    )
    await tenant.run(
      Effect.gen(function* () {
        const holds = yield* WalletHolds
        const { id } = yield* holds.reserve({ wallet_id: wallet.id, amount_cents: 500n })
        yield* holds.settle(id, { amount_cents: 500n })
      })
    )
    const told = (await bodies(tenant)).filter(({ object_id, type }) => type === "wallet.transaction.created" || object_id === wallet.id)
    expect(typesOf(told)).toEqual(["wallet.created", "wallet.transaction.created", "wallet.transaction.created", "wallet.depleted"])
  })

  it("costs a billing run one statement where nobody listens, and as many for many invoices as for few where somebody does", async () => {
    const statements = async (subscriptions: number, listening: boolean) => {
      const tenant = await host.tenant()
      tenant.at("2026-03-01T00:00:00Z")
      await tenant.plan({ code: "p", amount_cents: "1000" })
      for (let i = 0; i < subscriptions; i++) await tenant.subscribe(`s${i}`, "p", { started_at: "2026-03-01T00:00:00Z" })
      if (listening) await listen(tenant, "https://one.example.com")
      return tenant.statementsOfBilling("2026-04-01T00:00:00Z")
    }
    const [silent, few, many] = [await statements(2, false), await statements(2, true), await statements(6, true)]
    expect(many).toBe(few)
    expect(few - silent).toBeLessThanOrEqual(10)
  })
})
