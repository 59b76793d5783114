/** What differs between the engines, in one service: types, casts, bulk parameters, locks, and how failures are read. */
import { Context, type Effect } from "effect"
import type { StorageError } from "../../src/core/index.js"
import type { ColumnType } from "./table.js"

export interface DialectShape {
  readonly engine: "sqlite" | "postgres"
  /** Statements that make the types of columns which the engine does not have. */
  readonly types: ReadonlyArray<string>
  /** A column's type in DDL, with the check that keeps out what the type itself lets through (NaN, fractions, other texts). */
  readonly columnType: (type: ColumnType, column: string) => string
  /** What ends a CREATE TABLE: ` STRICT` on SQLite. */
  readonly tableSuffix: string
  /** A column as an expression, so that no value passes through a floating-point number. */
  readonly readColumn: (column: string, type: ColumnType, alias: string) => string
  /** The same in a select list, under its name. */
  readonly selectColumn: (column: string, type: ColumnType, alias: string) => string
  /** Expressions as one JSON list; at most 100 of them. */
  readonly jsonList: (expressions: ReadonlyArray<string>) => string
  /** An expression of a column's type as JSON text, as the domain writes it: money and decimals as texts, instants in UTC; null of null. */
  readonly jsonText: (expression: string, type: ColumnType) => string
  /** A select of the ids, each once, that stand in a field of the elements of a list inside a JSON column. */
  readonly jsonIds: (from: string, column: string, list: string, field: string) => string
  /** What a statement begins with that a connection keeps prepared: one that is sent often, and costs more to plan than to run. */
  readonly kept: string
  /** An instant as whole milliseconds since 1970. */
  readonly millis: (expression: string) => string
  /** The exact sum of a column of money in whole minor units, as text; `0` over no row. */
  readonly sumMoney: (column: string) => string
  /**
   * A derived table over one JSON parameter (an array of arrays): the text before and after the parameter's placeholder.
   * One statement text for any number of rows.
   */
  readonly jsonRows: (columns: ReadonlyArray<readonly [name: string, type: ColumnType]>) => readonly [before: string, after: string]
  /** ` FOR UPDATE` where rows can be locked; SQLite has one writer anyway. */
  readonly forUpdate: string
  /** ` FOR SHARE` where rows can be locked: many may hold it, none may change the row. */
  readonly forShare: string
  /** ` FOR UPDATE SKIP LOCKED` where rows can be locked. */
  readonly skipLocked: string
  /** Statements that open a transaction that reads one state of the database. */
  readonly beginSnapshot: string
  /**
   * What the first statement of such a transaction begins with, where it carries `beginSnapshot` along in one way to the server; undefined where
   * that is a statement of its own.
   */
  readonly opensSnapshot: string | undefined
  /**
   * What a long read says behind it, where the engine needs to hear it: that its pages come in the order of an index. A server without statistics would
   * sort each page out of all rows that are left.
   */
  readonly inIndexOrder: string | undefined
  readonly begin: string
  readonly commit: string
  readonly rollback: string
  /**
   * What a transaction runs before it first writes what is audited, to tell changes that somebody's SQL has left from its own; nothing where
   * each change carries its transaction.
   */
  readonly markChanges: string | undefined
  /** Whether it is the host's open transaction that all statements run in. */
  readonly lent: boolean
  /** Whether statements say whose rows they reach, for row-level security; `either` where the database may have it on or off. */
  readonly rowLevelSecurity: boolean | "either"
  /** After a transaction: gives the host's other work a turn where the driver holds the thread. */
  readonly breathe: Effect.Effect<void>
  /** Takes the lock under which migrations run, in the open transaction. */
  readonly lockMigrations: ReadonlyArray<string>
  /**
   * Statements that tell the planner how our indexes narrow, before there are rows to measure: without them SQLite takes
   * the organization for as selective as anything else and reads all of a tenant's rows.
   */
  readonly planning: (tables: ReadonlyArray<string>) => ReadonlyArray<string>
  /** Reads a driver's failure. */
  readonly classify: (cause: unknown) => { readonly reason: StorageError["reason"]; readonly constraint?: string | undefined }
  /**
   * A trigger that runs `when` (over OLD and NEW) before an operation and refuses it with `message` where it holds. A table whose rows may not be
   * deleted may not be emptied as a whole either, where there is a statement for that.
   */
  readonly refuse: (trigger: {
    readonly name: string
    readonly table: string
    readonly before: "INSERT" | "UPDATE" | "DELETE"
    readonly when: string
    readonly message: string
  }) => ReadonlyArray<string>
}

export class Dialect extends Context.Tag("billwright/sql/Dialect")<Dialect, DialectShape>() {}
