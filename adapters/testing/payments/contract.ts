/** The contract of payment providers: what the library relies on, for every adapter. What a provider lacks says so by its type. */
import { strict as assert } from "node:assert"
import { Effect, Either } from "effect"
import type {
  ChargeCall,
  CheckoutCall,
  PaymentProvider,
  ProviderWord,
  RefundCall,
  SetupCall,
  WebhookRequest
} from "../../../src/payments/index.js"
import type { TestRunner } from "../stores/index.js"

/** A provider opened for the suite alone, with stored methods that end as their names say. */
export interface OpenedProvider {
  readonly provider: PaymentProvider
  readonly methods: { readonly succeeds: string; readonly fails: string }
  /** How often and how much the provider's own books say it collected for a key: the truth that the suite compares with. */
  readonly collected: (key: string) => Promise<{ readonly times: number; readonly amount_cents: bigint }>
  /**
   * Does at the page of a checkout or a setup what a customer would, and answers the webhooks that the provider sends of it,
   * signed, in order; none where it has no pages.
   */
  readonly visit: (url: string, as: "pays" | "declined" | "stores") => Promise<ReadonlyArray<WebhookRequest>>
  readonly close: () => Promise<void> | void
}

const tagOf = (error: unknown): unknown => (error as { readonly _tag?: unknown })._tag

/** Whether a provider says that it cannot do this: it has no such operation, or no way to count the amount. */
const isLacking = (error: unknown): boolean =>
  tagOf(error) === "ProviderUnsupported" || (error as { readonly code?: unknown }).code === "not_expressible"

const answer = <A, E>(call: Effect.Effect<A, E>): Promise<A | "unsupported"> =>
  Effect.runPromise(
    Effect.either(call).pipe(
      Effect.flatMap((result) => {
        if (Either.isRight(result)) return Effect.succeed<A | "unsupported">(result.right)
        return isLacking(result.left) ? Effect.succeed("unsupported" as const) : Effect.die(result.left)
      })
    )
  )

let keys = 0
const freshKey = (): string => `contract-${++keys}`

const callOf = (provider_payment_method_id: string, given: Partial<ChargeCall> = {}): ChargeCall => ({
  key: freshKey(),
  amount_cents: 1_234n,
  currency: "EUR",
  customer_id: "c",
  provider_payment_method_id,
  metadata: { payment_id: "p" },
  ...given
})

const customer = { id: "c", name: "Customer", email: "c@example.com" }
const pages = { success_url: "https://host.example/paid", cancel_url: "https://host.example/back" }

const checkoutOf = (): CheckoutCall => ({
  key: freshKey(),
  amount_cents: 1_234n,
  currency: "EUR",
  customer,
  description: "INV-1",
  ...pages,
  metadata: { payment_id: "p" }
})

const setupOf = (): SetupCall => ({ key: freshKey(), currency: "EUR", customer, ...pages })

const refundOf = (provider_payment_id: string, currency: string): RefundCall => ({
  key: freshKey(),
  provider_payment_id,
  amount_cents: 1_000n,
  currency,
  metadata: {}
})

/** What the events of webhooks say. */
const wordsOf = async (provider: PaymentProvider, webhooks: ReadonlyArray<WebhookRequest>): Promise<ReadonlyArray<ProviderWord>> => {
  const read = await Promise.all(webhooks.map((request) => Effect.runPromise(provider.readWebhook(request))))
  return read.flatMap((events) => events.flatMap(({ words }) => words))
}

const bytesOf = ({ body }: WebhookRequest): Uint8Array => (typeof body === "string" ? new TextEncoder().encode(body) : body)

