import { Effect, Exit } from "effect"
import fc from "fast-check"
import Stripe from "stripe"
import { afterEach, describe, expect, it } from "vitest"
import { stripe } from "../../../adapters/payments/stripe/index.js"
import { testClock } from "../../../adapters/testing/index.js"
import { Invoices } from "../../../src/invoicing/index.js"
import {
  type ChargeCall,
  Collecting,
  PaymentMethods,
  Payments,
  ProviderWebhooks,
  type WebhookRequest
} from "../../../src/payments/index.js"
import { type BillingHost, describeBilling } from "../../support/billing.js"
import { stripeServer } from "./servers/stripe.js"

const servers: Array<{ readonly close: () => Promise<void> }> = []
const open = async (now?: () => number) => {
  const server = await stripeServer(now)
  servers.push(server)
  const { secretKey, url: baseUrl, webhookSecret } = server
  return { server, provider: stripe({ secretKey, webhookSecret, baseUrl, timeoutMillis: 1_000 }) }
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const callOf = (given: Partial<ChargeCall>): ChargeCall => ({
  key: "k",
  amount_cents: 1_000n,
  currency: "EUR",
  customer_id: "c",
  provider_payment_method_id: "pm_succeeds",
  metadata: {},
  ...given
})

describe("Stripe", () => {
  it.each([
    ["EUR", 1_050n, 1_050],
    ["JPY", 500n, 500],
    ["ISK", 500n, 50_000],
    ["UGX", 500n, 50_000],
    ["MGA", 50_000n, 500],
    ["KWD", 12_340n, 12_340]
  ])("counts %s in its own units: %s are %s", async (currency, amount_cents, counted) => {
    const { provider, server } = await open()
    const outcome = await Effect.runPromise(provider.charge(callOf({ currency, amount_cents })))
    expect(outcome).toMatchObject({ status: "succeeded", collected: { amount_cents, currency } })
    expect([...server.intents.values()].map(({ amount }) => amount)).toEqual([counted])
  })

  it.each([
    ["KWD", 12_345n],
    ["MGA", 50_001n],
    ["CLF", 12_345n],
    ["EUR", 2n ** 60n]
  ])("refuses what it cannot express: %s %s", async (currency, amount_cents) => {
    const { provider, server } = await open()
    const failed = await Effect.runPromise(Effect.flip(provider.charge(callOf({ currency, amount_cents }))))
    expect(failed).toMatchObject({ _tag: "ProviderFailed", code: "not_expressible" })
    const refund = { key: "r", provider_payment_id: "pi", metadata: {}, amount_cents, currency }
    expect(await Effect.runPromise(Effect.flip(provider.refund(refund)))).toEqual(failed)
    expect(server.intents.size).toBe(0)
  })

  it("declines with the issuer's reason, and where the customer would have to authenticate", async () => {
    const { provider } = await open()
    const charge = (key: string, provider_payment_method_id: string) =>
      Effect.runPromise(provider.charge(callOf({ key, provider_payment_method_id })))
    expect(await charge("a", "pm_fails")).toMatchObject({ status: "failed", failure_reason: "insufficient_funds" })
    expect(await charge("b", "pm_authenticates")).toMatchObject({ status: "failed", failure_reason: "authentication_required" })
    expect(await charge("c", "pm_slow")).toMatchObject({ status: "processing" })
    expect(await charge("d", "pm_loose_succeeds")).toMatchObject({ status: "succeeded" })
    const unknown = await Effect.runPromise(Effect.flip(provider.charge(callOf({ key: "e", provider_payment_method_id: "gone" }))))
    expect(unknown).toMatchObject({ _tag: "ProviderFailed", code: "resource_missing" })
  })

  it("shows no secret in what it fails with", async () => {
    const { server } = await open()
    const provider = stripe({ secretKey: "sk_test_planted", webhookSecret: "whsec_planted", baseUrl: server.url })
    const failed = await Effect.runPromise(Effect.flip(provider.charge(callOf({}))))
    expect(failed).toMatchObject({ code: "unavailable" })
    const refused = await Effect.runPromise(Effect.flip(provider.readWebhook(server.signed("a", {}))))
    for (const text of [failed, refused].flatMap((error) => [String(error), JSON.stringify(error), error.stack ?? ""]))
      expect(text).not.toMatch(/planted/)
  })

  it("returns no more than was paid", async () => {
    const { provider } = await open()
    const { provider_payment_id } = await Effect.runPromise(provider.charge(callOf({})))
    const call = { provider_payment_id: provider_payment_id!, currency: "EUR", metadata: {} }
    expect(await Effect.runPromise(provider.refund({ ...call, key: "r", amount_cents: 1_001n }))).toMatchObject({ status: "failed" })
    expect(await Effect.runPromise(provider.refund({ ...call, key: "s", amount_cents: 1_000n }))).toMatchObject({ status: "succeeded" })
  })
})

describe("a webhook of Stripe", () => {
  const T = 1_700_000_000
  const body = JSON.stringify({ id: "evt", type: "customer.created", data: { object: {} } })
  const header = (secret: string, timestamp = T) => Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp })
  const v1 = (text: string) => text.split("v1=")[1]!
  const read = async (headers: WebhookRequest["headers"], given: WebhookRequest["body"] = body, at = T, secret = "whsec_one") => {
    const provider = stripe({ secretKey: "sk", webhookSecret: secret })
    const clock = testClock(new Date(at * 1000).toISOString())
    return Exit.isSuccess(await Effect.runPromiseExit(provider.readWebhook({ headers, body: given }).pipe(Effect.provide(clock.layer))))
  }
  const right = header("whsec_one")

  it("is read by the header that the official client makes, whatever its case, in bytes or as text, up to five minutes off", async () => {
    expect(await read({ "Stripe-Signature": right })).toBe(true)
    expect(await read({ "stripe-signature": [right] }, new TextEncoder().encode(body))).toBe(true)
    expect(await read({ "stripe-signature": `t=${T},v1=${"0".repeat(64)},v1=${v1(right)}` })).toBe(true)
    expect(await read({ "stripe-signature": `t=${T},v0=abc,v1=${v1(right)}` })).toBe(true)
    expect(await read({ "stripe-signature": right }, body, T + 300)).toBe(true)
    expect(await read({ "stripe-signature": right }, body, T - 300)).toBe(true)
  })

  it.each<[string, WebhookRequest["headers"], WebhookRequest["body"]?, number?, string?]>([
    ["no header", {}],
    ["an empty one", { "stripe-signature": "" }],
    ["two", { "stripe-signature": [right, right] }],
    ["one without time", { "stripe-signature": `v1=${v1(right)}` }],
    ["two times", { "stripe-signature": `t=${T},t=${T},v1=${v1(right)}` }],
    ["a time that is none", { "stripe-signature": `t=hello,v1=${v1(right)}` }],
    ["another time", { "stripe-signature": `t=${T + 1},v1=${v1(right)}` }],
    ["no signature", { "stripe-signature": `t=${T}` }],
    ["a cut signature", { "stripe-signature": `t=${T},v1=${v1(right).slice(0, 8)}` }],
    ["one in capitals", { "stripe-signature": `t=${T},v1=${v1(right).toUpperCase()}` }],
    ["the right one under another name", { "stripe-signature": `t=${T},v2=${v1(right)}` }],
    ["another secret's", { "stripe-signature": header("whsec_two") }],
    ["a thousand signatures before the right one", { "stripe-signature": `t=${T}${`,v1=${"0".repeat(64)}`.repeat(1000)},v1=${v1(right)}` }],
    ["another body", { "stripe-signature": right }, `${body} `],
    ["a body that was written again", { "stripe-signature": right }, JSON.stringify(JSON.parse(body), null, 1)],
    ["more than five minutes later", { "stripe-signature": right }, body, T + 301],
    ["more than five minutes earlier", { "stripe-signature": right }, body, T - 301],
    ["no secret set up", { "stripe-signature": header(" ").replace(/v1=.*/, `v1=${"0".repeat(64)}`) }, body, T, ""]
  ])("is refused with %s", async (_, headers, given, at, secret) => {
    expect(await read(headers, given, at, secret)).toBe(false)
  })

  it("is never a defect, whatever the header", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(..."tv1=,0a 9-") }), async (text) => {
        expect(await read({ "stripe-signature": text })).toBe(false)
      }),
      { numRuns: 300 }
    )
  })
})

