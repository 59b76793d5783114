/** What a migration is: numbered statements, as data. */
import type { DialectShape } from "./dialect.js"

export interface Migration {
  readonly id: number
  readonly name: string
  /** Statements in order. Types are written as `{uuid}`, `{money}`, …; a table ends with `){table}`. */
  readonly statements: (dialect: DialectShape) => ReadonlyArray<string>
}
