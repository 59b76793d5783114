/**
 * Statements that carry whose rows they reach, for a database with row-level security. The setting that its policies read goes with
 * each statement in one way to the server, and lasts as long as the statement's transaction: a connection that goes back to a pool, or through one
 * in between, remembers nothing.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type pg from "pg"
import { reach } from "../sql/reach.js"
import { type Pass, through } from "../sql/through.js"
import { reaching, SET_REACH, teach } from "./marks.js"

const CONTROL = /^\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/

const markedConnection = (connection: Connection): Connection => {
  teach((connection as unknown as { readonly pg: pg.ClientBase }).pg, false)
  return through(
    connection,
    (statement, run) => (CONTROL.test(statement) ? run(statement) : Effect.flatMap(reach, (reaches) => run(reaching(reaches, statement)))),
    false
  )
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
      return Effect.map(connection.execute(SET_REACH, [to], undefined), () => {
        known = to
      })
    })
  const read = Effect.map(
    connection.execute("SELECT current_setting('billwright.organization', true) AS setting", [], undefined),
    (rows) => (rows[0] as { readonly setting: string | null }).setting ?? ""
  )
  // A statement and its setting are not torn apart by another fiber's.
  const turn = Effect.unsafeMakeSemaphore(1)
  const pass: Pass = (statement, run) =>
    Effect.gen(function* () {
      const work = run(statement)
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
  return through(connection, pass, true)
}
