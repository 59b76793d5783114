/** Statements that a connection of our own pool keeps prepared. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { layer } from "../../adapters/postgres/index.js"
import { KEPT } from "../../adapters/postgres/keeping.js"
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
