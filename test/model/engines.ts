/** Where the model test runs: one database for all sequences, each an organization of its own in it. */
import { Effect, Layer } from "effect"
import { layerFromPool } from "../../adapters/postgres/index.js"
import { migrate } from "../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../adapters/sqlite/index.js"
import type { EngineName } from "../conformance/timeline/engines.js"
import type { Database } from "../conformance/timeline/host.js"
import { namingPool } from "../support/naming-pool.js"
import { freshDatabase, serverVariable } from "../support/postgres.js"
import { startPostgres } from "../support/postgres-server.js"
import { freshFile } from "../support/sqlite.js"

/** A file, written ahead as hosts' are, without waiting for the disk at each commit: nobody pulls the plug here. */
const sqlite = async (): Promise<Database> => {
  const { path, remove } = freshFile()
  const database = sqliteLayer({ filename: path, durability: "normal" })
  return {
    open: () => Layer.effectDiscard(Effect.orDie(migrate)).pipe(Layer.provideMerge(database)),
    stop: async () => remove()
  }
}

/** A database of the run's server, or else of one that stops with the engine. */
const postgres = async (): Promise<Database> => {
  const running = process.env[serverVariable]
  const own = running === undefined ? await startPostgres() : undefined
  const { drop, url } = await freshDatabase({ server: running ?? own!.url })
  const pool = namingPool(url, 2)
  return {
    open: () => Layer.effectDiscard(Effect.orDie(migrate)).pipe(Layer.provideMerge(layerFromPool(pool))),
    stop: async () => {
      await pool.end()
      await drop()
      await own?.stop()
    }
  }
}

export const engines: Readonly<Record<EngineName, () => Promise<Database>>> = { sqlite, postgres }
