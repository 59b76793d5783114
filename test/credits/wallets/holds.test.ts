import { Deferred, Effect, Either, Fiber } from "effect"
import { expect, it } from "vitest"
import { Transactor } from "../../../src/core/index.js"
import { WalletHolds, type WalletHoldsShape, Wallets } from "../../../src/credits/index.js"
import { Doctor } from "../../../src/operations/index.js"
import { describeBilling, type Tenant } from "../../support/billing.js"

const on = async (tenant: Tenant, granted_credits = "100") => {
  tenant.at("2025-01-01T00:00:00Z")
  const { id } = await tenant.run(
    Effect.flatMap(Wallets, (wallets) => wallets.create({ external_customer_id: "c", code: "w", granted_credits, rate_amount: "1" }))
  )
  const using = <A, E, R>(act: (holds: WalletHoldsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(WalletHolds, act)
  return {
    id,
    using,
    reserve: (amount_cents: bigint, expires_in_seconds = 60) =>
      using((holds) => holds.reserve({ wallet_id: id, amount_cents, expires_in_seconds })),
    settle: (hold: { readonly id: string }, amount_cents: bigint) => using((holds) => holds.settle(hold.id, { amount_cents })),
    release: (hold: { readonly id: string }) => using((holds) => holds.release(hold.id)),
    wallet: () => tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.get({ id }))),
    sound: async () => expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  }
}