/** Describes the contract over an adapter: `paymentProviderConformance("mine", { describe, it, beforeAll, afterAll }, open)`. */
export const paymentProviderConformance = (adapter: string, runner: TestRunner, open: () => Promise<OpenedProvider>): void => {
  runner.describe(`payment provider ${adapter}`, () => {
    let opened: OpenedProvider | undefined
    runner.beforeAll(async () => {
      opened = await open()
    })
    runner.afterAll(async () => {
      await opened?.close()
    })
    const on = (test: (opened: OpenedProvider) => Promise<void>) => () => test(opened!)

    runner.it(
      "charges a stored method once for a key, however often it is asked",
      on(async ({ collected, methods, provider }) => {
        const call = callOf(methods.succeeds)
        const first = await answer(provider.charge(call))
        if (first === "unsupported") return
        assert.ok(first.status === "succeeded" || first.status === "processing", first.status)
        assert.ok(first.provider_payment_id !== null, "a charge that was taken has the provider's id")
        const again = await answer(provider.charge(call))
        assert.deepEqual(again, first, "the same key answers the same outcome")
        assert.deepEqual(await collected(call.key), { times: 1, amount_cents: call.amount_cents })
      })
    )

    runner.it(
      "a decline is an outcome, with a reason, and collects nothing",
      on(async ({ collected, methods, provider }) => {
        const call = callOf(methods.fails)
        const outcome = await answer(provider.charge(call))
        if (outcome === "unsupported") return
        assert.equal(outcome.status, "failed")
        assert.ok(outcome.failure_reason !== null && outcome.failure_reason !== "", "a decline has a reason")
        assert.equal((await collected(call.key)).times, 0)
      })
    )

    runner.it(
      "tells what became of a key, and null of one that it has never heard of",
      on(async ({ methods, provider }) => {
        const call = callOf(methods.succeeds)
        const unheard = await answer(provider.findCharge(call))
        if (unheard === "unsupported") return
        assert.equal(unheard, null)
        assert.deepEqual(await answer(provider.charge(call)), await answer(provider.findCharge(call)))
      })
    )

    runner.it(
      "minor units arrive as they are, in currencies without decimals and with three",
      on(async ({ collected, methods, provider }) => {
        for (const [currency, amount_cents] of [
          ["JPY", 5_000n],
          ["KWD", 12_340n]
        ] as const) {
          const call = callOf(methods.succeeds, { currency, amount_cents })
          if ((await answer(provider.charge(call))) === "unsupported") return
          assert.deepEqual(await collected(call.key), { times: 1, amount_cents })
        }
      })
    )

    runner.it(
      "returns money once for a key, in parts, and tells what became of it",
      on(async ({ methods, provider }) => {
        const call = callOf(methods.succeeds)
        const charged = await answer(provider.charge(call))
        if (charged === "unsupported") return
        const returned = refundOf(charged.provider_payment_id!, call.currency)
        const unheard = await answer(provider.findRefund(returned))
        const first = await answer(provider.refund(returned))
        if (first === "unsupported") return
        assert.notEqual(first.status, "failed")
        assert.deepEqual(await answer(provider.refund(returned)), first, "the same key answers the same outcome")
        if (unheard === "unsupported") return
        assert.equal(unheard, null)
        assert.deepEqual(await answer(provider.findRefund(returned)), first)
      })
    )

    runner.it(
      "opens a page to pay on, the same one for the same key, and says of it by webhook what came of it",
      on(async ({ provider, visit }) => {
        const call = checkoutOf()
        const session = await answer(provider.checkout(call))
        if (session === "unsupported") return
        assert.ok(URL.canParse(session.url), session.url)
        assert.ok(session.expires_at.epochMillis > Date.now(), "the page is open for a while")
        const again = await answer(provider.checkout(call))
        assert.ok(
          again !== "unsupported" && again.provider_checkout_id === session.provider_checkout_id,
          "the same key answers the same page"
        )
        const words = (await wordsOf(provider, await visit(session.url, "pays"))).filter((word) => word.about === "charge")
        assert.ok(words.length > 0, "the provider says that it was paid")
        for (const { of } of words) {
          assert.ok(of.provider_checkout_id === session.provider_checkout_id || of.key === call.key, "a word names what it is about")
        }
        const paid = words.filter(({ outcome }) => outcome?.status === "succeeded")
        assert.ok(paid.length > 0, "one of them says that it was paid")
        for (const { outcome } of paid) {
          if (outcome!.collected !== null)
            assert.deepEqual(outcome!.collected, { amount_cents: call.amount_cents, currency: call.currency })
        }
      })
    )

    runner.it(
      "ends a page that nobody has paid on",
      on(async ({ provider }) => {
        const session = await answer(provider.checkout(checkoutOf()))
        if (session === "unsupported") return
        const ended = await answer(provider.endCheckout(session.provider_checkout_id))
        if (ended !== "unsupported") assert.equal(ended.status, "canceled")
      })
    )

    runner.it(
      "opens a page to store a method on, and says by webhook which one it is: it can be charged",
      on(async ({ collected, provider, visit }) => {
        const session = await answer(provider.setup(setupOf()))
        if (session === "unsupported") return
        const [stored] = (await wordsOf(provider, await visit(session.url, "stores"))).filter((word) => word.about === "method")
        assert.ok(stored !== undefined, "the provider says which method was stored")
        assert.equal(stored.customer_id, customer.id)
        const call = callOf(stored.method.provider_payment_method_id)
        assert.notEqual(await answer(provider.charge(call)), "unsupported")
        assert.equal((await collected(call.key)).times, 1)
      })
    )

    runner.it(
      "refuses a webhook whose signature is not the provider's, and one whose body is another",
      on(async ({ provider, visit }) => {
        const unsigned = await Effect.runPromise(Effect.either(provider.readWebhook({ headers: {}, body: "{}" })))
        assert.ok(Either.isLeft(unsigned))
        if (unsigned.left._tag === "ProviderUnsupported") return
        assert.equal(unsigned.left._tag, "SignatureInvalid")
        const session = await answer(provider.checkout(checkoutOf()))
        if (session === "unsupported") return
        for (const request of await visit(session.url, "pays")) {
          assert.ok(Either.isRight(await Effect.runPromise(Effect.either(provider.readWebhook(request)))))
          // Every digit is another one: whatever of a body a provider signs, some of it is altered.
          const other = bytesOf(request).map((byte) => (byte >= 48 && byte <= 57 ? 48 + ((byte - 47) % 10) : byte))
          const refused = await Effect.runPromise(Effect.either(provider.readWebhook({ ...request, body: other })))
          assert.ok(Either.isLeft(refused), "a body that was altered is refused")
        }
      })
    )
  })
}
