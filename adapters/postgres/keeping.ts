/**
 * Statements that a connection keeps prepared. A statement without a name is parsed and planned each time that it is sent;
 * one that begins with `KEPT` gets a name, and its plan is made anew only where the server has reason to.
 *
 * Not all of them: a plan that was made while tables were empty is kept as they grow, until the server has statistics. A
 * statement that is kept finds what it reads by keys, a few rows of each table, whatever the tables hold.
 *
 * The server keeps plans of its own, too: those by which it checks foreign keys. Where it cannot be told how our indexes narrow (`planning`, before version
 * 18) they may read a whole table for each row, until there are statistics. There a connection forgets its plans now and then.
 */
import { SqlError } from "@effect/sql/SqlError"
import { Effect, type Scope } from "effect"
import pg from "pg"
import { type Query, teach } from "./marks.js"

/** The first version of the server that can be told of statistics. */
const TOLD = 18

/** Milliseconds for which plans are kept where it cannot. To make those of a batch anew takes a few. */
const REMEMBERED = 1000

/** What begins a transaction without the plans that the connection has. */
const FORGETTING = "BEGIN; DISCARD PLANS"

interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/** The driver's client, whose statements that begin with `KEPT` have names. */
class KeepingClient extends pg.Client {
  /** When plans were forgotten last; never where they need not be. */
  #forgot = Number.POSITIVE_INFINITY

  constructor(config?: pg.ClientConfig) {
    super(config)
    teach(this, true)
    const query = this.query.bind(this) as Query
    const begun: Query = (text, ...rest) => query(text === "BEGIN" ? this.#begin() : text, ...rest)
    this.query = begun as typeof this.query
    const { connection } = this as unknown as { readonly connection: NodeJS.EventEmitter }
    connection.on("parameterStatus", ({ parameterName, parameterValue }: ParameterStatus) => {
      if (parameterName === "server_version" && Number.parseInt(parameterValue, 10) < TOLD) this.#forgot = Number.NEGATIVE_INFINITY
    })
  }

  #begin(): string {
    const now = performance.now()
    if (now - this.#forgot < REMEMBERED) return "BEGIN"
    this.#forgot = now
    return FORGETTING
  }
}

/** A pool of such connections, ended with its scope. Fails where the server does not answer within five seconds. */
export const keepingPool = (config: pg.PoolConfig): Effect.Effect<pg.Pool, SqlError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // A way that nothing came over for hours may be closed by what stands in between, and nobody is told.
      const pool = new pg.Pool({ keepAlive: true, ...config, Client: KeepingClient })
      // A connection that breaks while it is idle is replaced when it is needed.
      pool.on("error", () => {})
      return pool
    }),
    (pool) => Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  ).pipe(
    Effect.tap((pool) =>
      Effect.tryPromise({
        try: () => pool.query("SELECT 1"),
        catch: (cause) => new SqlError({ cause, message: "Failed to connect" })
      }).pipe(
        Effect.timeoutFail({
          duration: "5 seconds",
          onTimeout: () => new SqlError({ cause: new Error("Connection timed out"), message: "Failed to connect" })
        })
      )
    )
  )
