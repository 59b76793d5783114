import { createHmac } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { hmacValidator } from "@adyen/api-library"
import { Effect, Exit } from "effect"
import { verifySignature } from "gocardless-nodejs"
import { afterEach, describe, expect, it } from "vitest"
import { adyen } from "../../../adapters/payments/adyen/index.js"
import { gocardless } from "../../../adapters/payments/gocardless/index.js"
import { ucp } from "../../../adapters/payments/ucp/index.js"
import {
  Collecting,
  PaymentMethods,
  Payments,
  type ProviderName,
  ProviderWebhooks,
  type WebhookRequest
} from "../../../src/payments/index.js"
import { type BillingHost, describeBilling } from "../../support/billing.js"
import { adyenServer } from "./servers/adyen.js"
import { gocardlessServer } from "./servers/gocardless.js"
import { ucpServer } from "./servers/ucp.js"

const servers: Array<{ readonly close: () => Promise<void> }> = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
const kept = <A extends { readonly close: () => Promise<void> }>(server: A): A => {
  servers.push(server)
  return server
}

const openAdyen = async (manualCapture = false) => {
  const server = kept(await adyenServer())
  const { apiKey, hmacKey, merchantAccount, url: baseUrl } = server
  return { server, provider: adyen({ apiKey, hmacKey, merchantAccount, baseUrl, manualCapture, timeoutMillis: 1_000 }) }
}
const openGoCardless = async () => {
  const server = kept(await gocardlessServer())
  const { accessToken, url: baseUrl, webhookSecret } = server
  return { server, provider: gocardless({ accessToken, webhookSecret, environment: "sandbox", baseUrl, timeoutMillis: 1_000 }) }
}
const openUcp = async () => {
  const server = kept(await ucpServer())
  const { apiKey, url: baseUrl, webhookSecret } = server
  return { server, provider: ucp({ apiKey, webhookSecret, baseUrl, profile: "https://host.example/profile", timeoutMillis: 1_000 }) }
}

const call = { key: "k", customer_id: "c", provider_payment_method_id: "succeeds", metadata: {}, amount_cents: 1_000n, currency: "EUR" }

describe("answers of UCP", () => {
  it.each([
    ["an empty answer", () => "null"],
    ["no checkout", () => '{"status":"completed"}'],
    ["more than anybody would read", () => `{"id":"c","pad":"${"x".repeat(2 * 1024 * 1024)}"}`]
  ])("takes %s for none", async (_, text) => {
    const server = createServer((_request, response) => response.end(text()))
    servers.push({ close: () => new Promise((done) => server.close(() => done())) })
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
    const { port } = server.address() as AddressInfo
    const provider = ucp({ apiKey: "k", webhookSecret: "s", baseUrl: `http://127.0.0.1:${port}`, profile: "https://host.example/profile" })
    expect(await Effect.runPromise(Effect.flip(provider.endCheckout("c")))).toMatchObject({
      _tag: "ProviderFailed",
      code: "connection_lost"
    })
  })
})

describe("Adyen", () => {
  it.each([
    ["EUR", 1_050n, 1_050],
    ["CLP", 500n, 50_000],
    ["ISK", 500n, 50_000],
    ["IDR", 50_000n, 500],
    ["CVE", 50_000n, 500],
    ["JPY", 500n, 500],
    ["KWD", 12_345n, 12_345]
  ])("counts %s in its own units: %s are %s", async (currency, amount_cents, value) => {
    const { provider, server } = await openAdyen()
    expect(await Effect.runPromise(provider.charge({ ...call, amount_cents, currency }))).toMatchObject({
      collected: { amount_cents, currency }
    })
    expect([...server.payments.values()].map(({ amount }) => amount.value)).toEqual([value])
    if (currency === "IDR") {
      const refused = await Effect.runPromise(Effect.flip(provider.charge({ ...call, key: "odd", amount_cents: 50_001n, currency })))
      expect(refused).toMatchObject({ _tag: "ProviderFailed", code: "not_expressible" })
    }
  })

  it("signs as its own library does, each item by itself, and takes no authorisation for money where capture is manual", async () => {
    const { provider, server } = await openAdyen(true)
    const amount = { value: 1_000, currency: "EUR" }
    const item = { pspReference: "P", merchantReference: "k", amount, eventCode: "AUTHORISATION" }
    const request = server.signed(item, { ...item, eventCode: "CAPTURE", originalReference: "P", pspReference: "Q" })
    const { notificationItems } = JSON.parse(request.body as string)
    const validator = new hmacValidator()
    expect(validator.validateHMAC(notificationItems[1].NotificationRequestItem, server.hmacKey)).toBe(true)
    const events = await Effect.runPromise(provider.readWebhook(request))
    expect(events.map(({ words: [word] }) => (word?.about === "charge" ? word.outcome?.status : null))).toEqual(["processing", "succeeded"])
    delete notificationItems[1].NotificationRequestItem.additionalData.hmacSignature
    const half = { ...request, body: JSON.stringify({ notificationItems }) }
    expect(await Effect.runPromise(Effect.flip(provider.readWebhook(half)))).toMatchObject({ _tag: "SignatureInvalid" })
    expect(await Effect.runPromise(Effect.flip(provider.readWebhook({ headers: {}, body: "{}" })))).toMatchObject({
      _tag: "SignatureInvalid"
    })
    expect(provider.webhookAnswer).toBe("[accepted]")
  })
})