describeBilling("a host with Stripe", (host) => {
  const pages = { success_url: "https://host.example/paid", cancel_url: "https://host.example/back" }

  const billed = async (on: BillingHost) => {
    const time = { iso: "2025-01-01T00:00:00Z" }
    const { provider, server } = await open(() => Date.parse(time.iso))
    const t = await on.tenant({ providers: [provider], customer: { email: "c@example.com" } })
    const at = (iso: string) => {
      time.iso = iso
      t.at(iso)
    }
    at(time.iso)
    await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
    await t.subscribe("s", "p")
    const receive = (request: WebhookRequest) =>
      t.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...request })))
    const invoice = async () => (await t.invoices()).at(-1)!.invoice
    const bill = async (iso: string) => {
      time.iso = iso
      await t.bill(iso)
      return invoice()
    }
    return { t, at, bill, invoice, server, provider, receive, collect: () => t.run(Effect.flatMap(Collecting, (one) => one.collectDue())) }
  }

  it("is paid at a page, past 3-D Secure, whatever order its webhooks come in and how often", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [2, 2, 1, 0, 1]
    ]) {
      const { bill, invoice, receive, server, t } = await billed(host)
      const { id: invoice_id } = await bill("2025-02-01T00:00:00Z")
      const payment = await t.run(Effect.flatMap(Payments, (payments) => payments.checkout({ invoice_id, ...pages })))
      await Promise.all((await server.visit(payment.provider_checkout_url!, "declined")).map(receive))
      const webhooks = await server.visit(payment.provider_checkout_url!, "authenticates")
      for (const index of order) await receive(webhooks[index]!)
      expect(await t.run(Effect.flatMap(Payments, (payments) => payments.get(payment.id)))).toMatchObject({
        status: "succeeded",
        amount_cents: 10_800n,
        unapplied_amount_cents: 0n
      })
      expect((await invoice()).status).toBe("paid")
      expect(await t.violations()).toEqual([])
    }
  })

  it("charges a method that was stored at a page, once, though the answer was lost after the charge went through", async () => {
    const { at, bill, collect, receive, server, t } = await billed(host)
    const setup = await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.setupSession({ external_customer_id: "c", ...pages })))
    for (const webhook of await server.visit(setup.url, "stores")) await receive(webhook)
    expect((await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.list()))).items).toMatchObject([
      { type: "card", is_default: true, details: { brand: "visa", last4: "4242" } }
    ])
    const { id } = await bill("2025-02-01T00:00:00Z")
    server.hangNext()
    expect(await collect()).toMatchObject({ charges: 1, unknown: 1 })
    expect(server.intents.size).toBe(1)
    at("2025-02-01T00:16:00Z")
    expect(await collect()).toMatchObject({ charges: 1, succeeded: 1 })
    expect(server.intents.size).toBe(1)
    expect((await t.run(Effect.flatMap(Invoices, (invoices) => invoices.get(id)))).invoice.status).toBe("paid")

    // The webhook before the response: what it says is booked, and the answer that comes later changes nothing.
    await bill("2025-03-01T00:00:00Z")
    server.hangNext()
    await collect()
    const intent = [...server.intents.values()].at(-1)!
    expect(await receive(server.signed("payment_intent.succeeded", intent))).toMatchObject({ events: [{ result: "booked" }] })
    expect((await t.invoices()).at(-1)!.invoice.status).toBe("paid")
    at("2025-03-01T00:16:00Z")
    expect(await collect()).toMatchObject({ charges: 0 })
    expect(server.intents.size).toBe(2)
    expect(await t.violations()).toEqual([])
  })
})
