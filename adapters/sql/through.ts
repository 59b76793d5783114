/** A connection in front of another one: every statement passes through one function. */
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import type { Effect } from "effect"
import { Stream } from "effect"

/** What becomes of a statement; `run` sends a text in its place, with its values. */
export type Pass = <A>(statement: string, run: (text: string) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

/** Cursors pass by where `cursors` is true, and are a defect else: `pass` does not see them. */
export const through = (connection: Connection, pass: Pass, cursors: boolean): Connection => ({
  execute: (statement, values, transform) => pass(statement, (text) => connection.execute(text, values, transform)),
  executeRaw: (statement, values) => pass(statement, (text) => connection.executeRaw(text, values)),
  executeValues: (statement, values) => pass(statement, (text) => connection.executeValues(text, values)),
  executeUnprepared: (statement, values, transform) => pass(statement, (text) => connection.executeUnprepared(text, values, transform)),
  executeStream: (statement, values, transform) =>
    cursors ? connection.executeStream(statement, values, transform) : Stream.dieMessage("no cursor on this connection")
})