describe("GoCardless", () => {
  it("signs as its own library does; takes what it collects, and refuses other currencies", async () => {
    const { provider, server } = await openGoCardless()
    const request = server.signed([server.event("payments", "confirmed", { payment: "PM1" }, { billwright_key: "k" })])
    expect(() =>
      verifySignature(request.body as string, server.webhookSecret, request.headers["Webhook-Signature"] as string)
    ).not.toThrow()
    expect(await Effect.runPromise(provider.readWebhook(request))).toMatchObject([
      { words: [{ of: { key: "k" }, outcome: { status: "succeeded" } }] }
    ])
    const refused = await Effect.runPromise(Effect.flip(provider.charge({ ...call, currency: "JPY" })))
    expect(refused).toMatchObject({ _tag: "ProviderFailed", code: "not_expressible" })
  })
})

describe("UCP", () => {
  it("takes its signature with and without its prefix, and lacks what it lacks", async () => {
    const { provider, server } = await openUcp()
    const session = {
      id: "chk",
      status: "refunded",
      currency: "EUR",
      totals: [{ type: "total", amount: 1_000 }],
      metadata: {},
      continue_url: ""
    }
    for (const prefix of ["", "sha256="]) {
      const [event] = await Effect.runPromise(provider.readWebhook(server.signed(session, prefix)))
      expect(event!.words).toMatchObject([{ outcome: { status: "succeeded" } }, { about: "refund", amount_cents: 1_000n }])
    }
    const other = server.signed(session, "sha512=")
    expect(Exit.isFailure(await Effect.runPromiseExit(provider.readWebhook(other)))).toBe(true)
    const plain = { headers: { "x-ucp-signature": createHmac("sha256", "another").update("{}").digest("hex") }, body: "{}" }
    expect(await Effect.runPromise(Effect.flip(provider.readWebhook(plain)))).toMatchObject({ _tag: "SignatureInvalid" })
    expect(await Effect.runPromise(Effect.flip(provider.charge(call)))).toMatchObject({ _tag: "ProviderUnsupported", operation: "charge" })
  })
})

describeBilling("a host with GoCardless, Adyen or UCP", (host) => {
  const pages = { success_url: "https://host.example/paid", cancel_url: "https://host.example/back" }

  /** A tenant with an invoice of 10,800 EUR. The servers' pages close by the machine's clock. */
  const billed = async (on: BillingHost, provider: Awaited<ReturnType<typeof openAdyen | typeof openUcp>>["provider"]) => {
    const t = await on.tenant({ providers: [provider], customer: { email: "c@example.com" } })
    t.at("2025-01-01T00:00:00Z")
    await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
    await t.subscribe("s", "p")
    await t.bill("2025-02-01T00:00:00Z")
    const receive = (request: WebhookRequest) =>
      t.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: provider.name, ...request })))
    return { t, receive, invoice: async () => (await t.invoices()).at(-1)!.invoice }
  }

  it.each([
    ["gocardless", openGoCardless],
    ["adyen", openAdyen],
    ["ucp", openUcp]
  ] as ReadonlyArray<[ProviderName, typeof openUcp]>)("is paid at a page of %s, by webhooks in any order, once", async (name, open) => {
    const { provider, server } = await open()
    const { invoice, receive, t } = await billed(host, provider)
    const { id: invoice_id } = await invoice()
    const opened = await t.run(Effect.flatMap(Payments, (payments) => payments.checkout({ invoice_id, provider: name, ...pages })))
    const webhooks = await server.visit(opened.provider_checkout_url!, "pays")
    for (const request of [...webhooks.toReversed(), ...webhooks]) await receive(request)
    expect(await t.run(Effect.flatMap(Payments, (payments) => payments.get(opened.id)))).toMatchObject({
      status: "succeeded",
      unapplied_amount_cents: 0n
    })
    expect((await invoice()).status).toBe("paid")
    expect(await t.violations()).toEqual([])
  })

  it.each([
    ["gocardless", openGoCardless],
    ["adyen", openAdyen]
  ] as ReadonlyArray<[ProviderName, typeof openAdyen]>)(
    "charges a method stored at a page of %s once, though the answer was lost",
    async (name, open) => {
      const { provider, server } = await open()
      const { receive, t } = await billed(host, provider)
      const given = { external_customer_id: "c", provider: name, ...pages }
      const setup = await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.setupSession(given)))
      for (const request of await server.visit(setup.url, "stores")) await receive(request)
      await t.bill("2025-03-01T00:00:00Z")
      const collect = () => t.run(Effect.flatMap(Collecting, (collecting) => collecting.collectDue()))
      server.hangNext()
      expect(await collect()).toMatchObject({ charges: 1, unknown: 1 })
      t.at("2025-03-01T00:16:00Z")
      expect(await collect()).toMatchObject({ charges: 1, unknown: 0 })
      const [payment] = (await t.run(Effect.flatMap(Payments, (payments) => payments.list({ provider: name })))).items
      expect(["processing", "succeeded"]).toContain(payment!.status)
      expect(server.collected(payment!.id)).toEqual({ times: 1, amount_cents: 10_800n })
      expect(await t.violations()).toEqual([])
    }
  )
})
