/** PostgreSQL: numeric for exact figures, timestamptz for instants, jsonb; explicit row locks under READ COMMITTED. */
import { Effect } from "effect"
import type { DialectShape } from "../sql/dialect.js"
import type { ColumnType } from "../sql/table.js"
import { BEGIN_SNAPSHOT, KEPT, OPENS_SNAPSHOT } from "./marks.js"

const TYPES: Readonly<Record<ColumnType, string>> = {
  uuid: "uuid",
  text: "text",
  secret: "text",
  integer: "integer",
  bigint: "bigint",
  money: "numeric(30,4)",
  decimal: "numeric",
  instant: "timestamptz",
  date: "date",
  json: "jsonb",
  boolean: "boolean"
}

/**
 * numeric takes NaN and infinities, and a column of money could hold a fraction: domains keep them out. As checks of each column
 * they would be read and prepared anew by every statement, which took more time than the writing of a row.
 */
const DOMAINS: Partial<Readonly<Record<ColumnType, { readonly name: string; readonly check: string }>>> = {
  decimal: { name: "billwright_decimal", check: "VALUE NOT IN ('NaN', 'Infinity', '-Infinity')" },
  money: { name: "billwright_money", check: "VALUE <> 'NaN' AND VALUE = trunc(VALUE)" }
}

/** Casts of a JSON element's text; a boolean is written as 0 or 1. */
const fromJson = (index: number, type: ColumnType): string =>
  type === "boolean"
    ? `((row->>${index})::integer <> 0)`
    : type === "text" || type === "secret"
      ? `(row->>${index})`
      : `(row->>${index})::${TYPES[type]}`

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const constraintOf = (cause: unknown): string | undefined =>
  typeof cause === "object" && cause !== null && "constraint" in cause && typeof cause.constraint === "string"
    ? cause.constraint
    : undefined

const CONFLICT = new Set(["40001", "40P01"])
const BUSY = new Set(["55P03"])

/**
 * The connection or the server is gone (08, 57P), is short of something (53), reads only, as a replica does, or has ended the work because it took too
 * long or an administrator said so: to try that again at once would be what was to be ended.
 */
const UNAVAILABLE = /^(?:08|53|57P|57014$|25006$|25P0[34]$|E[A-Z]+$)/

/** What the driver says without a code when a connection breaks, or none is to be had in time. */
const BROKEN = /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

const readColumn = (column: string, type: ColumnType, alias: string): string => {
  switch (type) {
    case "money":
      return `${alias}.${column}::numeric(30,0)::text`
    case "bigint":
    case "decimal":
    case "date":
      return `${alias}.${column}::text`
    default:
      return `${alias}.${column}`
  }
}

const quoted = (expression: string): string => `'"' || ${expression} || '"'`

