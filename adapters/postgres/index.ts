/** Billwright on PostgreSQL: `billwright/postgres`. A pool of its own, the host's pool, or the host's open transaction. */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Stream } from "effect"
import type pg from "pg"
import type { Database } from "../../src/client/index.js"
import { AdapterMissing, InvalidInput, StorageError, type Transactor } from "../../src/core/index.js"
import { Dialect, type DialectShape } from "../sql/dialect.js"
import { lentClient, lentDialect } from "../sql/lent.js"
import { printSql } from "../sql/migrate.js"
import { sandboxLayer } from "../sql/sandbox.js"
import { storesLayer } from "../sql/stores.js"
import { transactorLayer } from "../sql/transaction.js"
import { ownPoolDialect, postgresDialect } from "./dialect.js"
import { keepingPool } from "./keeping.js"
import { reachingClient, reachingHost } from "./reaching.js"

type Services = SqlClient.SqlClient | Dialect | Transactor

interface RowLevelSecurity {
  /**
   * Each statement says whose rows it reaches, for a database whose row-level security is switched on; off by default. A database that is not as this says
   * is refused at start; with `either` it may have it on or off: while it is being switched.
   */
  readonly rowLevelSecurity?: boolean | "either"
}

export interface PostgresOptions extends RowLevelSecurity {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Connections of the pool; 10 by default. */
  readonly maxConnections?: number
}

const isAnnounced = ({ rowLevelSecurity = false }: RowLevelSecurity): boolean => rowLevelSecurity !== false

const unavailable = (operation: string) => (error: SqlError) => new StorageError({ operation, reason: "unavailable", cause: error.cause })

const services = (
  client: Layer.Layer<SqlClient.SqlClient, StorageError>,
  dialect: DialectShape,
  { rowLevelSecurity = false }: RowLevelSecurity
): Layer.Layer<Services, StorageError> =>
  transactorLayer.pipe(Layer.provideMerge(Layer.mergeAll(client, Layer.succeed(Dialect, { ...dialect, rowLevelSecurity }))))

const pooled = (
  client: Layer.Layer<SqlClient.SqlClient, SqlError>,
  dialect: DialectShape,
  security: RowLevelSecurity
): Layer.Layer<Services, StorageError> => {
  const connected = Layer.mapError(client, unavailable("connect to Postgres"))
  return services(isAnnounced(security) ? reachingClient(connected) : connected, dialect, security)
}

/**
 * The client, dialect and unit of work over a pool of its own.
 *
 * Fails with `StorageError` (`unavailable`) where the server does not answer.
 */
export const layer = (options: PostgresOptions): Layer.Layer<Services, StorageError> =>
  pooled(
    PgClient.layerFromPool({
      acquire: keepingPool({ connectionString: options.url, max: options.maxConnections ?? 10, application_name: "billwright" })
    }),
    ownPoolDialect,
    options
  )

/** The same over a pool that the host owns and ends. */
export const layerFromPool = (pool: pg.Pool, security: RowLevelSecurity = {}): Layer.Layer<Services, StorageError> =>
  pooled(PgClient.layerFromPool({ acquire: Effect.succeed(pool) }), postgresDialect, security)

/** What is needed of a host's open transaction: the query function of its client, whatever library it comes from. */
export interface HostTransaction {
  readonly query: (text: string, values: ReadonlyArray<unknown>) => Promise<{ readonly rows: ReadonlyArray<unknown> }>
}

const hostConnection = (host: HostTransaction): Connection => {
  const run = (text: string, values: ReadonlyArray<unknown>) =>
    Effect.tryPromise({
      try: () => host.query(text, values),
      catch: (cause) => new SqlError({ cause, message: "Failed to execute statement" })
    })
  const execute: Connection["execute"] = (text, values, transform) =>
    Effect.map(run(text, values), (result) => (transform === undefined ? result.rows : transform(result.rows as ReadonlyArray<object>)))
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: run,
    executeValues: (text, values) => Effect.map(run(text, values), (result) => result.rows.map((row) => Object.values(row as object))),
    executeStream: () => Stream.dieMessage("a lent transaction has no cursor")
  }
}

/**
 * The same inside a transaction that the host has opened: ours is a savepoint of it, so that the host's rows and the bill
 * are committed together or not at all. The host commits.
 */
export const layerFromTransaction = (host: HostTransaction, security: RowLevelSecurity = {}): Layer.Layer<Services, StorageError> =>
  services(
    Layer.suspend(() => {
      const connection = hostConnection(host)
      const own = isAnnounced(security) ? reachingHost(connection) : connection
      return lentClient(own, PgClient.makeCompiler(), "postgresql")
    }),
    lentDialect(postgresDialect),
    security
  )

/** Where a server is: its URL, a pool that the host owns and ends, or a transaction that the host has opened. */
export type PostgresTarget =
  | string
  | PostgresOptions
  | ({ readonly pool: pg.Pool } & RowLevelSecurity)
  | ({ readonly transaction: HostTransaction } & RowLevelSecurity)

const layerOf = (target: PostgresTarget): Layer.Layer<Services, StorageError> => {
  const given = typeof target === "string" ? { url: target } : target
  if (given !== undefined && "pool" in given) return layerFromPool(given.pool, given)
  if (given !== undefined && "transaction" in given) return layerFromTransaction(given.transaction, given)
  // The driver takes no URL for the machine's own server: an unset variable would bill there.
  if (!given?.url) throw new InvalidInput({ field: "url", reason: "expected postgres://user:password@host:port/database, or { pool }" })
  return layer(given)
}

/** A pool has the query function of a client, and each call of it another transaction. */
const requireTransaction = (host: HostTransaction): HostTransaction => {
  const reason = "expected the client on which you have run BEGIN"
  if (typeof host?.query !== "function") throw new InvalidInput({ field: "transaction", reason })
  if ("idleCount" in host) throw new InvalidInput({ field: "transaction", reason: `${reason}, got a pool` })
  return host
}

/** Loaded when something is simulated: SQLite need not be installed. */
const memory = Effect.tryPromise({
  try: () => import("../sqlite/memory.js"),
  catch: () => new AdapterMissing({ adapter: "@effect/sql-sqlite-node" })
}).pipe(Effect.map(({ memoryCopy }) => memoryCopy))

const stores = Layer.merge(storesLayer, sandboxLayer(memory))

/**
 * A PostgreSQL database for `createBilling`. Never migrated unless told: `billwright migrate`, or `migrate: true`.
 * `billing.within(client)` bills inside a transaction that the host has opened on a client of its own. Throws `InvalidInput` where there is no URL.
 */
export const postgres = (target: PostgresTarget): Database<HostTransaction> => ({
  engine: "postgres",
  migrate: false,
  schema: () => printSql(postgresDialect),
  layer: stores.pipe(Layer.provideMerge(layerOf(target))),
  within: (transaction) =>
    stores.pipe(Layer.provideMerge(layerFromTransaction(requireTransaction(transaction), typeof target === "string" ? {} : target)))
})
