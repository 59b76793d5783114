/** Billwright on an embedded SQLite file: `billwright/sqlite`. */
import { Effect, Layer } from "effect"
import type { Database } from "../../src/client/index.js"
import { printSql } from "../sql/migrate.js"
import { sandboxLayer } from "../sql/sandbox.js"
import { storesLayer } from "../sql/stores.js"
import { layer, type SqliteOptions } from "./client.js"
import { sqliteDialect } from "./dialect.js"
import { memoryCopy } from "./memory.js"

export { layer, type SqliteOptions }

/**
 * A SQLite file for `createBilling`: its path (made when missing), or `:memory:`. Migrated by `createBilling` unless told
 * otherwise. A file has one writer at a time; several processes may share it.
 */
export const sqlite = (filename: string, options: Omit<SqliteOptions, "filename"> = {}): Database => ({
  engine: "sqlite",
  migrate: true,
  schema: () => printSql(sqliteDialect),
  layer: Layer.merge(storesLayer, sandboxLayer(Effect.succeed(memoryCopy))).pipe(Layer.provideMerge(layer({ ...options, filename }))),
  // A host has no transaction of this connection to lend: nobody can call it.
  within: (transaction: never) => transaction
})
