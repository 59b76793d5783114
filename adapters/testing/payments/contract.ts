/** The contract of payment providers: what the library relies on, for every adapter. What a provider lacks says so by its type. */
import { strict as assert } from "node:assert"
import { Effect, Either } from "effect"
import type { ChargeCall, PaymentProvider, ProviderUnsupported } from "../../../src/payments/index.js"
import type { TestRunner } from "../stores/index.js"

/** A provider opened for the suite alone, with stored methods that end as their names say. */
export interface OpenedProvider {
  readonly provider: PaymentProvider
  readonly methods: { readonly succeeds: string; readonly fails: string }
  /** How often and how much the provider's own books say it collected for a key: the truth that the suite compares with. */
  readonly collected: (key: string) => Promise<{ readonly times: number; readonly amount_cents: bigint }>
  readonly close: () => Promise<void> | void
}

const answer = <A, E>(call: Effect.Effect<A, E>): Promise<A | "unsupported"> =>
  Effect.runPromise(
    Effect.either(call).pipe(
      Effect.flatMap((result) => {
        if (Either.isRight(result)) return Effect.succeed<A | "unsupported">(result.right)
        const error = result.left as { readonly _tag?: string } | ProviderUnsupported
        return error._tag === "ProviderUnsupported" ? Effect.succeed("unsupported" as const) : Effect.die(result.left)
      })
    )
  )

let keys = 0
const freshKey = (): string => `contract-${++keys}`

const callOf = (provider_payment_method_id: string, given: Partial<ChargeCall> = {}): ChargeCall => ({
  key: freshKey(),
  amount_cents: 1_234n,
  currency: "EUR",
  provider_payment_method_id,
  metadata: { payment_id: "p" },
  ...given
})

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
        assert.ok([null, "unsupported"].includes((await answer(provider.findCharge(freshKey()))) as null))
        const call = callOf(methods.succeeds)
        const outcome = await answer(provider.charge(call))
        if (outcome === "unsupported") return
        assert.deepEqual(await answer(provider.findCharge(call.key)), outcome)
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
        const refund = {
          key: freshKey(),
          provider_payment_id: charged.provider_payment_id!,
          amount_cents: 1_000n,
          currency: call.currency,
          metadata: {}
        }
        assert.ok([null, "unsupported"].includes((await answer(provider.findRefund(refund.key))) as null))
        const first = await answer(provider.refund(refund))
        if (first === "unsupported") return
        assert.notEqual(first.status, "failed")
        assert.deepEqual(await answer(provider.refund(refund)), first, "the same key answers the same outcome")
        assert.deepEqual(await answer(provider.findRefund(refund.key)), first)
      })
    )
  })
}
