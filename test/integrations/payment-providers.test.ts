/** Payment providers by an organization's own keys, over HTTP against servers that speak their protocols. */
import { randomBytes } from "node:crypto"
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { adyenConnector } from "../../adapters/connectors/adyen/index.js"
import { stripe } from "../../adapters/payments/stripe/index.js"
import { secrets } from "../../adapters/secrets/index.js"
import { Secrets } from "../../src/core/index.js"
import {
  type Connection,
  type Connector,
  Connectors,
  IntegrationId,
  Integrations,
  type IntegrationsShape,
  type PaymentConnector
} from "../../src/integrations/index.js"
import { AuditTrail } from "../../src/operations/index.js"
import {
  Collecting,
  PaymentMethods,
  type PaymentProvider,
  Payments,
  ProviderFailed,
  type ProviderName,
  ProviderWebhooks,
  Refunding,
  type WebhookRequest
} from "../../src/payments/index.js"
import { type BillingHost, describeBilling } from "../support/billing.js"
import { adyenAccount, gocardlessAccount, stripeAccount } from "./servers/payments.js"

const pages = { success_url: "https://host.example/paid", cancel_url: "https://host.example/back" }
const box = secrets({ current: "k1", keys: { k1: randomBytes(32) } })
const ask = <A, E, R>(call: (service: IntegrationsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(Integrations, call)

/** A provider that charges, and whose answer to it is lost. */
const lossy = (provider: PaymentProvider): PaymentProvider => ({
  ...provider,
  charge: (call) => Effect.zipRight(provider.charge(call), Effect.fail(new ProviderFailed({ provider: provider.name, code: "timeout" })))
})

/** A tenant whose customer owes 10,800 EUR a month. */
const open = async (on: BillingHost, connectors: ReadonlyArray<Connector>, providers: ReadonlyArray<PaymentProvider> = []) => {
  const beside = Layer.merge(
    Layer.succeed(Connectors, new Map(connectors.map((connector) => [connector.provider, connector]))),
    Layer.succeed(Secrets, box)
  )
  const t = await on.tenant({ beside, providers, customer: { email: "c@example.com" } })
  t.at("2025-01-01T00:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
  await t.subscribe("s", "p")
  return {
    ...t,
    invoice: async () => (await t.invoices()).at(-1)!.invoice,
    connect: (provider_type: PaymentConnector["provider"], settings: Record<string, string>) =>
      t.run(ask((service) => service.create({ integration_type: "payment_provider", provider_type, settings }))),
    receive: (id: string, request: WebhookRequest) => t.run(ask((service) => service.receive(id, request))),
    collect: () => t.run(Effect.flatMap(Collecting, (collecting) => collecting.collectDue())),
    store: (provider: "stripe") => {
      const given = { external_customer_id: "c", provider, ...pages }
      return t.run(Effect.flatMap(PaymentMethods, (methods) => methods.setupSession(given)))
    },
    checkout: (invoice_id: string, provider: ProviderName) =>
      Effect.flatMap(Payments, (payments) => payments.checkout({ invoice_id, provider, ...pages }))
  }
}

describeBilling("payments by an organization's own account", (host) => {
  it("charges, returns and hears by the keys of its integration, from the moment they change; by the host's without one", async () => {
    const time = { iso: "2025-01-01T00:00:00Z" }
    const now = () => Date.parse(time.iso)
    const [own, hosts] = [await stripeAccount(now), await stripeAccount(now)]
    const { secretKey, url: baseUrl, webhookSecret } = hosts.server
    const byHost = stripe({ secretKey, webhookSecret, baseUrl })
    const [t, other] = [await open(host, [own.connector], [byHost]), await open(host, [own.connector], [byHost])]
    const { id } = await t.connect("stripe", own.settings)
    const at = (iso: string) => {
      time.iso = iso
      t.at(iso)
    }
    const change = (settings: object) => t.run(ask((service) => service.update(id, { settings: { ...own.settings, ...settings } })))
    expect(await t.run(ask((service) => service.test(id)))).toMatchObject({ answer: { success: true }, integration: { status: "active" } })

    const [stored] = await own.server.visit((await t.store("stripe")).url, "stores")
    expect(await t.receive(id, stored!)).toMatchObject({ success: true, answer: "", events: [{ external_data: { result: "booked" } }] })
    expect(await t.receive(id, stored!)).toMatchObject({ events: [{ external_data: { result: "repeated" } }] })
    at("2025-02-01T00:00:00Z")
    await t.bill("2025-02-01T00:00:00Z")
    expect(await t.collect()).toMatchObject({ succeeded: 1 })
    const [payment] = (await t.run(Effect.flatMap(Payments, (payments) => payments.list()))).items
    await t.run(Effect.flatMap(Payments, (payments) => payments.refund(payment!.id, { amount_cents: 800n })))
    expect(await t.run(Effect.flatMap(Refunding, (refunding) => refunding.refundDue()))).toMatchObject({ succeeded: 1 })
    expect([own.server.intents.size, own.server.refunds.size, hosts.server.intents.size]).toEqual([1, 1, 0])

    // Another secret of the webhook: what was signed with the one before is refused, on either way in.
    await change({ webhook_secret: "whsec_fresh" })
    const late = own.server.signed("payment_intent.succeeded", [...own.server.intents.values()][0])
    expect(await t.fail(ask((service) => service.receive(id, late)))).toMatchObject({ _tag: "SignatureInvalid" })
    const byName = Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...late }))
    expect(await t.fail(byName)).toMatchObject({ _tag: "SignatureInvalid" })

    // Keys that Stripe refuses decide nothing: the charge waits for others.
    await change({ secret_key: "sk_live_revoked4711" })
    const failed = await t.run(ask((service) => service.test(id)))
    expect(failed).toMatchObject({ answer: { details: { code: "unauthorized" } }, integration: { status: "error" } })
    at("2025-03-01T00:00:00Z")
    await t.bill("2025-03-01T00:00:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, unknown: 1 })
    await change({})
    at("2025-03-01T00:16:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, succeeded: 1 })

    // Set inactive, it charges nothing, nor does the host's account in its place; what comes in still counts.
    await t.run(ask((service) => service.update(id, { status: "inactive" })))
    at("2025-04-01T00:00:00Z")
    await t.bill("2025-04-01T00:00:00Z")
    const { id: invoice_id } = await t.invoice()
    expect(await t.collect()).toMatchObject({ failed: 1 })
    expect(await t.fail(t.checkout(invoice_id, "stripe"))).toMatchObject({ _tag: "ProviderNotConfigured" })
    expect((await t.receive(id, own.server.signed("customer.created", {}))).success).toBe(true)

    other.at("2025-04-01T00:00:00Z")
    const [kept] = await hosts.server.visit((await other.store("stripe")).url, "stores")
    await other.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...kept! })))
    await other.bill("2025-04-01T00:00:00Z")
    expect(await other.collect()).toMatchObject({ succeeded: 3 })
    expect([own.server.intents.size, hosts.server.intents.size]).toEqual([2, 3])

    const { items: history } = await t.run(ask((service) => service.syncHistory(id, { order_by: "created_at:asc" })))
    expect(history.map(({ action, status }) => [action, status])).toEqual([
      ["test", "succeeded"],
      ["webhook", "succeeded"],
      ["test", "failed"],
      ["webhook", "succeeded"]
    ])
    const { items: audited } = await t.run(Effect.flatMap(AuditTrail, (trail) => trail.list({ limit: 1000 })))
    const told = JSON.stringify([history, audited, failed], (_, value) => (typeof value === "bigint" ? String(value) : value))
    for (const secret of ["revoked", own.server.secretKey, own.server.webhookSecret, "whsec_fresh"]) expect(told).not.toContain(secret)
    expect(await t.violations()).toEqual([])
    await Promise.all([own.close(), hosts.close()])
  })

  it("asks for what was called on the account of then, so that a change of accounts charges nobody twice", async () => {
    const time = { iso: "2025-01-01T00:00:00Z" }
    const now = () => Date.parse(time.iso)
    const [own, hosts] = [await stripeAccount(now), await stripeAccount(now)]
    const { secretKey, url: baseUrl, webhookSecret } = hosts.server
    const connector: PaymentConnector = { ...own.connector, open: (connection) => Effect.map(own.connector.open(connection), lossy) }
    const t = await open(host, [connector], [lossy(stripe({ secretKey, webhookSecret, baseUrl }))])
    const at = (iso: string) => {
      time.iso = iso
      t.at(iso)
    }
    const [stored] = await hosts.server.visit((await t.store("stripe")).url, "stores")
    const byName = (request: WebhookRequest) =>
      t.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...request })))
    await byName(stored!)
    at("2025-02-01T00:00:00Z")
    await t.bill("2025-02-01T00:00:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, unknown: 1 })

    at("2025-02-01T00:10:00Z")
    const { id } = await t.connect("stripe", own.settings)
    at("2025-02-01T00:20:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, succeeded: 1 })
    const [payment] = (await t.run(Effect.flatMap(Payments, (payments) => payments.list()))).items
    await t.run(Effect.flatMap(Payments, (payments) => payments.refund(payment!.id, { amount_cents: 800n })))
    expect(await t.run(Effect.flatMap(Refunding, (refunding) => refunding.refundDue()))).toMatchObject({ succeeded: 1 })
    expect([hosts.server.intents.size, hosts.server.refunds.size, own.server.intents.size]).toEqual([1, 1, 0])
    expect((await byName(hosts.server.signed("customer.created", {}))).events).toHaveLength(1)

    at("2025-03-01T00:00:00Z")
    await t.bill("2025-03-01T00:00:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, unknown: 1 })
    const remove = ask((service) => service.delete(id))
    expect(await t.fail(remove)).toMatchObject({ _tag: "InvalidTransition", entity: "integration" })
    at("2025-03-01T00:20:00Z")
    expect(await t.collect()).toMatchObject({ charges: 1, succeeded: 1 })
    await t.run(remove)
    expect([hosts.server.intents.size, own.server.intents.size]).toEqual([1, 1])
    await Promise.all([own.close(), hosts.close()])
  })

  it.each([
    ["gocardless", gocardlessAccount, ""],
    ["adyen", adyenAccount, "[accepted]"]
  ] as ReadonlyArray<[PaymentConnector["provider"], typeof adyenAccount, string]>)(
    "is paid at a page of %s that was opened by the keys of the integration",
    async (name, account, answer) => {
      const { close, connector, server, settings } = await account()
      const t = await open(host, [connector])
      const { id } = await t.connect(name, settings)
      expect((await t.run(ask((service) => service.test(id)))).integration.status).toBe("active")
      await t.bill("2025-02-01T00:00:00Z")
      const { id: invoice_id } = await t.invoice()
      const { provider_checkout_url: page } = await t.run(t.checkout(invoice_id, name as ProviderName))
      for (const request of await server.visit(page!, "pays")) expect((await t.receive(id, request)).answer).toBe(answer)
      expect((await t.invoice()).status).toBe("paid")
      await close()
    }
  )
})

it("reaches no other host by a setting", async () => {
  const open = (settings: Record<string, string>) =>
    Effect.runPromise(
      Effect.flip(
        adyenConnector().open({
          integration_id: IntegrationId.make("01900000-0000-7000-8000-000000000002"),
          settings
        } as unknown as Connection)
      )
    )
  const keys = { api_key: "key", merchant_account: "m", hmac_key: "ab" }
  expect(await open({ ...keys, live_endpoint_url_prefix: "evil.example/" })).toMatchObject({
    details: { code: "settings", setting: "live_endpoint_url_prefix" }
  })
  expect(await open({ ...keys, environment: "//evil.example" })).toMatchObject({ details: { setting: "environment" } })
})
