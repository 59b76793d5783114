/** Calls done once for a key: while one is at work, after one died, and what a failure leaves (both engines). */
import { Deferred, Effect, Fiber } from "effect"
import { expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { Customers } from "../../src/accounts/index.js"
import { CurrentOrganization, Ids, instant } from "../../src/core/index.js"
import { Idempotency, IdempotencyStore } from "../../src/operations/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const fingerprint = "f".repeat(64)
const call = (idempotency_key: string) => ({ idempotency_key, operation: "Customers.create", fingerprint })
const codec = { encode: (answer: string) => answer, decode: (text: string) => text }

const made = (external_id: string) => Effect.flatMap(Customers, (customers) => customers.create({ external_id, name: external_id }))
const count = (tenant: Tenant) =>
  tenant.run(Effect.flatMap(Customers, (customers) => Effect.map(customers.list({ total: true }), (page) => page.total! - 1)))

describeBilling("a call with a key", (host) => {
  it.each([false, true])("that is at work lets the same call wait or tells it so; in steps: %s", async (in_steps) => {
    const tenant = await host.tenant()
    const [answers, second] = await tenant.run(
      Effect.gen(function* () {
        const { once } = yield* Idempotency
        const begun = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const work = Deferred.succeed(begun, undefined).pipe(
          Effect.zipRight(Deferred.await(go)),
          Effect.zipRight(made("a")),
          Effect.as("first")
        )
        const first = yield* Effect.fork(once(call("k"), work, codec, { in_steps }))
        yield* Deferred.await(begun)
        const again = yield* Effect.fork(Effect.either(once(call("k"), Effect.as(made("b"), "second"), codec, { in_steps })))
        yield* Effect.sleep("30 millis")
        yield* Deferred.succeed(go, undefined)
        return [yield* Fiber.join(first), yield* Fiber.join(again)] as const
      })
    )
    expect(answers).toEqual({ answer: "first", replayed: false })
    if (second._tag === "Left") expect(second.left._tag).toBe("IdempotencyInProgress")
    else expect(second.right).toEqual({ answer: "first", replayed: true })
    expect(await count(tenant)).toBe(1)
  })

  it("that died is taken over when its lease is over, and not before", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const now = Date.UTC(2025, 0, 1)
    await tenant.run(
      Effect.gen(function* () {
        const store = yield* IdempotencyStore
        const ids = yield* Ids
        yield* store.insert({
          id: yield* ids.next,
          organization_id: yield* CurrentOrganization,
          idempotency_key: "k",
          request_method: "CALL",
          request_path: "Customers.create",
          fingerprint,
          state: "running",
          owner: yield* ids.next,
          leased_until: instant(now + 30_000),
          response_status: null,
          response_body: null,
          created_at: instant(now),
          updated_at: instant(now)
        })
      }).pipe(Effect.provide(storesLayer))
    )
    const once = Effect.flatMap(Idempotency, (service) => service.once(call("k"), Effect.as(made("a"), "done"), codec))
    tenant.at("2025-01-01T00:00:29Z")
    expect(await tenant.fail(once)).toMatchObject({ _tag: "IdempotencyInProgress", idempotency_key: "k" })
    tenant.at("2025-01-01T00:00:30Z")
    expect(await tenant.run(once)).toEqual({ answer: "done", replayed: false })
    expect(await tenant.run(once)).toEqual({ answer: "done", replayed: true })
    expect(await count(tenant)).toBe(1)
  })

  it("whose answer cannot be kept has done nothing", async () => {
    const tenant = await host.tenant()
    const broken = { ...codec, encode: () => Effect.runSync(Effect.die(new Error("no text"))) }
    const once = (with_codec: typeof codec) =>
      Effect.flatMap(Idempotency, (service) => service.once(call("k"), Effect.as(made("a"), "done"), with_codec))
    await expect(tenant.run(once(broken))).rejects.toThrow("no text")
    expect(await count(tenant)).toBe(0)
    expect(await tenant.run(once(codec))).toEqual({ answer: "done", replayed: false })
  })
})
