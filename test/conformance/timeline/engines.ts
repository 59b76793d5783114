/** Where timelines run: one database and one host for all cases, each case an organization of its own. */
import { DateTime, Layer } from "effect"
import { layerFromPool } from "../../../adapters/postgres/index.js"
import { migrate } from "../../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../../adapters/sqlite/index.js"
import { type TestClock, testClock } from "../../../adapters/testing/index.js"
import { namingPool } from "../../support/naming-pool.js"
import { freshDatabase, serverVariable } from "../../support/postgres.js"
import { startPostgres } from "../../support/postgres-server.js"
import { type Database, type DatabaseLayer, hostOn } from "./host.js"

export interface Engine {
  /** The services, at the time of the clock, which each case sets. */
  readonly host: ReturnType<typeof hostOn>
  readonly clock: TestClock
  /** After the last case. */
  readonly stop: () => Promise<void>
}

const migrated = (layer: DatabaseLayer): DatabaseLayer => Layer.orDie(Layer.effectDiscard(migrate)).pipe(Layer.provideMerge(layer))

const engineOn = ({ open, stop }: Database): Engine => {
  const clock = testClock(DateTime.unsafeMake(0))
  const host = hostOn({ open }, clock)
  return {
    host,
    clock,
    stop: async () => {
      await host.dispose()
      await stop()
    }
  }
}

const sqlite = async (): Promise<Engine> => engineOn({ open: () => migrated(sqliteLayer({ filename: ":memory:" })), stop: async () => {} })

/** A database of the run's server, or else of one that stops with the engine. */
const postgres = async (): Promise<Engine> => {
  const running = process.env[serverVariable]
  const own = running === undefined ? await startPostgres() : undefined
  const { drop, url } = await freshDatabase({ server: running ?? own!.url })
  const pool = namingPool(url, 2)
  return engineOn({
    open: () => migrated(layerFromPool(pool)),
    stop: async () => {
      await pool.end()
      await drop()
      await own?.stop()
    }
  })
}

export const engines = { sqlite, postgres }
export type EngineName = keyof typeof engines
