/** Where timelines run: an empty, migrated database for each case. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { layer as postgresLayer } from "../../../adapters/postgres/index.js"
import type { Dialect } from "../../../adapters/sql/dialect.js"
import { migrate, revision } from "../../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../../adapters/sqlite/index.js"
import type { StorageError, Transactor } from "../../../src/core/index.js"
import { dropAll, freshDatabase, serverVariable } from "../../support/postgres.js"
import { startPostgres } from "../../support/postgres-server.js"

type DatabaseLayer = Layer.Layer<SqlClient.SqlClient | Dialect | Transactor, StorageError>

export interface Engine {
  readonly open: () => Promise<{ readonly layer: DatabaseLayer; readonly close: () => Promise<void> }>
  /** After the last case. */
  readonly stop: () => Promise<void>
}

const migrated = (layer: DatabaseLayer): DatabaseLayer => Layer.orDie(Layer.effectDiscard(migrate)).pipe(Layer.provideMerge(layer))

/** In memory: gone with its client. */
const sqlite = async (): Promise<Engine> => ({
  open: async () => ({ layer: migrated(sqliteLayer({ filename: ":memory:" })), close: async () => {} }),
  stop: async () => {}
})

/** Copies of a database that was migrated once, on the run's server, or else on one that stops with the engine. */
const postgres = async (): Promise<Engine> => {
  const running = process.env[serverVariable]
  const own = running === undefined ? await startPostgres() : undefined
  const server = running ?? own!.url
  const prepare = (url: string) =>
    Effect.runPromise(Effect.scoped(Layer.build(migrated(postgresLayer({ url, maxConnections: 1 }))))).then(() => {})
  return {
    open: async () => {
      const { drop, url } = await freshDatabase({ server, template: { name: `revision_${revision}`, prepare } })
      return { layer: postgresLayer({ url, maxConnections: 2 }), close: drop }
    },
    stop: async () => {
      if (own === undefined) return
      await dropAll(server)
      await own.stop()
    }
  }
}

export const engines = { sqlite, postgres }
export type EngineName = keyof typeof engines
