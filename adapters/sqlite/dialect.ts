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

/** References to definitions, of which there are few: many rows have the same one. */
const DEFINITIONS = [
  "add_on_id",
  "billable_metric_id",
  "billing_entity_id",
  "charge_id",
  "coupon_id",
  "dunning_campaign_id",
  "external_customer_id",
  "feature_id",
  "integration_id",
  "plan_id",
  "previous_plan_id",
  "next_plan_id",
  "tax_id",
  "webhook_endpoint_id"
]

/**
 * Statistics of a busy database, in sqlite_stat1, as powers of ten: a million rows a table, a hundredth of them in a partial index (unless its condition always holds), a
 * tenth of them one organization's.
 * A reference to what there is much of (a customer, an invoice) leaves ten rows, any other column a hundredth: else the rows of fifty invoices
 * would be looked for among all of a tenant, only because that is the order that is asked for. ANALYZE by the host replaces them with what it measures.
 */
const planning = (tables: ReadonlyArray<string>): ReadonlyArray<string> => {
  const listed = (names: ReadonlyArray<string>) => names.map((name) => `'${name}'`).join(", ")
  return [
    "ANALYZE billwright_migrations",
    `WITH
      columns AS MATERIALIZED (SELECT t.name AS tbl, i.name AS idx, i."unique" AS single, c.seqno AS place,
          CASE WHEN i.partial AND i.name NOT IN (SELECT name FROM sqlite_schema WHERE sql GLOB 'CREATE INDEX *<> ''''') THEN 4 ELSE 6 END AS size,
          CASE WHEN c.name = 'organization_id' THEN 1
            WHEN c.name = 'id' OR (c.name GLOB '*_id' AND c.name NOT IN (${listed(DEFINITIONS)})) THEN 4 ELSE 2 END AS narrows
        FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
        WHERE t.type = 'table' AND t.name IN (${listed(tables)}) AND i.name NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL)),
      narrowed AS (SELECT tbl, idx, size, place, size - sum(narrows) OVER (PARTITION BY idx ORDER BY place) AS digits,
          single AND place = max(place) OVER (PARTITION BY idx) AS one
        FROM columns)
      INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, 1 || substr('000000', 1, size) || ' '
          || group_concat(CASE WHEN one THEN '1' WHEN digits <= 0 THEN '2' ELSE 1 || substr('000000', 1, digits) END, ' ')
        FROM (SELECT * FROM narrowed ORDER BY idx, place) GROUP BY tbl, idx, size`,
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
      .map(([name, type], index) => (WHOLE.has(type) ? `CAST(value->>${index} AS NUMERIC) AS ${name}` : `value->>${index} AS ${name}`))
      .join(", ")} FROM json_each(`,
    "))"
  ],
  forUpdate: "",
  forShare: "",
  skipLocked: "",
  begin: "BEGIN IMMEDIATE",
  beginSnapshot: "BEGIN",
  opensSnapshot: undefined,
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
  ]
}
