/** SQL failures as the domain knows them: one `StorageError` with a reason, classified by the dialect. */
import type { SqlError } from "@effect/sql/SqlError"
import { Effect } from "effect"
import { StorageError } from "../../src/core/index.js"
import type { DialectShape } from "./dialect.js"

export const storageError = (dialect: DialectShape, operation: string, cause: unknown): StorageError => {
  const { constraint, reason } = dialect.classify(cause)
  return new StorageError({ operation, reason, cause, ...(constraint === undefined ? {} : { constraint }) })
}

/** Turns the `SqlError` of a statement into a `StorageError` of `operation`. */
export const asStorage =
  (dialect: DialectShape, operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E | SqlError, R>) =>
    Effect.mapError(self, (error): Exclude<E, SqlError> | StorageError =>
      typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"
        ? storageError(dialect, operation, (error as SqlError).cause)
        : (error as Exclude<E, SqlError>)
    )

/**
 * Whether a write failed because `column` is taken within the organization. The constraint is named `<table>_<column>`;
 * SQLite names its columns instead.
 */
export const isTaken = (error: StorageError, table: string, column: string): boolean =>
  error.reason === "unique" &&
  (error.constraint === `${table}_${column}` || error.constraint === `${table}.organization_id, ${table}.${column}`)
