import { Effect } from "effect"
import { expect, it } from "vitest"
import { type ProviderScript, scriptedProvider } from "../../adapters/testing/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import {
  Collecting,
  PaymentMethods,
  Payments,
  type ProviderEvent,
  ProviderUnsupported,
  ProviderWebhooks
} from "../../src/payments/index.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"

const pages = { success_url: "https://host.example/paid", cancel_url: "https://host.example/back" }
const checkout = (invoice_id: string, provider?: "stripe" | "ucp" | "manual") =>
  Effect.flatMap(Payments, (payments) => payments.checkout({ invoice_id, ...pages, ...(provider === undefined ? {} : { provider }) }))
const collectDue = Effect.flatMap(Collecting, (collecting) => collecting.collectDue())
const record = (invoice_id: string, amount_cents: bigint) =>
  Effect.flatMap(Payments, (payments) => payments.record({ invoice_id, amount_cents }))
const payment = (id: string) => Effect.flatMap(Payments, (payments) => payments.get(id))
const of = (t: Tenant, invoice_id: string) =>
  t.run(Effect.flatMap(Payments, (payments) => Effect.map(payments.list({ invoice_id, order_by: "created_at:asc" }), (page) => page.items)))

/** A tenant over a scripted provider, and an invoice of 10,800 EUR that is due. */
const due = async (host: BillingHost, script: ProviderScript = {}) => {
  const provider = scriptedProvider(script)
  const other = scriptedProvider({ name: "ucp" })
  const t = await host.tenant({ providers: [provider, other], customer: { email: "c@example.com" } })
  t.at("2025-01-01T00:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
  await t.subscribe("s", "p")
  await t.bill("2025-02-01T00:00:00Z")
  const invoice = (await t.invoices())[0]!.invoice
  const status = async () => (await t.run(Effect.flatMap(Invoices, (invoices) => invoices.get(invoice.id)))).invoice.status
  const receive = (...events: ReadonlyArray<ProviderEvent>) =>
    t.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...provider.webhook(events) })))
  return { t, provider, other, invoice, status, receive }
}

let events = 0
const says = (key: string, status: "succeeded" | "failed" | "canceled" | "processing", amount_cents?: bigint): ProviderEvent => ({
  id: `e${++events}`,
  name: status,
  words: [
    {
      about: "charge",
      of: { provider_checkout_id: null, provider_payment_id: null, key },
      outcome: {
        status,
        provider_payment_id: `pi_${key}`,
        collected: amount_cents === undefined ? null : { amount_cents, currency: "EUR" },
        failure_reason: status === "failed" ? "declined" : null
      }
    }
  ]
})

