/** What a call of the Promise face runs in. */
import { Context, Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { sqlite } from "../../adapters/sqlite/index.js"
import { createBilling } from "../../src/client/index.js"
import { MetricStore } from "../../src/metering/index.js"
import { freshFile } from "../support/sqlite.js"

it("a call does not carry all services and stores with it: each of its spans would copy them", async () => {
  const file = freshFile()
  const database = sqlite(file.path, { durability: "normal" })
  let entries = 0
  const looking = Layer.map(database.layer, (stores) => {
    const store = Context.get(stores, MetricStore)
    const page: typeof store.page = (...asked) =>
      Effect.flatMap(Effect.context<never>(), (context) => {
        entries = context.unsafeMap.size
        return store.page(...asked)
      })
    return Context.add(stores, MetricStore, { ...store, page })
  })
  const billing = await createBilling({ database: { ...database, layer: looking } })
  const { id } = await billing.organizations.create({ name: "Acme" })
  await billing.organization(id).metrics.list()
  await billing.close()
  file.remove()
  expect(entries).toBeGreaterThan(0)
  expect(entries).toBeLessThan(12)
})
