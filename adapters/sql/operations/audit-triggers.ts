/**
 * What stages changes for the audit log: triggers on every audited table, which put aside what a write changed until the transaction
 * ends. They are made from the tables as they are, after each migration, so that no column and no statement is forgotten, whoever writes
 * it. A secret is hidden here: it never reaches the log, not even on its way.
 */
import { type AuditedTable, auditedTables } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import type { ColumnType, Table } from "../table.js"

/** The log itself: never copied, never deleted, not with its organization either. */
export const auditTables: ReadonlySet<string> = new Set(["audit_logs", "audit_chains"])

/** What stands for a secret, and for one that has replaced another. */
const HIDDEN = `'"[hidden]"'`
const REPLACED = `'"[hidden, replaced]"'`

const NEVER = new Set(["updated_at"])

interface Audited {
  readonly table: Table
  readonly of: AuditedTable
}

type Column = readonly [name: string, type: ColumnType]

/** The columns of a table that the log tells of, in order. */
const toldColumns = ({ of: { aside = [], hidden = [] }, table }: Audited): ReadonlyArray<Column> =>
  Object.entries(table.columns)
    .filter(([name]) => !aside.includes(name) && !NEVER.has(name))
    .map(([name, type]) => [name, hidden.includes(name) ? "secret" : type] as const)

/** A value as JSON; null where it is null. */
const value = (dialect: DialectShape, [name, type]: Column, side: string): string =>
  type === "secret" ? `CASE WHEN ${side}."${name}" IS NOT NULL THEN ${HIDDEN} END` : dialect.jsonText(`${side}."${name}"`, type)

/** What a value became: a secret that has another one after it was replaced. */
const became = (dialect: DialectShape, column: Column, side: string): string =>
  column[1] === "secret" ? `CASE WHEN ${side}."${column[0]}" IS NOT NULL THEN ${REPLACED} END` : value(dialect, column, side)

const object = (fields: ReadonlyArray<string>): string => `'{' || concat_ws(',', ${fields.join(", ")}) || '}'`

/** What a row has, but for nulls: `||` with null is null, and `concat_ws` leaves it out. */
const present = (dialect: DialectShape, audited: Audited, side: string, word: "before" | "after"): string =>
  object(toldColumns(audited).map((column) => `'"${column[0]}":{"${word}":' || ${value(dialect, column, side)} || '}'`))

const differs = (dialect: DialectShape, [name]: Column, old: string, made: string): string =>
  dialect.engine === "postgres" ? `${old}."${name}" IS DISTINCT FROM ${made}."${name}"` : `${old}."${name}" IS NOT ${made}."${name}"`

const differences = (dialect: DialectShape, audited: Audited, old: string, made: string): string =>
  object(
    toldColumns(audited).map(
      (column) => `CASE WHEN ${differs(dialect, column, old, made)} THEN '"${column[0]}":{"before":' ||
        COALESCE(${value(dialect, column, old)}, 'null') || ',"after":' || COALESCE(${became(dialect, column, made)}, 'null') || '}' END`
    )
  )

/** Whether it is its status that has changed, with the rest or alone. */
const updateOf = (dialect: DialectShape, audited: Audited, old: string, made: string): string => {
  const status = toldColumns(audited).find(([name]) => name === (audited.of.status ?? "status"))
  return status === undefined ? "'updated'" : `CASE WHEN ${differs(dialect, status, old, made)} THEN 'status_changed' ELSE 'updated' END`
}

const changed = (dialect: DialectShape, audited: Audited, old: string, made: string): string => {
  const sides = (side: string) => toldColumns(audited).map(([name]) => `${side}."${name}"`)
  if (dialect.engine === "postgres") return `(${sides(old).join(", ")}) IS DISTINCT FROM (${sides(made).join(", ")})`
  return `(${toldColumns(audited)
    .map((column) => differs(dialect, column, old, made))
    .join(" OR ")})`
}

/** A row's id; one that is a number is written as a UUID that ends with it. */
const idOf = (dialect: DialectShape, { table }: Audited, side: string): string => {
  if (table.columns.id === "uuid") return `${side}.id`
  const zeros = "00000000-0000-0000-0000-"
  return dialect.engine === "postgres" ? `('${zeros}' || lpad(${side}.id::text, 12, '0'))::uuid` : `printf('${zeros}%012d', ${side}.id)`
}

const keysOf = ({ table }: Audited): ReadonlyArray<string> => ("organization_id" in table.columns ? ["organization_id", "id"] : ["id"])

const stage = (dialect: DialectShape, audited: Audited, side: string, action: string, changes: string): string =>
  `INSERT INTO billwright_changes (organization_id, table_name, row_id, action, changes)
    SELECT ${side}.${keysOf(audited)[0]}, '${audited.table.name}', ${idOf(dialect, audited, side)}, ${action}, ${changes}`

const created = (dialect: DialectShape, audited: Audited, side: string): string =>
  stage(dialect, audited, side, "'created'", present(dialect, audited, side, "after"))

