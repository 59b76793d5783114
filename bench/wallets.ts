/**
 * Reserve and settle on Postgres: pairs a second over one connection and over eight, by 64 spenders at once and by one after the other, and
 * 64 spenders on one wallet that has enough for a part of them. Calls that come at the same time go together: what one connection
 * carries depends on how many spend at once.
 */
import { availableParallelism } from "node:os"
import { Effect, Layer, ManagedRuntime } from "effect"
import pg from "pg"
import { layer as postgresLayer } from "../adapters/postgres/index.js"
import { migrate } from "../adapters/sql/migrate.js"
import { storesLayer } from "../adapters/sql/stores.js"
import { Customers, Organizations } from "../src/accounts/index.js"
import { servicesLayer } from "../src/client/index.js"
import { CurrentOrganization, Ids } from "../src/core/index.js"
import { WalletHolds, Wallets } from "../src/credits/index.js"
import { freshDatabase } from "../test/support/postgres.js"
import { startPostgres } from "../test/support/postgres-server.js"
import type { BenchLine } from "./line.js"

const SECONDS = 3

const host = async (url: string, maxConnections: number) => {
  const runtime = ManagedRuntime.make(
    servicesLayer.pipe(
      Layer.provideMerge(storesLayer),
      Layer.provideMerge(Layer.mergeAll(postgresLayer({ url, maxConnections }), Ids.layer))
    )
  )
  await runtime.runPromise(migrate)
  return runtime
}

const makeWallets = (count: number, granted_credits: string) =>
  Effect.gen(function* () {
    const { id } = yield* (yield* Organizations).create({ name: "Acme", default_currency: "EUR" })
    const wallets = yield* Effect.gen(function* () {
      yield* (yield* Customers).create({ external_id: "c", name: "C" })
      const service = yield* Wallets
      return yield* Effect.forEach(Array.from({ length: count }), (_, index) =>
        service.create({ external_customer_id: "c", code: `w${index}`, rate_amount: "100", granted_credits })
      )
    }).pipe(Effect.provideService(CurrentOrganization, id))
    return { organization: id, wallets: wallets.map((wallet) => wallet.id) }
  })

const pair = (holds: typeof WalletHolds.Service, wallet_id: string) =>
  Effect.flatMap(holds.reserve({ wallet_id, amount_cents: 10n }), ({ id }) => holds.settle(id, { amount_cents: 7n }))

/** The same two calls by the bare driver, one after the other: what the server and the way to it take. */
const bareRate = async (url: string): Promise<number> => {
  const runtime = await host(url, 1)
  const { organization, wallets } = await runtime.runPromise(makeWallets(1, "1000000000"))
  await runtime.dispose()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  let count = 0
  const fresh = () => {
    count += 1
    return `0190a000-0000-7000-8000-${count.toString(16).padStart(12, "0")}`
  }
  const until = performance.now() + SECONDS * 1000
  let pairs = 0
  while (performance.now() < until) {
    const [id, at] = [fresh(), new Date().toISOString()]
    const reserve = {
      place: 0,
      id,
      wallet_id: wallets[0],
      amount_cents: "10",
      reference: null,
      expires_at: "2100-01-01T00:00:00Z",
      created_at: at
    }
    const settle = { place: 0, id, amount_cents: "7", transaction_id: fresh(), at }
    await client.query("SELECT * FROM wallet_holds_reserve($1, $2, false)", [organization, JSON.stringify([reserve])])
    await client.query("SELECT * FROM wallet_holds_settle($1, $2, false)", [organization, JSON.stringify([settle])])
    pairs += 1
  }
  await client.end()
  return pairs / SECONDS
}

/** Pairs a second of so many spenders, each on the wallet that is its turn. */
const rate = async (url: string, connections: number, spenders: number, wallets: number): Promise<number> => {
  const runtime = await host(url, connections)
  const made = await runtime.runPromise(makeWallets(wallets, "1000000000"))
  // As a host does it: the service is taken once, and a call's environment holds what the call brings, not all that there is.
  const holds = await runtime.runPromise(WalletHolds)
  const spend = (seconds: number) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const until = performance.now() + seconds * 1000
        const counts = yield* Effect.forEach(
          Array.from({ length: spenders }),
          (_, index) =>
            Effect.gen(function* () {
              const wallet_id = made.wallets[index % wallets]!
              let count = 0
              while (performance.now() < until) {
                yield* pair(holds, wallet_id)
                count += 1
              }
              return count
            }),
          { concurrency: "unbounded" }
        )
        return counts.reduce((sum, count) => sum + count, 0) / seconds
      }).pipe(Effect.provideService(CurrentOrganization, made.organization))
    )
  await spend(1)
  const measured = await spend(SECONDS)
  await runtime.dispose()
  return measured
}

/** 64 spenders on one wallet that has enough for a part of them: what they spent, and what is left. */
const fanIn = async (url: string) => {
  const runtime = await host(url, 8)
  const made = await runtime.runPromise(makeWallets(1, "50"))
  const before = performance.now()
  const done = await runtime.runPromise(
    Effect.gen(function* () {
      const holds = yield* WalletHolds
      const tries = Array.from({ length: 64 * 20 })
      const each = yield* Effect.forEach(tries, () => Effect.either(pair(holds, made.wallets[0]!)), { concurrency: 64 })
      const { balance_cents } = yield* (yield* Wallets).get({ id: made.wallets[0]! })
      return { settled: each.filter(({ _tag }) => _tag === "Right").length, balance_cents }
    }).pipe(Effect.provideService(CurrentOrganization, made.organization))
  )
  const seconds = (performance.now() - before) / 1000
  await runtime.dispose()
  return { ...done, seconds }
}

const line = (name: string, value: number, least: number): BenchLine => ({
  name,
  value,
  unit: "pairs/s",
  target: `≥ ${least.toLocaleString("en-US")} on 2 cores (${availableParallelism()} here)`,
  ok: value >= least
})

export const walletsBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    const databases = await Promise.all([1, 2, 3, 4, 5].map(() => freshDatabase({ server: server.url })))
    const [bare, alone, one, eight, shared] = databases
    const baseline = { name: "bare driver, one call after the other", value: await bareRate(bare!.url) }
    const sequential = await rate(alone!.url, 1, 1, 1)
    const lines: Array<BenchLine> = [
      {
        name: "wallets, reserve + settle by one spender, one pair after the other (Postgres)",
        value: sequential,
        unit: "pairs/s",
        baseline,
        ratio: sequential / baseline.value,
        target: "told, since its ways to the server bound it",
        ok: true
      },
      line("wallets, reserve + settle over one connection, 64 spenders (Postgres)", await rate(one!.url, 1, 64, 8), 1500),
      line("wallets, reserve + settle over eight connections, 64 spenders (Postgres)", await rate(eight!.url, 8, 64, 8), 4000)
    ]
    const { balance_cents, seconds, settled } = await fanIn(shared!.url)
    // 5,000 minor units, 7 a pair: what was settled is what is gone.
    const exact = balance_cents >= 0n && balance_cents === 5000n - 7n * BigInt(settled)
    lines.push({
      name: "wallets, 64 spenders on one wallet (Postgres)",
      value: (64 * 20) / seconds,
      unit: "tries/s",
      target: `no overspending, ${settled} settled, ${balance_cents} left`,
      ok: exact
    })
    for (const database of databases) await database.drop()
    return lines
  } finally {
    await server.stop()
  }
}
