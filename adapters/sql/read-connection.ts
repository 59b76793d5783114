/**
 * A connection for a long read of one state of the database, beside those that others work with. Where one connection serves
 * everybody (SQLite), the engine's adapter opens another one, so that nobody waits until a million rows are read.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import { Context, Effect, Exit, type Scope } from "effect"
import type { StorageError } from "../../src/core/index.js"
import type { DialectShape } from "./dialect.js"
import { storageError } from "./failure.js"

/** Opens a connection that only reads. */
type OpenConnection = Effect.Effect<Connection, SqlError, Scope.Scope>

/** How the engine opens such connections; null where the client's own have to do. */
export class ReadConnections extends Context.Reference<ReadConnections>()("billwright/sql/ReadConnections", {
  defaultValue: (): OpenConnection | null => null
}) {}

/** Runs statements on a connection that sees one state of the database; it ends with the scope. */
export type OneState = <A, E, R>(statements: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Begins to read one state of the database, page after page in the order of an index; who reads has no transaction open, and may do other work in between. */
export const oneState = (open: OpenConnection, dialect: DialectShape): Effect.Effect<OneState, StorageError, Scope.Scope> =>
  Effect.gen(function* () {
    const failed = (operation: string) => (error: SqlError) => storageError(dialect, operation, error.cause)
    const connection = yield* Effect.mapError(open, failed("connect"))
    const run = (statement: string) => connection.executeUnprepared(statement, [], undefined)
    yield* Effect.acquireRelease(Effect.mapError(run(dialect.beginSnapshot), failed("begin")), (_, exit) =>
      // Nothing was written: how it ends matters to nobody.
      Effect.ignore(run(Exit.isSuccess(exit) ? dialect.commit : dialect.rollback))
    )
    if (dialect.inIndexOrder !== undefined) yield* Effect.mapError(run(dialect.inIndexOrder), failed("begin"))
    return (statements) => Effect.provideService(statements, SqlClient.TransactionConnection, [connection, 0])
  })