const deleted = (dialect: DialectShape, audited: Audited, side: string): string =>
  stage(dialect, audited, side, "'deleted'", present(dialect, audited, side, "before"))

const updated = (dialect: DialectShape, audited: Audited, old: string, made: string): string =>
  stage(dialect, audited, made, updateOf(dialect, audited, old, made), differences(dialect, audited, old, made))

const onlyOf = ({ of: { only } }: Audited, side: string): string =>
  only === undefined ? "" : `${side}.${only.column} IN (${only.values.map((text) => `'${text}'`).join(", ")})`

const all = (...conditions: ReadonlyArray<string>): string => conditions.filter((one) => one !== "").join(" AND ")

const where = (condition: string): string => (condition === "" ? "" : ` WHERE ${condition}`)

/**
 * Statement by statement, since a function that is called for each row takes longer than all that it does. Row by row what has another key
 * than before, which nothing but somebody's SQL does, and the tables whose statements often write nothing that is told.
 */
const onPostgres = (dialect: DialectShape, audited: Audited): ReadonlyArray<string> => {
  const table = audited.table.name
  const name = `audit_of_${table}`
  const keys = keysOf(audited)
  const sameKey = keys.map((key) => `o.${key} = n.${key}`)
  const drop = ["insert", "delete", "update", "key", "truncate"].map((event) => `DROP TRIGGER IF EXISTS ${name}_${event} ON ${table}`)
  const trigger = (event: string, of: string) => `CREATE TRIGGER ${name}_${event} AFTER ${of} EXECUTE FUNCTION ${name}()`
  const told = (old: string, made: string) => all(onlyOf(audited, made), changed(dialect, audited, old, made))
  const byRow = `FOR EACH ROW WHEN (${told("OLD", "NEW")})`
  return [
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql${audited.of.row_by_row ? "" : " SET enable_nestloop = off"} AS $$ BEGIN
      IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION 'rows of ${table} would be gone and in no audit log' USING ERRCODE = '23514', CONSTRAINT = '${name}_truncate';
      ELSIF TG_OP = 'INSERT' THEN ${created(dialect, audited, "n")} FROM inserted n${where(onlyOf(audited, "n"))};
      ELSIF TG_OP = 'DELETE' THEN ${deleted(dialect, audited, "o")} FROM deleted o${where(onlyOf(audited, "o"))};
      ELSIF TG_LEVEL = 'ROW' THEN ${updated(dialect, audited, "OLD", "NEW")};
      ELSE ${updated(dialect, audited, "o", "n")} FROM deleted o JOIN inserted n ON ${sameKey.join(" AND ")} WHERE ${told("o", "n")};
      END IF; RETURN NULL; END $$`,
    ...drop,
    // TRUNCATE shows its rows to no trigger.
    `CREATE TRIGGER ${name}_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    trigger("insert", `INSERT ON ${table} REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT`),
    trigger("delete", `DELETE ON ${table} REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT`),
    ...(audited.of.row_by_row
      ? [trigger("update", `UPDATE ON ${table} ${byRow}`)]
      : [
          trigger("update", `UPDATE ON ${table} REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT`),
          trigger(
            "key",
            `UPDATE OF ${keys.join(", ")} ON ${table} FOR EACH ROW WHEN (${all(onlyOf(audited, "NEW"), `(${keys.map((key) => `OLD.${key} <> NEW.${key}`).join(" OR ")})`)})`
          )
        ])
  ]
}

const onSqlite = (dialect: DialectShape, audited: Audited): ReadonlyArray<string> => {
  const table = audited.table.name
  const name = `audit_of_${table}`
  const trigger = (event: "INSERT" | "DELETE" | "UPDATE", when: string, body: string) => [
    `DROP TRIGGER IF EXISTS ${name}_${event.toLowerCase()}`,
    `CREATE TRIGGER ${name}_${event.toLowerCase()} AFTER ${event} ON ${table}${when === "" ? "" : ` WHEN ${when}`} BEGIN ${body}; END`
  ]
  return [
    ...trigger("INSERT", onlyOf(audited, "NEW"), created(dialect, audited, "NEW")),
    ...trigger("DELETE", onlyOf(audited, "OLD"), deleted(dialect, audited, "OLD")),
    ...trigger("UPDATE", all(onlyOf(audited, "NEW"), changed(dialect, audited, "OLD", "NEW")), updated(dialect, audited, "OLD", "NEW"))
  ]
}

/** The statements that make the triggers of all audited tables anew. */
export const auditTriggers = (dialect: DialectShape, tables: ReadonlyArray<Table>): ReadonlyArray<string> =>
  tables.flatMap((table) => {
    const of = auditedTables[table.name]
    if (of === undefined) return []
    return dialect.engine === "postgres" ? onPostgres(dialect, { table, of }) : onSqlite(dialect, { table, of })
  })
