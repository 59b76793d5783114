import { DateTime, Effect, Either } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adyen } from "../../../adapters/payments/adyen/index.js"
import { gocardless } from "../../../adapters/payments/gocardless/index.js"
import { manual } from "../../../adapters/payments/manual/index.js"
import { stripe } from "../../../adapters/payments/stripe/index.js"
import { ucp } from "../../../adapters/payments/ucp/index.js"
import { paymentProviderConformance, type ScriptedProvider, scriptedProvider } from "../../../adapters/testing/index.js"
import { paymentProvider } from "../../../src/client/index.js"
import { ProviderFailed } from "../../../src/payments/index.js"
import { adyenServer } from "./servers/adyen.js"
import { gocardlessServer } from "./servers/gocardless.js"
import { stripeServer } from "./servers/stripe.js"
import { ucpServer } from "./servers/ucp.js"

const runner = { describe, it, beforeAll, afterAll }
const methods = { succeeds: "succeeds", fails: "fails" }

/** What a customer does at a page of the scripted provider. */
const visitScripted = (provider: ScriptedProvider) => async (address: string, as: "pays" | "declined" | "stores") => {
  const url = new URL(address)
  const id = url.pathname.slice(1)
  if (as === "stores") {
    const method = {
      provider: "stripe" as const,
      provider_payment_method_id: `succeeds_${id}`,
      type: "card" as const,
      details: { last4: "4242" }
    }
    const customer_id = url.searchParams.get("customer")!
    return [provider.webhook([{ id: `event_${id}`, name: "stored", words: [{ about: "method", customer_id, method }] }])]
  }
  const key = id.slice("stripe_checkout_".length)
  provider.settleCheckout(key, as === "pays" ? "succeeded" : "failed")
  const { outcome } = provider.checkouts.get(key)!
  const of = { provider_checkout_id: id, provider_payment_id: null, key }
  return [provider.webhook([{ id: `event_${id}`, name: as, words: [{ about: "charge", of, outcome }] }])]
}

paymentProviderConformance("scripted", runner, async () => {
  const provider = scriptedProvider()
  const collected = async (key: string) => {
    const charge = provider.charges.get(key)
    return charge?.outcome.status === "succeeded" ? { times: 1, amount_cents: charge.call.amount_cents } : { times: 0, amount_cents: 0n }
  }
  return { provider, methods, collected, visit: visitScripted(provider), close: () => {} }
})

paymentProviderConformance("manual", runner, async () => ({
  provider: manual,
  methods,
  collected: async () => ({ times: 0, amount_cents: 0n }),
  visit: async () => [],
  close: () => {}
}))

paymentProviderConformance("stripe", runner, async () => {
  const server = await stripeServer()
  const { close, secretKey, url: baseUrl, visit, webhookSecret } = server
  const provider = stripe({ secretKey, webhookSecret, baseUrl })
  const collected = async (key: string) => server.collected(key)
  return { provider, methods: { succeeds: "pm_succeeds", fails: "pm_fails" }, collected, visit, close }
})

paymentProviderConformance("gocardless", runner, async () => {
  const server = await gocardlessServer()
  const { accessToken, close, url: baseUrl, visit, webhookSecret } = server
  const provider = gocardless({ accessToken, webhookSecret, environment: "sandbox", baseUrl })
  const collected = async (key: string) => server.collected(key)
  return { provider, methods: { succeeds: "MD_succeeds", fails: "MD_fails" }, collected, visit, close }
})

paymentProviderConformance("adyen", runner, async () => {
  const server = await adyenServer()
  const { apiKey, close, hmacKey, merchantAccount, url: baseUrl, visit } = server
  const provider = adyen({ apiKey, hmacKey, merchantAccount, baseUrl })
  const collected = async (key: string) => server.collected(key)
  return { provider, methods: { succeeds: "succeeds", fails: "fails" }, collected, visit, close }
})

paymentProviderConformance("ucp", runner, async () => {
  const { apiKey, close, url: baseUrl, visit, webhookSecret } = await ucpServer()
  const provider = ucp({ apiKey, webhookSecret, baseUrl, profile: "https://host.example/profile" })
  return { provider, methods, collected: async () => ({ times: 0, amount_cents: 0n }), visit, close }
})

describe("a provider of functions that answer Promises", () => {
  paymentProviderConformance("of functions", runner, async () => {
    const scripted = scriptedProvider()
    const done = Effect.runPromise
    const at = async <A extends { readonly expires_at: DateTime.Utc }>(page: Effect.Effect<A, unknown>) => {
      const opened = await done(page)
      return { ...opened, expires_at: DateTime.toDateUtc(opened.expires_at) }
    }
    const provider = paymentProvider({
      name: scripted.name,
      charge: (call) => done(scripted.charge(call)),
      findCharge: (call) => done(scripted.findCharge(call)),
      refund: (call) => done(scripted.refund(call)),
      findRefund: (call) => done(scripted.findRefund(call)),
      checkout: (call) => at(scripted.checkout(call)),
      endCheckout: (id) => done(scripted.endCheckout(id)),
      setup: (call) => at(scripted.setup(call)),
      readWebhook: async (request) => {
        const events = await done(Effect.either(scripted.readWebhook(request)))
        if (Either.isLeft(events)) throw events.left
        return events.right
      }
    })
    const collected = async (key: string) => {
      const charge = scripted.charges.get(key)
      const times = charge?.outcome.status === "succeeded" ? 1 : 0
      return { times, amount_cents: times === 1 ? charge!.call.amount_cents : 0n }
    }
    return { provider, methods, collected, visit: visitScripted(scripted), close: () => undefined }
  })

  it("lacks what it is not given, and a rejection is a call without an answer", async () => {
    const provider = paymentProvider({
      name: "ucp",
      charge: () => Promise.reject(new Error("socket hang up")),
      findCharge: () => {
        throw new ProviderFailed({ provider: "ucp", code: "no_such_account" })
      }
    })
    const failure = (call: Effect.Effect<unknown, unknown>) => Effect.runPromise(Effect.flip(call))
    const call = { key: "k", amount_cents: 1n, currency: "EUR", customer_id: "c", provider_payment_method_id: "p", metadata: {} }
    expect(await failure(provider.charge(call))).toMatchObject({ _tag: "ProviderFailed", code: "unavailable" })
    expect(await failure(provider.findCharge(call))).toMatchObject({ _tag: "ProviderFailed", code: "no_such_account" })
    expect(await failure(provider.endCheckout("c"))).toMatchObject({ _tag: "ProviderUnsupported", operation: "endCheckout" })
    expect(await failure(provider.readWebhook({ headers: {}, body: "" }))).toMatchObject({ _tag: "ProviderUnsupported" })
  })
})
