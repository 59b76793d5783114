/** Billwright on an embedded SQLite file: `billwright/sqlite`. */
import { Effect, Layer } from "effect"
import type { Database } from "../../src/client/index.js"
import { InvalidInput } from "../../src/core/index.js"
import { printSql } from "../sql/migrate.js"
import { sandboxLayer } from "../sql/sandbox.js"
import { storesLayer } from "../sql/stores.js"
import { layer, type SqliteOptions } from "./client.js"
import { sqliteDialect } from "./dialect.js"
import { type HostDatabase, layerFromDatabase } from "./host.js"
import { memoryCopy } from "./memory.js"

export { type HostDatabase, layer, layerFromDatabase, type SqliteOptions }

const sandbox = sandboxLayer(Effect.succeed(memoryCopy))

/**
 * A SQLite file for `createBilling`: its path (made when missing), or `:memory:`. Migrated by `createBilling` unless told
 * otherwise. A file has one writer at a time; several processes may share it. `billing.within(db)` bills inside the
 * transaction that the host has opened on a connection of its own to the same file. Throws `InvalidInput` where there is no name.
 */
export const sqlite = (filename: string, options: Omit<SqliteOptions, "filename"> = {}): Database<HostDatabase> => {
  // The driver takes no name for a database of its own that is gone with the process: an unset variable would lose every bill.
  if (typeof filename !== "string" || filename === "")
    throw new InvalidInput({ field: "filename", reason: "expected a file's path, or :memory:" })
  return {
    engine: "sqlite",
    migrate: true,
    schema: () => printSql(sqliteDialect),
    layer: Layer.merge(storesLayer, sandbox).pipe(Layer.provideMerge(layer({ ...options, filename }))),
    within: (db) => {
      if (typeof db?.prepare !== "function") {
        throw new InvalidInput({ field: "transaction", reason: "expected a connection of better-sqlite3 on which you have run BEGIN" })
      }
      return Layer.merge(storesLayer, sandbox).pipe(Layer.provideMerge(layerFromDatabase(db)))
    }
  }
}
