/**
 * Statements that carry whose rows they reach, for a database with row-level security. The setting that its policies read goes with
 * each statement in one way to the server, and lasts as long as the statement's transaction: a connection that goes back to a pool, or through one
 * in between, remembers nothing.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Stream } from "effect"
import pg from "pg"
import { reach } from "../sql/reach.js"
import { statementName } from "./keeping.js"

const SET = "SELECT set_config('billwright.organization', $1, true)"

const CONTROL = /^\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/

/** What stands before a statement's text and says what it reaches. */
const MARK = /^\/\* reaches (\S*) \*\/ /

/** The parts of the driver's connection that speak the protocol. */
interface Wire {
  readonly parse: (message: { readonly text: string; readonly name?: string }) => void
  readonly bind: (message: { readonly values: ReadonlyArray<unknown> }) => void
  readonly execute: (message: object) => void
}

interface PlainQuery {
  name: string | undefined
  prepare(wire: Wire): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}

const DriverQuery = pg.Query as unknown as new (config: object, values: unknown, callback: unknown) => PlainQuery

/** A statement with the setting before it: what the server answers to that is nobody's. */
class ReachingQuery extends DriverQuery {
  #settled = false
  readonly #named: string | undefined

  constructor(
    readonly reaches: string,
    config: { readonly text: string; readonly name: string | undefined },
    values: unknown,
    callback: unknown
  ) {
    super({ ...config, queryMode: "extended" }, values, callback)
    this.#named = config.name
  }

  override prepare(wire: Wire) {
    wire.parse({ text: SET })
    wire.bind({ values: [this.reaches] })
    wire.execute({})
    super.prepare(wire)
    // The driver takes the first answer to PARSE for the named statement's.
    this.name = undefined
  }

  override handleDataRow(message: unknown) {
    if (this.#settled) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, wire: Wire) {
    if (this.#settled) return super.handleCommandComplete(message, wire)
    this.#settled = true
    this.name = this.#named
  }
}

type Query = (...given: ReadonlyArray<unknown>) => unknown

const taught = new WeakSet<object>()

/** Teaches a client of the driver the mark. */
const teach = (client: pg.ClientBase) => {
  if (taught.has(client)) return
  taught.add(client)
  const query = client.query.bind(client) as Query
  const marked: Query = (given, values, callback) => {
    const config = (typeof given === "string" ? { text: given } : given) as { readonly text?: string; readonly values?: unknown }
    const mark = typeof config?.text === "string" ? MARK.exec(config.text) : null
    if (mark === null) return query(given, values, callback)
    const text = config.text!.slice(mark[0].length)
    const own = typeof values === "function" ? [config.values, values] : [values, callback]
    return query(new ReachingQuery(mark[1]!, { ...config, text, name: statementName(client, text) }, ...(own as [unknown, unknown])))
  }
  client.query = marked as typeof client.query
}

const markedConnection = (connection: Connection): Connection => {
  teach((connection as unknown as { readonly pg: pg.ClientBase }).pg)
  const marking = <A, E>(statement: string, run: (text: string) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    CONTROL.test(statement) ? run(statement) : Effect.flatMap(reach, (reaches) => run(`/* reaches ${reaches} */ ${statement}`))
  return {
    execute: (statement, values, transform) => marking(statement, (text) => connection.execute(text, values, transform)),
    executeRaw: (statement, values) => marking(statement, (text) => connection.executeRaw(text, values)),
    executeValues: (statement, values) => marking(statement, (text) => connection.executeValues(text, values)),
    executeUnprepared: (statement, values, transform) =>
      marking(statement, (text) => connection.executeUnprepared(text, values, transform)),
    executeStream: () => Stream.dieMessage("a cursor does not say what it reaches")
  }
}

/** The client of a pool whose statements say what they reach. */
export const reachingClient = <E>(client: Layer.Layer<SqlClient.SqlClient, E>): Layer.Layer<SqlClient.SqlClient, E> =>
  Layer.scoped(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const { reserve } = yield* SqlClient.SqlClient
      const acquirer = Effect.map(reserve, markedConnection)
      return yield* SqlClient.make({
        acquirer,
        transactionAcquirer: acquirer,
        compiler: PgClient.makeCompiler(),
        spanAttributes: [["db.system.name", "postgresql"]]
      })
    })
  ).pipe(Layer.provide(client), Layer.provide(Reactivity.layer))

const BEGIN = "SAVEPOINT billwright"
const END = /^(?:RELEASE|ROLLBACK TO) SAVEPOINT billwright$/

/**
 * A connection inside a transaction that the host has opened: the setting is the transaction's, and is what it was before once ours is over. The host's
 * query function sends one statement at a time, so that each change of the setting is a way of its own.
 */
export const reachingHost = (connection: Connection): Connection => {
  // What the setting is; unknown after a savepoint was taken back.
  let known: string | undefined
  let before: string | undefined
  const set = (to: string) =>
    Effect.suspend(() => {
      if (known === to) return Effect.void
      known = undefined
      return Effect.map(connection.execute(SET, [to], undefined), () => {
        known = to
      })
    })
  const read = Effect.map(
    connection.execute("SELECT current_setting('billwright.organization', true) AS setting", [], undefined),
    (rows) => (rows[0] as { readonly setting: string | null }).setting ?? ""
  )
  // A statement and its setting are not torn apart by another fiber's.
  const turn = Effect.unsafeMakeSemaphore(1)
  const run = <A, E>(statement: string, work: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      if (statement === BEGIN) before = yield* read
      if (CONTROL.test(statement)) {
        const answer = yield* work
        if (statement.startsWith("ROLLBACK")) known = undefined
        if (END.test(statement)) {
          yield* set(before ?? "")
          before = undefined
          known = undefined
        }
        return answer
      }
      const wanted = yield* reach
      if (before !== undefined) {
        yield* set(wanted)
        return yield* work
      }
      const own = yield* read
      yield* set(wanted)
      const answer = yield* work
      yield* set(own)
      known = undefined
      return answer
    }).pipe(turn.withPermits(1))
  return {
    ...connection,
    execute: (statement, values, transform) => run(statement, connection.execute(statement, values, transform)),
    executeRaw: (statement, values) => run(statement, connection.executeRaw(statement, values)),
    executeValues: (statement, values) => run(statement, connection.executeValues(statement, values)),
    executeUnprepared: (statement, values, transform) => run(statement, connection.executeUnprepared(statement, values, transform))
  }
}
