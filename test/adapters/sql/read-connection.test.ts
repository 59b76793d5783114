/** Long reads: page after page in the order of an index, whatever the server knows of the table. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Dialect } from "../../../adapters/sql/dialect.js"
import { oneState, ReadConnections } from "../../../adapters/sql/read-connection.js"
import { describeEngines } from "../../support/describe-engines.js"

describeEngines("a long read", ({ asOwner, run }) => {
  it("sorts no page of a table without statistics", async () => {
    await asOwner(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE pages (owner TEXT NOT NULL, id TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (owner, id))`
        yield* sql`INSERT INTO pages (owner, id, note) WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20000)
          SELECT 'acme', CAST(n AS text), 'a note that makes the table long enough to be looked at page by page' FROM counted`
      })
    )
    const plan = await run(
      Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const dialect = yield* Dialect
          const inside = yield* oneState((yield* ReadConnections) ?? sql.reserve, dialect)
          const explain = sql.literal(dialect.engine === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN")
          return yield* inside(sql`${explain} SELECT id, note FROM pages WHERE owner = 'acme' ORDER BY id DESC LIMIT 2500`)
        })
      )
    )
    expect(JSON.stringify(plan)).not.toMatch(/sort|temp b-tree/i)
    expect(JSON.stringify(plan)).toMatch(/index/i)
  })
})
