/** What a connection of our own pool is told before a statement: to keep it prepared, to open a snapshot with it; and plans that the server keeps. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Fiber } from "effect"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { layer } from "../../adapters/postgres/index.js"
import { keepingPool } from "../../adapters/postgres/keeping.js"
import { KEPT } from "../../adapters/postgres/marks.js"
import { Transactor } from "../../src/core/index.js"
import { migratedDatabase } from "../support/describe-engines.js"
import { freshDatabase } from "../support/postgres.js"

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

it("are prepared once, answer for every parameter, and leave the others without a name", async () => {
  const ask = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const kept = sql.literal(KEPT)
    const answers: Array<unknown> = []
    for (const n of [1, 2, 3]) answers.push(...(yield* sql`${kept}SELECT ${n}::integer AS n`), ...(yield* sql`SELECT ${n}::integer AS n`))
    // A failure leaves it usable.
    yield* Effect.ignore(sql`${kept}SELECT ${"x"}::integer AS n`)
    answers.push(...(yield* sql`${kept}SELECT ${4}::integer AS n`))
    const prepared = yield* sql<{ statement: string }>`SELECT statement FROM pg_prepared_statements`
    return { answers, prepared: prepared.map(({ statement }) => statement) }
  })
  const { answers, prepared } = await Effect.runPromise(ask.pipe(Effect.provide(layer({ url: database.url, maxConnections: 1 }))))
  expect(answers).toEqual([1, 1, 2, 2, 3, 3, 4].map((n) => ({ n })))
  expect(prepared).toEqual([`${KEPT}SELECT $1::integer AS n`])
})

it("are forgotten with a transaction now and then, where the server cannot be told of statistics", async () => {
  const begun = Effect.gen(function* () {
    const pool = yield* keepingPool({ connectionString: database.url, max: 2 })
    const [client, other] = yield* Effect.promise(() => Promise.all([pool.connect(), pool.connect()]))
    const pid = (yield* Effect.promise(() => client.query("SELECT pg_backend_pid() AS pid"))).rows[0].pid
    const began = Effect.promise(async () => {
      await client.query("BEGIN")
      const { rows } = await other.query("SELECT query FROM pg_stat_activity WHERE pid = $1", [pid])
      await client.query("COMMIT")
      return rows[0].query as string
    })
    const told = (version: string) =>
      (client as unknown as { connection: NodeJS.EventEmitter }).connection.emit("parameterStatus", {
        parameterName: "server_version",
        parameterValue: version
      })
    const texts: Array<string> = []
    for (const version of ["18.4 (Debian 18.4-1)", "17.6"]) {
      told(version)
      texts.push(yield* began, yield* began)
    }
    client.release()
    other.release()
    return texts
  })
  // The second one of a moment has the plans of the first.
  const older = ["BEGIN; DISCARD PLANS", "BEGIN"]
  const [first, second, ...then] = await Effect.runPromise(Effect.scoped(begun))
  expect(then).toEqual(older)
  expect([["BEGIN", "BEGIN"], older]).toContainEqual([first, second])
})

it("of references go by the key of what is referred to, while tables are empty", async () => {
  const { drop, url } = await migratedDatabase()
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    const { rows } = await client.query<{ name: string; version: number }>(
      `SELECT DISTINCT confrelid::regclass::text AS name, current_setting('server_version_num')::integer AS version
        FROM pg_constraint WHERE contype = 'f' AND cardinality(confkey) = 2`
    )
    const wrong: Array<string> = []
    for (const { name, version } of rows) {
      if (version < 180000) continue
      // As the server asks it.
      const asked = `SELECT 1 FROM ONLY ${name} x WHERE organization_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2 FOR KEY SHARE OF x`
      const plan = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${asked}`)
      const text = plan.rows.map((row) => row["QUERY PLAN"]).join(" ")
      if (!text.includes("Index Cond: ((organization_id = $1) AND (id = $2))")) wrong.push(`${name}: ${text}`)
    }
    expect(rows.length).toBeGreaterThan(30)
    expect(wrong).toEqual([])
  } finally {
    await client.end()
    await drop()
  }
})

it.each([false, true])("a snapshot opens with its first statement (row-level security: %s)", async (rowLevelSecurity) => {
  const seen = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { snapshot } = yield* Transactor
    const state = sql<{
      isolation: string
      only: string
      at: string
    }>`${sql.literal(KEPT)}SELECT current_setting('transaction_isolation') AS isolation,
      current_setting('transaction_read_only') AS only, now()::text AS at`
    const twice = snapshot(
      Effect.map(Effect.all([state, snapshot(state)]), ([[first], [second]]) => ({ ...first!, same: first!.at === second!.at }))
    )
    const inner = snapshot(
      Effect.zipRight(
        snapshot(state),
        Effect.map(state, ([row]) => row!.isolation)
      )
    )
    const refused = yield* Effect.flip(snapshot(sql`CREATE TABLE never (n integer)`))
    const broken = yield* Effect.flip(snapshot(sql`SELECT 1 / ${0}::integer`))
    const empty = yield* snapshot(Effect.succeed("nothing asked"))
    const stuck = yield* Effect.fork(snapshot(sql`SELECT pg_sleep(10)`))
    yield* Effect.sleep("50 millis")
    yield* Fiber.interrupt(stuck)
    const answers = yield* Effect.all([twice, twice, twice], { concurrency: 3 })
    const [outside] = yield* state
    return {
      answers,
      inner: yield* inner,
      refused: String(refused.cause),
      broken: String(broken.cause),
      empty,
      outside: outside!.isolation
    }
  })
  // Two connections, one of which cancels: who does not give one back stops all that comes after.
  const found = await Effect.runPromise(seen.pipe(Effect.provide(layer({ url: database.url, maxConnections: 2, rowLevelSecurity }))))
  expect(found).toMatchObject({ empty: "nothing asked", inner: "repeatable read", outside: "read committed" })
  for (const answer of found.answers) expect(answer).toMatchObject({ isolation: "repeatable read", only: "on", same: true })
  expect(found.refused).toContain("read-only transaction")
  expect(found.broken).toContain("division by zero")
})