describeBilling("a checkout", (host) => {
  it("opens a page of the provider over what is due, once: the same page again until it expires", async () => {
    const { invoice, provider, status, receive, t } = await due(host)
    await t.run(record(invoice.id, 800n))
    const opened = await t.run(checkout(invoice.id))
    expect(opened).toMatchObject({ status: "pending", provider: "stripe", amount_cents: 10_000n })
    expect(opened.provider_checkout_url).toMatch(/^https:/)
    expect(provider.checkouts.get(opened.id)!.call).toMatchObject({
      amount_cents: 10_000n,
      currency: "EUR",
      description: invoice.invoice_number,
      customer: { email: "c@example.com" },
      metadata: { payment_id: opened.id },
      ...pages
    })
    t.at("2025-02-01T23:59:59Z")
    expect(await t.run(checkout(invoice.id))).toEqual(opened)
    expect(provider.calls()).toBe(1)
    expect(await receive(says(opened.id, "succeeded", 10_000n))).toMatchObject({ events: [{ result: "booked" }] })
    expect(await t.run(payment(opened.id))).toMatchObject({ status: "succeeded", provider_payment_id: `pi_${opened.id}` })
    expect(await status()).toBe("paid")
    expect(await t.fail(checkout(invoice.id))).toMatchObject({ _tag: "NothingDue" })
    expect(await t.violations()).toEqual([])
  })

  it("of another amount or provider ends the page before, at its provider too", async () => {
    const { invoice, provider, other, t } = await due(host)
    const first = await t.run(checkout(invoice.id))
    await t.run(record(invoice.id, 800n))
    const second = await t.run(checkout(invoice.id))
    expect(second).toMatchObject({ status: "pending", amount_cents: 10_000n })
    expect(provider.checkouts.get(first.id)!.outcome).toMatchObject({ status: "canceled" })
    const third = await t.run(checkout(invoice.id, "ucp"))
    expect(other.checkouts.size).toBe(1)
    expect((await of(t, invoice.id)).filter(({ provider: name }) => name !== "manual").map(({ status }) => status)).toEqual([
      "canceled",
      "canceled",
      "pending"
    ])
    t.at("2025-02-02T00:00:00Z")
    expect((await t.run(checkout(invoice.id, "ucp"))).id).not.toBe(third.id)
    expect(await t.violations()).toEqual([])
  })

  it("that was paid while another one is asked for is booked, not opened again", async () => {
    const { invoice, provider, status, t } = await due(host)
    const first = await t.run(checkout(invoice.id))
    provider.settleCheckout(first.id, "succeeded")
    expect(await t.fail(checkout(invoice.id, "ucp"))).toMatchObject({ _tag: "NothingDue" })
    expect(await status()).toBe("paid")
  })

  it("whose answer was lost goes on with the same key; one that the provider refuses leaves nothing under way", async () => {
    const { invoice, provider, t } = await due(host, { fault: (call) => (call === 1 ? "after" : undefined) })
    expect(await t.fail(checkout(invoice.id))).toMatchObject({ _tag: "ProviderFailed", code: "connection_lost" })
    const opened = await t.run(checkout(invoice.id))
    expect(provider.checkouts.size).toBe(1)
    expect(opened.provider_checkout_url).not.toBeNull()

    const lacking = await due(host)
    Object.assign(lacking.provider, { checkout: () => Effect.fail(new ProviderUnsupported({ provider: "stripe", operation: "checkout" })) })
    expect(await lacking.t.fail(checkout(lacking.invoice.id))).toMatchObject({ _tag: "ProviderUnsupported" })
    expect(await of(lacking.t, lacking.invoice.id)).toMatchObject([{ status: "canceled" }])
    expect(await lacking.t.fail(checkout(lacking.invoice.id, "manual"))).toMatchObject({
      _tag: "ProviderNotConfigured",
      provider: "manual"
    })
  })

  it("that two ask for at once is one page", async () => {
    const { invoice, provider, t } = await due(host)
    const opened = await t.run(Effect.all([checkout(invoice.id), checkout(invoice.id), checkout(invoice.id)], { concurrency: "unbounded" }))
    expect(new Set(opened.map(({ id, provider_checkout_url }) => `${id} ${provider_checkout_url}`)).size).toBe(1)
    expect(provider.checkouts.size).toBe(1)
  })

  it("that nobody hears of again is asked about once its page is closed", async () => {
    const { invoice, provider, status, t } = await due(host)
    const opened = await t.run(checkout(invoice.id))
    expect(await t.run(collectDue)).toMatchObject({ charges: 0 })
    t.at("2025-02-02T00:06:00Z")
    expect(await t.run(collectDue)).toMatchObject({ canceled: 1 })
    expect(await t.run(payment(opened.id))).toMatchObject({ status: "canceled" })
    const again = await t.run(checkout(invoice.id))
    provider.settleCheckout(again.id, "succeeded")
    t.at("2025-02-04T00:00:00Z")
    expect(await t.run(collectDue)).toMatchObject({ succeeded: 1 })
    expect(await status()).toBe("paid")
    expect(await t.violations()).toEqual([])
  })

  it("takes the place of a charge that no provider heard of, and waits for one that was called", async () => {
    const { provider, t } = await due(host, { charge: () => "processing" })
    await t.run(
      Effect.flatMap(PaymentMethods, (methods) =>
        methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "card" })
      )
    )
    await t.bill("2025-03-01T00:00:00Z")
    const second = (await t.invoices())[1]!.invoice
    const opened = await t.run(checkout(second.id))
    expect(await t.run(collectDue)).toMatchObject({ succeeded: 0, processing: 0 })
    expect(provider.charges.size).toBe(0)
    expect((await of(t, second.id)).map(({ status }) => status)).toEqual(["canceled", "pending"])
    expect(opened.status).toBe("pending")
    await t.bill("2025-04-01T00:00:00Z")
    expect(await t.run(collectDue)).toMatchObject({ processing: 1 })
    expect(await t.fail(checkout((await t.invoices())[2]!.invoice.id))).toMatchObject({ _tag: "PaymentInProgress" })
    expect(await t.violations()).toEqual([])
  })
})

