/**
 * Statements that a connection keeps prepared. A statement without a name is parsed and planned each time that it is sent;
 * one that begins with `KEPT` gets a name, and its plan is made anew only where the server has reason to.
 *
 * Not all of them: a plan that was made while tables were empty is kept as they grow, until the server has statistics. A
 * statement that is kept finds what it reads by keys, a few rows of each table, whatever the tables hold.
 */
import { createHash } from "node:crypto"
import { SqlError } from "@effect/sql/SqlError"
import { Effect, type Scope } from "effect"
import pg from "pg"

export const KEPT = "/* kept */ "

const names = new Map<string, string>()

const nameOf = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash("sha256").update(text).digest("base64url")
  names.set(text, name)
  return name
}

/** The name under which a client keeps a statement; none where it does not. */
export const statementName = (client: pg.ClientBase, text: string): string | undefined =>
  client instanceof KeepingClient && text.startsWith(KEPT) ? nameOf(text) : undefined

type Query = (...given: ReadonlyArray<unknown>) => unknown

/** The driver's client, whose statements that begin with `KEPT` have names. */
class KeepingClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = super.query.bind(this) as Query
    const named: Query = (text, values, ...rest) =>
      typeof text === "string" && text.startsWith(KEPT)
        ? query({ name: nameOf(text), text, values }, ...rest)
        : query(text, values, ...rest)
    this.query = named as typeof this.query
  }
}

/** A pool of such connections, ended with its scope. Fails where the server does not answer within five seconds. */
export const keepingPool = (config: pg.PoolConfig): Effect.Effect<pg.Pool, SqlError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new pg.Pool({ ...config, Client: KeepingClient })
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
