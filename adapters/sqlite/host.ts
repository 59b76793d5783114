/** Inside a transaction that the host has opened on a better-sqlite3 connection of its own. */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import { Effect, Layer, Stream } from "effect"
import { StorageError, type Transactor } from "../../src/core/index.js"
import { Dialect } from "../sql/dialect.js"
import { lentClient, lentDialect } from "../sql/lent.js"
import { transactorLayer } from "../sql/transaction.js"
import { sqliteDialect } from "./dialect.js"

/** Its methods are typed loosely, as methods: a driver's own types narrow what may be bound. */
interface HostStatement {
  /** Whether it answers rows. */
  readonly reader: boolean
  all(...parameters: Array<unknown>): Array<unknown>
  run(...parameters: Array<unknown>): unknown
}

/** What is needed of a host's connection: `prepare`, as better-sqlite3 has it. */
export interface HostDatabase {
  prepare(text: string): HostStatement
}

const hostConnection = (host: HostDatabase): Connection => {
  const prepared = new Map<string, HostStatement>()
  const statement = (text: string): HostStatement => {
    const known = prepared.get(text) ?? host.prepare(text)
    prepared.set(text, known)
    return known
  }
  const attempt = <A>(work: () => A) =>
    Effect.try({ try: work, catch: (cause) => new SqlError({ cause, message: "Failed to execute statement" }) })
  const rows = (text: string, values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
    const found = statement(text)
    if (found.reader) return found.all(...values)
    found.run(...values)
    return []
  }
  const execute: Connection["execute"] = (text, values, transform) =>
    Effect.map(
      attempt(() => rows(text, values)),
      (found) => (transform === undefined ? found : transform(found as ReadonlyArray<object>))
    )
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: (text, values) => attempt(() => (statement(text).reader ? rows(text, values) : statement(text).run(...values))),
    executeValues: (text, values) => attempt(() => rows(text, values).map((row) => Object.values(row as object))),
    executeStream: () => Stream.dieMessage("a lent connection has no cursor")
  }
}

/** Without it a reference to what is not there would be written in silence; inside a transaction it cannot be switched on. */
const guarded = (host: HostDatabase): Effect.Effect<void, StorageError> =>
  Effect.try({
    try: () => {
      const [row] = host.prepare("PRAGMA foreign_keys").all() as ReadonlyArray<{ readonly foreign_keys: number }>
      if (row?.foreign_keys !== 1) throw new Error("the lent connection has PRAGMA foreign_keys off")
    },
    catch: (cause) => new StorageError({ operation: "take a lent connection", reason: "unavailable", cause })
  })

/**
 * The client, dialect and unit of work inside the transaction that is open on the host's connection: ours is a savepoint of
 * it, so that the host's rows and the bill are committed together or not at all. The host opens it with `BEGIN IMMEDIATE`,
 * and commits.
 *
 * Fails with `StorageError` (`unavailable`) where the connection does not hold foreign keys.
 */
export const layerFromDatabase = (host: HostDatabase): Layer.Layer<SqlClient.SqlClient | Dialect | Transactor, StorageError> =>
  transactorLayer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.effectDiscard(guarded(host)),
        lentClient(hostConnection(host), Statement.makeCompilerSqlite(), "sqlite"),
        Layer.succeed(Dialect, lentDialect(sqliteDialect))
      )
    )
  )