describeBilling("a provider's webhook", (host) => {
  it("is refused where its signature is not the provider's, and nothing is kept of it", async () => {
    const { invoice, provider, t } = await due(host)
    const opened = await t.run(checkout(invoice.id))
    const { body, headers } = provider.webhook([says(opened.id, "succeeded")])
    const receive = (name: string, given: typeof headers) =>
      t.fail(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: name, headers: given, body })))
    expect(await receive("stripe", {})).toMatchObject({ _tag: "SignatureInvalid" })
    expect(await receive("stripe", { ...headers, "scripted-signature": "00" })).toMatchObject({ _tag: "SignatureInvalid" })
    expect(await receive("adyen", headers)).toMatchObject({ _tag: "ProviderNotConfigured" })
    expect(await t.run(payment(opened.id))).toMatchObject({ status: "pending" })
  })

  it("is booked once however often it comes, by several at once too; of an unknown payment it is kept and changes nothing", async () => {
    const { invoice, receive, status, t } = await due(host)
    const opened = await t.run(checkout(invoice.id))
    const event = says(opened.id, "succeeded", 10_800n)
    const receipts = await Promise.all([receive(event), receive(event), receive(event, event)])
    expect(receipts.map(({ events: [one] }) => one!.result).toSorted()).toEqual(["booked", "repeated", "repeated"])
    expect(await receive(event)).toMatchObject({ events: [{ result: "repeated" }] })
    expect(await receive(says(opened.id, "canceled"))).toMatchObject({ events: [{ result: "unchanged" }] })
    expect(await receive(says("nobody's", "succeeded"))).toMatchObject({ events: [{ result: "unknown" }] })
    expect(await receive({ id: "other", name: "customer.created", words: [] })).toMatchObject({ events: [{ result: "ignored" }] })
    expect(await status()).toBe("paid")
    expect(await t.violations()).toEqual([])

    const stranger = await due(host)
    expect(await stranger.receive(says(opened.id, "succeeded"))).toMatchObject({ events: [{ result: "unknown" }] })
  })

  it("that comes before the response, or after a page was given up, is booked", async () => {
    const { invoice, provider, receive, status, t } = await due(host)
    const open = provider.checkout
    Object.assign(provider, {
      checkout: (call: Parameters<typeof open>[0]) =>
        Effect.tap(open(call), () => Effect.promise(() => receive(says(call.key, "succeeded"))))
    })
    const opened = await t.run(checkout(invoice.id))
    expect(opened).toMatchObject({ status: "succeeded", provider_checkout_id: `stripe_checkout_${opened.id}` })
    expect(await status()).toBe("paid")
    expect(await t.violations()).toEqual([])
  })

  it("settles what the provider reports; what is more stays on the payment, another currency settles nothing", async () => {
    const { invoice, receive, status, t } = await due(host)
    const opened = await t.run(checkout(invoice.id))
    await t.run(record(invoice.id, 10_000n))
    await receive(says(opened.id, "succeeded", 12_000n))
    expect(await t.run(payment(opened.id))).toMatchObject({ amount_cents: 12_000n, unapplied_amount_cents: 11_200n })
    expect(await status()).toBe("paid")

    const foreign = await due(host)
    const page = await foreign.t.run(checkout(foreign.invoice.id))
    const event = says(page.id, "succeeded", 10_800n)
    const [word] = event.words
    if (word?.about !== "charge") throw new Error("it is about a charge")
    await foreign.receive({
      ...event,
      words: [{ ...word, outcome: { ...word.outcome!, collected: { amount_cents: 10_800n, currency: "USD" } } }]
    })
    expect(await foreign.t.run(payment(page.id))).toMatchObject({ status: "succeeded", unapplied_amount_cents: 10_800n })
    expect(await foreign.status()).toBe("finalized")
    expect(await foreign.t.violations()).toEqual([])
  })

  it("on a charge whose payment is tried again by another one, or was deleted, is money of its own", async () => {
    const { invoice, receive, status, t } = await due(host)
    const first = await t.run(checkout(invoice.id))
    await receive(says(first.id, "failed"))
    await t.run(
      Effect.flatMap(PaymentMethods, (methods) =>
        methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "succeeds" })
      )
    )
    await t.run(Effect.flatMap(Payments, (payments) => payments.retry(first.id)))
    expect(await receive(says(first.id, "succeeded", 10_800n))).toMatchObject({ events: [{ result: "booked" }] })
    expect(await status()).toBe("paid")
    expect(await t.run(collectDue)).toMatchObject({ canceled: 1 })
    expect((await of(t, invoice.id)).map(({ amount_cents, status: is }) => [is, amount_cents])).toEqual([
      ["canceled", 10_800n],
      ["succeeded", 10_800n]
    ])
    expect(await t.violations()).toEqual([])

    const gone = await due(host)
    const page = await gone.t.run(checkout(gone.invoice.id))
    await gone.t.run(Effect.flatMap(Payments, (payments) => payments.delete(page.id)))
    await gone.receive(says(page.id, "succeeded", 10_800n))
    expect(await gone.status()).toBe("paid")
    expect(await gone.t.violations()).toEqual([])
  })

  it("keeps the method that a customer stored at a page of the provider, once", async () => {
    const { provider, receive, t } = await due(host)
    const setup = Effect.flatMap(PaymentMethods, (methods) => methods.setupSession({ external_customer_id: "c", ...pages }))
    expect(await t.run(setup)).toMatchObject({ url: expect.stringMatching(/^https:/) })
    expect(provider.calls()).toBe(1)
    const [customer] = await t.run(Effect.flatMap(PaymentMethods, (methods) => Effect.map(methods.list(), ({ items }) => items)))
    expect(customer).toBeUndefined()
    const customer_id = (await t.invoices())[0]!.invoice.customer_id
    const stores = (id: string, of: string): ProviderEvent => ({
      id,
      name: "stored",
      words: [
        {
          about: "method",
          customer_id: of,
          method: { provider: "stripe", provider_payment_method_id: "pm", type: "card", details: { last4: "4242" } }
        }
      ]
    })
    expect(await receive(stores("m1", customer_id))).toMatchObject({ events: [{ result: "booked" }] })
    expect(await receive(stores("m2", customer_id))).toMatchObject({ events: [{ result: "unchanged" }] })
    expect(await receive(stores("m3", t.organization))).toMatchObject({ events: [{ result: "unknown" }] })
    expect((await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.list()))).items).toMatchObject([
      { provider_payment_method_id: "pm", is_default: true, details: { last4: "4242" } }
    ])
  })
})
