/** Where the model test runs: one database for all sequences, each an organization of its own in it. */
import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import pg from "pg"
import { layerFromPool } from "../../adapters/postgres/index.js"
import { migrate } from "../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../adapters/sqlite/index.js"
import type { Engine, EngineName } from "../conformance/timeline/engines.js"
import { freshDatabase, serverVariable } from "../support/postgres.js"
import { startPostgres } from "../support/postgres-server.js"
import { freshFile } from "../support/sqlite.js"

/** A file, written ahead as hosts' are, without waiting for the disk at each commit: nobody pulls the plug here. */
const sqlite = async (): Promise<Engine> => {
  const { path, remove } = freshFile()
  const database = sqliteLayer({ filename: path, durability: "normal" })
  return {
    open: () => Layer.effectDiscard(Effect.orDie(migrate)).pipe(Layer.provideMerge(database)),
    stop: async () => remove()
  }
}

type Query = (...given: ReadonlyArray<unknown>) => unknown

/** Names every statement: the doctor's are planned once instead of each time, which over a small database is most of what they cost. */
class NamingClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = super.query.bind(this) as Query
    const names = new Map<string, string>()
    const nameOf = (text: string): string => {
      const name = names.get(text) ?? createHash("sha256").update(text).digest("base64url")
      names.set(text, name)
      return name
    }
    const named: Query = (text, values, ...rest) =>
      typeof text === "string" && Array.isArray(values)
        ? query({ name: nameOf(text), text, values }, ...rest)
        : query(text, values, ...rest)
    this.query = named as typeof this.query
  }
}

/** A database of the run's server, or else of one that stops with the engine. */
const postgres = async (): Promise<Engine> => {
  const running = process.env[serverVariable]
  const own = running === undefined ? await startPostgres() : undefined
  const { drop, url } = await freshDatabase({ server: running ?? own!.url })
  const pool = new pg.Pool({ connectionString: url, max: 2, Client: NamingClient })
  return {
    open: () => Layer.effectDiscard(Effect.orDie(migrate)).pipe(Layer.provideMerge(layerFromPool(pool))),
    stop: async () => {
      await pool.end()
      await drop()
      await own?.stop()
    }
  }
}

export const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = { sqlite, postgres }
