/** A client over one connection whose transaction belongs to the host: ours is a savepoint of it, and the host commits. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { Compiler } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import type { DialectShape } from "./dialect.js"

/** One statement at a time, and one of our savepoints. */
export const lentClient = (connection: Connection, compiler: Compiler, system: string): Layer.Layer<SqlClient.SqlClient> =>
  Layer.scoped(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const turn = yield* Effect.makeSemaphore(1)
      return yield* SqlClient.make({
        acquirer: Effect.succeed(connection),
        transactionAcquirer: Effect.uninterruptibleMask((restore) =>
          Effect.as(
            Effect.acquireRelease(restore(turn.take(1)), () => turn.release(1)),
            connection
          )
        ),
        compiler,
        spanAttributes: [["db.system.name", system]]
      })
    })
  ).pipe(Layer.provide(Reactivity.layer))

/** The engine's dialect inside the host's transaction. */
export const lentDialect = (dialect: DialectShape): DialectShape => ({
  ...dialect,
  lent: true,
  begin: "SAVEPOINT billwright",
  beginSnapshot: "SAVEPOINT billwright",
  opensSnapshot: undefined,
  commit: "RELEASE SAVEPOINT billwright",
  rollback: "ROLLBACK TO SAVEPOINT billwright",
  breathe: Effect.void
})
