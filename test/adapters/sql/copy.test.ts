import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { readOrganization } from "../../../adapters/sql/copy.js"
import { Dialect } from "../../../adapters/sql/dialect.js"
import { tablesOf } from "../../../adapters/sql/migrate.js"
import { sandboxLayer } from "../../../adapters/sql/sandbox.js"
import { memoryCopy } from "../../../adapters/sqlite/memory.js"
import { Customers } from "../../../src/accounts/index.js"
import { Simulation } from "../../../src/client/index.js"
import { AdapterMissing, Transactor } from "../../../src/core/index.js"
import { Invoices } from "../../../src/invoicing/index.js"
import { Subscriptions } from "../../../src/subscriptions/index.js"
import { describeBilling } from "../../support/billing.js"
import { countStatements } from "../../support/count-statements.js"
import { describeEngines } from "../../support/describe-engines.js"

describeEngines("what a copy reads", (engine) => {
  it("is every column of every table", async () => {
    const [known, there] = await engine.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const dialect = yield* Dialect
        const there = yield* dialect.engine === "sqlite"
          ? sql<{
              place: string
            }>`SELECT t.name || '.' || c.name AS place FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`
          : sql<{
              place: string
            }>`SELECT table_name || '.' || column_name AS place FROM information_schema.columns WHERE table_schema = 'public'`
        return [tablesOf(dialect), there.map(({ place }) => place).filter((place) => !/^(sqlite_|billwright_)/.test(place))] as const
      })
    )
    const read = known.flatMap(({ columns, name }) => Object.keys(columns).map((column) => `${name}.${column}`))
    expect(read.toSorted()).toEqual(there.toSorted())
  })
})

describeBilling("a copy", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "3100" })
    return tenant
  }
  const simulate = Effect.flatMap(Simulation, (simulation) => simulation.simulate({ until: "2025-02-01T00:00:00Z" }))
  const over = (memory: Parameters<typeof sandboxLayer>[0]) => Layer.provide(Simulation.layer, sandboxLayer(memory))

  it("is read with a statement for each table, however many rows there are", async () => {
    const tenant = await open()
    const count = async () => {
      const [tables, statements] = await tenant.run(countStatements(readOrganization))
      return { statements, rows: tables.reduce((sum, { rows }) => sum + rows.length, 0) }
    }
    const before = await count()
    for (let n = 0; n < 30; n++) await tenant.customer({ external_id: `c${n}`, name: "C" })
    const after = await count()
    expect(after.rows).toBe(before.rows + 30)
    expect(after.statements).toBe(before.statements)
  })

  it("has what an open transaction wrote, whose end it does not touch", async () => {
    const tenant = await open()
    const seen = await tenant.fail(
      Effect.flatMap(Transactor, ({ transaction }) =>
        transaction(
          Effect.gen(function* () {
            yield* (yield* Subscriptions).create({ external_id: "s", external_customer_id: "c", plan_code: "p" })
            const { invoices } = yield* simulate
            yield* (yield* Customers).create({ external_id: "after", name: "After" })
            return yield* Effect.fail(invoices.map(({ invoice }) => invoice.total_cents))
          })
        )
      ).pipe(Effect.provide(over(Effect.succeed(memoryCopy))))
    )
    expect(seen).toEqual([3100n])
    expect(await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.list()))).toMatchObject({ items: [] })
    expect((await tenant.run(Effect.flatMap(Customers, (customers) => customers.list()))).items.map((one) => one.external_id)).toEqual([
      "c"
    ])
  })

  it("cannot be made where SQLite is not installed, and says what is missing", async () => {
    const tenant = await open()
    const missing = over(new AdapterMissing({ adapter: "@effect/sql-sqlite-node" }))
    expect(await tenant.fail(Effect.provide(simulate, missing))).toMatchObject({
      _tag: "AdapterMissing",
      adapter: "@effect/sql-sqlite-node"
    })
  })
})
