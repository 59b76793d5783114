/** The client over one SQLite connection: pragmas, and transactions that write from their beginning. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Effect, Layer } from "effect"
import { StorageError, type Transactor } from "../../src/core/index.js"
import { Dialect } from "../sql/dialect.js"
import { ReadConnections } from "../sql/read-connection.js"
import { transactorLayer } from "../sql/transaction.js"
import { sqliteDialect } from "./dialect.js"

export interface SqliteOptions {
  /** Path of the database file (made when missing), or `:memory:`. */
  readonly filename: string
  /**
   * `full` (default) survives a power failure with every acknowledged commit; `normal` may lose the last ones, never the
   * file's integrity, and writes several times as fast.
   */
  readonly durability?: "full" | "normal"
}

/** Texts of statements that stay prepared: more than the library has. */
const STATEMENTS = 1000

const unavailable = (filename: string, cause: unknown) => new StorageError({ operation: `open ${filename}`, reason: "unavailable", cause })

/**
 * The stock client starts transactions with a deferred BEGIN, so that two processes on one file lose writes. This one goes
 * through the same connection, each statement reserving it, and every transaction is `BEGIN IMMEDIATE`.
 */
const client = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient, StorageError> =>
  Layer.scoped(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const sqlite = yield* SqliteClient.make({ filename: options.filename, prepareCacheSize: STATEMENTS }).pipe(
        Effect.catchAllDefect((cause) => unavailable(options.filename, cause))
      )
      const sql = yield* SqlClient.make({
        acquirer: sqlite.reserve,
        transactionAcquirer: sqlite.reserve,
        compiler: Statement.makeCompilerSqlite(),
        beginTransaction: "BEGIN IMMEDIATE",
        spanAttributes: [["db.system.name", "sqlite"]]
      })
      const pragmas = [
        "PRAGMA foreign_keys = ON",
        "PRAGMA busy_timeout = 5000",
        `PRAGMA synchronous = ${options.durability === "normal" ? "NORMAL" : "FULL"}`,
        // What a write-ahead log has grown to while somebody read for long is given back at the next checkpoint.
        "PRAGMA journal_size_limit = 67108864"
      ]
      yield* Effect.forEach(pragmas, (pragma) => sql.unsafe(pragma), { discard: true }).pipe(
        Effect.mapError((error) => unavailable(options.filename, error.cause))
      )
      return sql
    })
  ).pipe(Layer.provide(Reactivity.layer))

/** Beside the one connection that everybody shares, others that only read: a file in WAL mode has readers while it is written. */
const readers = ({ filename }: SqliteOptions) =>
  filename === ":memory:"
    ? Layer.empty
    : Layer.succeed(
        ReadConnections,
        SqliteClient.make({ filename, readonly: true, disableWAL: true }).pipe(
          Effect.catchAllDefect((cause) => new SqlError({ cause, message: "Failed to open" })),
          Effect.flatMap((sqlite) => sqlite.reserve),
          Effect.provide(Reactivity.layer)
        )
      )

/**
 * The client, dialect and unit of work over a SQLite file.
 *
 * Fails with `StorageError` (`unavailable`) where the file cannot be opened.
 */
export const layer = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient | Dialect | Transactor, StorageError> =>
  transactorLayer.pipe(Layer.provideMerge(Layer.mergeAll(client(options), Layer.succeed(Dialect, sqliteDialect), readers(options))))