const jsonText = (expression: string, type: ColumnType): string => {
  switch (type) {
    case "text":
    case "secret":
      return `to_json(${expression})::text`
    case "integer":
    case "boolean":
    case "json":
      return `${expression}::text`
    case "money":
      return quoted(`${expression}::numeric(30,0)`)
    case "instant":
      return quoted(`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
    default:
      return quoted(expression)
  }
}

/**
 * Before there are rows to measure PostgreSQL takes any column for two-hundredfold: an organization would be as selective as an id, and an index that begins
 * with it as good as the key. From version 18 on it can be told; ANALYZE replaces that with what it measures. A table that was measured keeps what it has.
 */
const planning = (tables: ReadonlyArray<string>): ReadonlyArray<string> => [
  `DO $$ DECLARE name text; BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
      FOREACH name IN ARRAY ARRAY[${tables.map((table) => `'${table}'`).join(", ")}] LOOP
        IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = name::regclass AND a.attname = 'organization_id')
          AND (SELECT c.reltuples FROM pg_class c WHERE c.oid = name::regclass) < 0 THEN
          PERFORM pg_restore_attribute_stats('schemaname', current_schema()::text, 'relname', name, 'attname', 'organization_id', 'inherited', false,
            'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 10::real);
        END IF;
      END LOOP;
    END IF;
  END $$`
]

const refuseTruncate = (table: string, message: string): ReadonlyArray<string> => {
  const name = `${table}_no_truncate`
  return [
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${message}' USING ERRCODE = '23514', CONSTRAINT = '${name}'; END $$`,
    `CREATE TRIGGER ${name} BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`
  ]
}

export const postgresDialect: DialectShape = {
  engine: "postgres",
  types: (Object.entries(DOMAINS) as ReadonlyArray<[ColumnType, { readonly name: string; readonly check: string }]>).map(
    ([type, { check, name }]) => `CREATE DOMAIN ${name} AS ${TYPES[type]} CHECK (${check})`
  ),
  columnType: (type) => DOMAINS[type]?.name ?? TYPES[type],
  tableSuffix: "",
  readColumn,
  selectColumn: (column, type, alias) => `${readColumn(column, type, alias)} AS ${column}`,
  jsonList: (expressions) => `json_build_array(${expressions.join(", ")})`,
  jsonText,
  jsonIds: (from, column, list, field) =>
    `SELECT DISTINCT (one ->> '${field}')::uuid AS id FROM ${from}, LATERAL jsonb_array_elements(${column} -> '${list}') one`,
  kept: KEPT,
  millis: (expression) => `(EXTRACT(EPOCH FROM ${expression}) * 1000)::bigint`,
  sumMoney: (column) => `COALESCE(SUM(${column}), 0)::numeric(40,0)::text`,
  jsonRows: (columns) => [
    `(SELECT ${columns.map(([name, type], index) => `${fromJson(index, type)} AS ${name}`).join(", ")} FROM jsonb_array_elements(`,
    "::jsonb) AS elements(row))"
  ],
  forUpdate: " FOR NO KEY UPDATE",
  forShare: " FOR SHARE",
  skipLocked: " FOR NO KEY UPDATE SKIP LOCKED",
  begin: "BEGIN",
  beginSnapshot: BEGIN_SNAPSHOT,
  opensSnapshot: undefined,
  inIndexOrder: "SET LOCAL enable_sort = off",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  markChanges: undefined,
  lent: false,
  rowLevelSecurity: false,
  breathe: Effect.void,
  // A 64-bit key of our own; released with the transaction.
  lockMigrations: ["SELECT pg_advisory_xact_lock(7236829104475163)"],
  planning,
  classify: (cause) => {
    const code = codeOf(cause)
    const constraint = constraintOf(cause)
    if (code === "23505") return { reason: "unique", constraint }
    if (CONFLICT.has(code)) return { reason: "conflict" }
    if (BUSY.has(code)) return { reason: "busy" }
    if (UNAVAILABLE.test(code) || (cause instanceof Error && BROKEN.test(cause.message))) return { reason: "unavailable" }
    if (code.startsWith("XX")) return { reason: "corrupt" }
    return { reason: "unknown", constraint }
  },
  refuse: ({ before, message, name, table, when }) => [
    // A condition that reads other rows keeps to their indexes: its plan is made while the table is small, and kept while it grows.
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql${/\bSELECT\b/.test(when) ? " SET enable_seqscan = off" : ""} AS $$ BEGIN IF ${when} THEN RAISE EXCEPTION '${message}' USING ERRCODE = '23514', CONSTRAINT = '${name}'; END IF; RETURN ${
      before === "DELETE" ? "OLD" : "NEW"
    }; END $$`,
    `CREATE TRIGGER ${name} BEFORE ${before} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    ...(before === "DELETE" ? refuseTruncate(table, message) : [])
  ]
}

/** The same over connections of our own, whose statements can carry a BEGIN along. */
export const ownPoolDialect: DialectShape = { ...postgresDialect, opensSnapshot: OPENS_SNAPSHOT }
