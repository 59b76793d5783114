/** What a migration is: numbered statements, as data. */
import type { DialectShape } from "./dialect.js"

export interface Migration {
  readonly id: number
  readonly name: string
  /** Statements in order. Types are written as `{uuid}`, `{money}`, …; a table ends with `){table}`. */
  readonly statements: (dialect: DialectShape) => ReadonlyArray<string>
}

/** What makes a text's order that of its code points: SQLite has no other, on Postgres a language's order takes longer, and differs between servers. */
export const byCodePoint = ({ engine }: DialectShape): string => (engine === "sqlite" ? "" : ' COLLATE "C"')