describeBilling("holds", (host) => {
  it("set aside what nobody else can spend, and take what the work cost", async () => {
    const tenant = await host.tenant()
    const { release, reserve, settle, sound, using, wallet } = await on(tenant)
    const a = await tenant.run(reserve(60n))
    expect(await tenant.fail(reserve(41n))).toMatchObject({ _tag: "AmountExceedsBalance", balance: 40n })
    const b = await tenant.run(reserve(40n))
    expect(await wallet()).toMatchObject({ balance_cents: 100n, held_cents: 100n })
    expect(await tenant.run(settle(a, 45n))).toMatchObject({ status: "settled", settled_cents: 45n })
    expect(await wallet()).toMatchObject({ balance_cents: 55n, held_cents: 40n, consumed_amount_cents: 45n, credits_balance: "55" })
    await sound()
    expect(await tenant.run(release(b))).toMatchObject({ status: "released", settled_cents: 0n })
    expect(await tenant.fail(settle(a, 1n))).toMatchObject({ _tag: "InvalidTransition", from: "settled" })
    expect(await tenant.fail(release(b))).toMatchObject({ _tag: "InvalidTransition", from: "released" })
    expect(await tenant.fail(using((holds) => holds.settle("nothing", { amount_cents: 1n })))).toMatchObject({ _tag: "WalletHoldNotFound" })
    expect(await wallet()).toMatchObject({ balance_cents: 55n, held_cents: 0n })
    await sound()
  })

  it("take more than was set aside only where it is available, and nothing where the work cost nothing", async () => {
    const tenant = await host.tenant()
    const { reserve, settle, sound, wallet } = await on(tenant)
    const a = await tenant.run(reserve(30n))
    const b = await tenant.run(reserve(60n))
    expect(await tenant.fail(settle(a, 41n))).toMatchObject({ _tag: "AmountExceedsBalance", balance: 40n })
    await tenant.run(settle(a, 40n))
    await tenant.run(settle(b, 0n))
    expect(await wallet()).toMatchObject({ balance_cents: 60n, held_cents: 0n, consumed_amount_cents: 40n })
    await sound()
  })

  it("expire: they set nothing aside any more, and the work that they were for finds them over", async () => {
    const tenant = await host.tenant()
    const { id, release, reserve, settle, sound, using, wallet } = await on(tenant)
    const a = await tenant.run(reserve(100n, 60))
    const balances = () => tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.balances({ id })))
    expect(await balances()).toMatchObject({ held_cents: 100n, available_cents: 0n })
    tenant.at("2025-01-01T00:01:00Z")
    expect(await balances()).toMatchObject({ held_cents: 0n, available_cents: 100n })
    const b = await tenant.run(reserve(80n))
    expect(await tenant.run(using((holds) => holds.get(a.id)))).toMatchObject({ status: "expired" })
    expect(await tenant.fail(settle(a, 1n))).toMatchObject({ _tag: "InvalidTransition", from: "expired" })
    expect(await tenant.fail(release(a))).toMatchObject({ from: "expired" })
    await tenant.run(settle(b, 80n))
    expect(await wallet()).toMatchObject({ balance_cents: 20n, held_cents: 0n })
    await sound()
  })

  it("keep their part from invoices, and what was settled is drawn from the top-ups that were there then", async () => {
    const tenant = await host.tenant()
    const { id, reserve, settle, sound, wallet } = await on(tenant)
    await tenant.plan({ code: "p", amount_cents: 1000n })
    await tenant.subscribe("s", "p")
    const a = await tenant.run(reserve(30n, 86_400 * 30))
    const b = await tenant.run(reserve(20n, 86_400 * 30))
    await tenant.run(settle(b, 20n))
    tenant.at("2025-01-30T00:00:00Z")
    await tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.topUp({ id }, { credits: "5" })))
    await tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.topUp({ id }, { credits: "5" })))
    const c = await tenant.run(reserve(10n, 86_400 * 30))
    await tenant.bill("2025-02-01T00:00:00Z")
    const [document] = await tenant.invoices()
    // 100 − 20 settled + 10 − 10 held; the hold of January has expired.
    expect(document!.invoice.prepaid_credit_amount_cents).toBe(80n)
    expect(await wallet()).toMatchObject({ balance_cents: 10n, held_cents: 10n })
    await sound()
    await tenant.run(settle(c, 10n))
    expect(await tenant.fail(settle(a, 1n))).toMatchObject({ from: "expired" })
    await sound()
  })

  it("end with their wallet", async () => {
    const tenant = await host.tenant()
    const { id, reserve, settle, sound, wallet } = await on(tenant)
    const a = await tenant.run(reserve(30n))
    await tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.terminate({ id })))
    expect(await tenant.fail(settle(a, 1n))).toMatchObject({ _tag: "InvalidTransition", from: "released" })
    expect(await tenant.fail(reserve(1n))).toMatchObject({ _tag: "InvalidTransition", from: "terminated" })
    expect(await wallet()).toMatchObject({ balance_cents: 0n, held_cents: 0n })
    await sound()
  })

  it("64 spenders on one wallet never overspend it, and finish", async () => {
    const tenant = await host.tenant()
    const { reserve, settle, sound, wallet } = await on(tenant, "1000")
    const spend = (spender: number) =>
      Effect.gen(function* () {
        let spent = 0n
        for (let round = 0; round < 8; round++) {
          const hold = yield* Effect.either(reserve(BigInt(5 + (spender % 7))))
          if (Either.isLeft(hold)) continue
          const cost = hold.right.amount_cents - BigInt(round % 3)
          yield* settle(hold.right, cost)
          spent += cost
        }
        return spent
      })
    const spent = await tenant.run(
      Effect.all(
        Array.from({ length: 64 }, (_, spender) => spend(spender)),
        { concurrency: "unbounded" }
      )
    )
    const total = spent.reduce((sum, each) => sum + each, 0n)
    expect(total <= 1000n && total > 900n).toBe(true)
    expect(await wallet()).toMatchObject({ balance_cents: 1000n - total, held_cents: 0n, consumed_amount_cents: total })
    await sound()
  })

  it("at the same time have each their own answer, refusals among them", async () => {
    const tenant = await host.tenant()
    const { id, reserve, settle, sound, using, wallet } = await on(tenant)
    const ended = await tenant.run(
      Effect.flatMap(Wallets, (wallets) =>
        Effect.tap(wallets.create({ external_customer_id: "c", code: "e", granted_credits: "9", rate_amount: "1" }), (made) =>
          wallets.terminate({ id: made.id })
        )
      )
    )
    const missing = "0190a000-0000-7000-8000-000000000000"
    const from = (wallet_id: string) => using((holds) => holds.reserve({ wallet_id, amount_cents: 1n }))
    const tagOf = <A>(either: Either.Either<A, { readonly _tag: string }>) => (Either.isRight(either) ? "done" : either.left._tag)
    const reserved = await tenant.run(
      Effect.all([reserve(30n), reserve(90n), from(missing), from(ended.id), reserve(40n), reserve(30n), reserve(1n)].map(Effect.either), {
        concurrency: "unbounded"
      })
    )
    const tags = reserved.map(tagOf)
    expect(tags.filter((tag) => tag === "done").length).toBeGreaterThanOrEqual(3)
    expect(tags.filter((tag) => tag === "AmountExceedsBalance").length).toBeGreaterThanOrEqual(1)
    expect(tags.slice(2, 4)).toEqual(["WalletNotFound", "InvalidTransition"])
    const holds = reserved.filter(Either.isRight).map(({ right }) => right)
    expect((await wallet()).held_cents).toBe(holds.reduce((sum, { amount_cents }) => sum + amount_cents, 0n))
    // The same hold twice, one for more than there is, one that is not there.
    const [a, b, c] = holds
    const settled = await tenant.run(
      Effect.all([settle(a!, 1n), settle(b!, 1000n), settle({ id: missing }, 1n), settle(a!, 2n), settle(c!, 0n)].map(Effect.either), {
        concurrency: "unbounded"
      })
    )
    expect(settled.map(tagOf).toSorted()).toEqual(["AmountExceedsBalance", "InvalidTransition", "WalletHoldNotFound", "done", "done"])
    const once = settled.flatMap((each) => (Either.isRight(each) && each.right.id === a!.id ? [each.right.settled_cents] : []))
    expect((await wallet()).balance_cents).toBe(100n - once[0]!)
    expect(id).toBe(a!.wallet_id)
    await sound()
  })

  it("in a transaction of the host go and stay with it, whatever others do meanwhile", async () => {
    const tenant = await host.tenant()
    const { reserve, settle, sound, wallet } = await on(tenant)
    const kept = await tenant.run(reserve(10n))
    const [lost, other] = await tenant.run(
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const inside = transaction(Effect.zipRight(Effect.zipRight(reserve(20n), settle(kept, 5n)), Effect.fail("changed my mind")))
        return yield* Effect.all([Effect.either(inside), Effect.either(reserve(30n))], { concurrency: "unbounded" })
      })
    )
    expect(lost).toEqual(Either.left("changed my mind"))
    expect(Either.isRight(other)).toBe(true)
    expect(await wallet()).toMatchObject({ balance_cents: 100n, held_cents: 40n })
    await tenant.run(settle(kept, 5n))
    await sound()
  })

  it("do not wait for a wallet that is not theirs", async () => {
    const tenant = await host.tenant()
    const { reserve, settle, sound, using, wallet } = await on(tenant)
    const other = await tenant.run(
      Effect.flatMap(Wallets, (wallets) =>
        wallets.create({ external_customer_id: "c", code: "o", granted_credits: "100", rate_amount: "1" })
      )
    )
    const isSqlite = host.engine === "SQLite"
    const kept = await tenant.run(reserve(10n))
    const spend = Effect.flatMap(
      using((holds) => holds.reserve({ wallet_id: other.id, amount_cents: 1n })),
      (hold) => settle(hold, 1n)
    )
    await tenant.run(
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const [locked, done] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        // SQLite has one writer: there everybody waits for everybody.
        const busy = Effect.all([reserve(5n), Deferred.succeed(locked, undefined), isSqlite ? Effect.void : Deferred.await(done)])
        const fiber = yield* Effect.fork(transaction(busy))
        yield* Deferred.await(locked)
        const waiting = yield* Effect.fork(Effect.all([reserve(20n), settle(kept, 3n)], { concurrency: "unbounded" }))
        yield* Effect.all([spend, spend, spend], { concurrency: "unbounded" })
        yield* Deferred.succeed(done, undefined)
        yield* Fiber.join(waiting)
        yield* Fiber.join(fiber)
      })
    )
    expect((await tenant.run(Effect.flatMap(Wallets, (wallets) => wallets.get({ id: other.id })))).balance_cents).toBe(97n)
    expect(await wallet()).toMatchObject({ balance_cents: 97n, held_cents: 25n })
    await sound()
  })

  it("go on where the caller of another one is interrupted", async () => {
    const tenant = await host.tenant()
    const { reserve, sound, wallet } = await on(tenant)
    const held = await tenant.run(
      Effect.gen(function* () {
        const fibers = yield* Effect.forEach([1n, 2n, 3n, 4n], (amount) => Effect.fork(reserve(amount)))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fibers[1]!)
        const rest = yield* Effect.all([fibers[0]!, fibers[2]!, fibers[3]!].map((fiber) => Fiber.join(fiber)))
        return rest.reduce((sum, { amount_cents }) => sum + amount_cents, 0n)
      })
    )
    expect(held).toBe(8n)
    // What was sent is done, what was not sent is not.
    expect([8n, 10n]).toContain((await wallet()).held_cents)
    await sound()
  })
})
