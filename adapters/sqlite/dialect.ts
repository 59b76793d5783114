/** SQLite: STRICT tables, instants and decimals as text, whole numbers as INTEGER read back as text. */
import { setImmediate } from "node:timers"
import { Effect } from "effect"
import type { DialectShape } from "../sql/dialect.js"
import type { ColumnType } from "../sql/table.js"

const TYPES: Readonly<Record<ColumnType, string>> = {
  uuid: "TEXT",
  text: "TEXT",
  secret: "TEXT",
  integer: "INTEGER",
  bigint: "INTEGER",
  money: "INTEGER",
  decimal: "TEXT",
  instant: "TEXT",
  date: "TEXT",
  json: "TEXT",
  boolean: "INTEGER"
}

/** STRICT knows five types; these checks tell the others apart. */
const CHECKS: Partial<Readonly<Record<ColumnType, (column: string) => string>>> = {
  uuid: (column) => `length(${column}) = 36`,
  decimal: (column) => `${column} GLOB '[-0-9]*' AND ${column} NOT GLOB '*[^-0-9.]*'`,
  instant: (column) => `${column} GLOB '????-??-??T??:??:??.???Z'`,
  date: (column) => `${column} GLOB '????-??-??'`,
  json: (column) => `json_valid(${column})`,
  boolean: (column) => `${column} IN (0, 1)`
}

const WHOLE = new Set<ColumnType>(["integer", "bigint", "money", "boolean"])

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/**
 * Statistics of a busy database, in sqlite_stat1: a million rows a table, a tenth of them one organization's, and each
 * further column of an index a hundred times narrower. ANALYZE by the host replaces them with what it measures.
 */
const planning = (tables: ReadonlyArray<string>): ReadonlyArray<string> => {
  const ours = tables.map((table) => `'${table}'`).join(", ")
  return [
    "ANALYZE billwright_migrations",
    `WITH RECURSIVE
      indexes AS (SELECT t.name AS tbl, i.name AS idx, i."unique" AS single, (SELECT count(*) FROM pragma_index_info(i.name)) AS width
        FROM sqlite_schema t JOIN pragma_index_list(t.name) i
        WHERE t.type = 'table' AND t.name IN (${ours}) AND i.name NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL)),
      parts (tbl, idx, single, width, place, stat, remaining) AS (
        SELECT tbl, idx, single, width, 0, '1000000', 10000000 FROM indexes
        UNION ALL
        SELECT tbl, idx, single, width, place + 1,
          stat || ' ' || CASE WHEN single AND place + 1 = width THEN 1 ELSE max(remaining / 100, 2) END, remaining / 100
        FROM parts WHERE place < width)
      INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM parts WHERE place = width`,
    "ANALYZE sqlite_schema"
  ]
}

/** The driver is synchronous: a run of many transactions would keep every timer and request of the host waiting to its end. */
const breathe = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** The driver returns whole numbers as floating point: what may pass 2^53 is read as text. */
const readColumn = (column: string, type: ColumnType, alias: string): string =>
  type === "money" || type === "bigint" ? `CAST(${alias}.${column} AS TEXT)` : `${alias}.${column}`

const jsonText = (expression: string, type: ColumnType): string => {
  switch (type) {
    case "integer":
      return `CAST(${expression} AS TEXT)`
    case "boolean":
      return `CASE ${expression} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`
    case "json":
      return expression
    case "text":
    case "secret":
      return `CASE WHEN ${expression} IS NOT NULL THEN json_quote(${expression}) END`
    default:
      return `'"' || ${expression} || '"'`
  }
}

export const sqliteDialect: DialectShape = {
  engine: "sqlite",
  types: [],
  columnType: (type, column) => {
    const check = CHECKS[type]
    return check === undefined ? TYPES[type] : `${TYPES[type]} CHECK (${check(column)})`
  },
  tableSuffix: " STRICT",
  readColumn,
  selectColumn: (column, type, alias) => `${readColumn(column, type, alias)} AS ${column}`,
  jsonList: (expressions) => `json_array(${expressions.join(", ")})`,
  jsonText,
  jsonIds: (from, column, list, field) =>
    `SELECT DISTINCT one.value ->> '${field}' AS id FROM ${from}, json_each(${column}, '$.${list}') one`,
  // The driver keeps every statement.
  kept: "",
  // SUM over INTEGER is exact and refuses to overflow.
  millis: (expression) => `(CAST(strftime('%s', ${expression}) AS INTEGER) * 1000 + CAST(substr(${expression}, 21, 3) AS INTEGER))`,
  sumMoney: (column) => `CAST(COALESCE(SUM(${column}), 0) AS TEXT)`,
  jsonRows: (columns) => [
    `(SELECT ${columns
      .map(([name, type], index) => (WHOLE.has(type) ? `CAST(value->>${index} AS INTEGER) AS ${name}` : `value->>${index} AS ${name}`))
      .join(", ")} FROM json_each(`,
    "))"
  ],
  forUpdate: "",
  forShare: "",
  skipLocked: "",
  begin: "BEGIN IMMEDIATE",
  beginSnapshot: "BEGIN",
  inIndexOrder: undefined,
  commit: "COMMIT",
  rollback: "ROLLBACK",
  markChanges: "UPDATE billwright_changes SET beside = 1 WHERE beside = 0",
  lent: false,
  rowLevelSecurity: false,
  breathe,
  lockMigrations: [],
  planning,
  classify: (cause) => {
    const code = codeOf(cause)
    const message = cause instanceof Error ? cause.message : ""
    const constraint = /constraint failed: (.+)$/.exec(message)?.[1]
    if (code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY") return { reason: "unique", constraint }
    if (code.startsWith("SQLITE_BUSY") || code === "SQLITE_LOCKED") return { reason: "busy" }
    if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") return { reason: "corrupt" }
    if (
      ["SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL"].some((prefix) => code.startsWith(prefix)) ||
      code.startsWith("SQLITE_IOERR")
    ) {
      return { reason: "unavailable" }
    }
    return { reason: "unknown", constraint }
  },
  refuse: ({ before, message, name, table, when }) => [
    `CREATE TRIGGER ${name} BEFORE ${before} ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, '${message}'); END`
  ],
  refuseTruncate: () => []
}
