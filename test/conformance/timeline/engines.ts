/** Where timelines run: each case where nothing of another one is seen. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { layer as postgresLayer } from "../../../adapters/postgres/index.js"
import type { Dialect } from "../../../adapters/sql/dialect.js"
import { migrate } from "../../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../../adapters/sqlite/index.js"
import type { StorageError, Transactor } from "../../../src/core/index.js"
import { freshDatabase, serverVariable } from "../../support/postgres.js"
import { startPostgres } from "../../support/postgres-server.js"

type DatabaseLayer = Layer.Layer<SqlClient.SqlClient | Dialect | Transactor, StorageError>

export interface Engine {
  /** A migrated database; closed with the scope. */
  readonly open: () => DatabaseLayer
  /** After the last case. */
  readonly stop: () => Promise<void>
}

const migrated = (layer: DatabaseLayer): DatabaseLayer => Layer.orDie(Layer.effectDiscard(migrate)).pipe(Layer.provideMerge(layer))

/** In memory, a database for each case: gone with its client. */
const sqlite = async (): Promise<Engine> => ({ open: () => migrated(sqliteLayer({ filename: ":memory:" })), stop: async () => {} })

/** One database of the run's server, or else of one that stops with the engine: each case is an organization of its own in it. */
const postgres = async (): Promise<Engine> => {
  const running = process.env[serverVariable]
  const own = running === undefined ? await startPostgres() : undefined
  const { drop, url } = await freshDatabase({ server: running ?? own!.url })
  await Effect.runPromise(Effect.scoped(Layer.build(migrated(postgresLayer({ url, maxConnections: 1 })))))
  return {
    open: () => postgresLayer({ url, maxConnections: 2 }),
    stop: async () => {
      await drop()
      await own?.stop()
    }
  }
}

export const engines = { sqlite, postgres }
export type EngineName = keyof typeof engines
