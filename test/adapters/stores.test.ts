import { Layer } from "effect"
import { afterAll, beforeAll, describe, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { storeConformance } from "../../adapters/testing/index.js"
import type { Database } from "../../src/client/index.js"
import { migrateDatabase } from "../../src/client/index.js"
import { Ids } from "../../src/core/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

const opened = async (database: Database, close: () => void | Promise<void>) => {
  await migrateDatabase(database)
  return { layer: Layer.provideMerge(database.layer, Ids.layer), close }
}

const runner = { describe, it, beforeAll, afterAll }

storeConformance("SQLite", runner, async () => {
  const file = freshFile()
  return opened(sqlite(file.path, { durability: "normal" }), file.remove)
})

storeConformance("Postgres", runner, async () => {
  const { drop, url } = await freshDatabase()
  return opened(postgres(url), drop)
})
