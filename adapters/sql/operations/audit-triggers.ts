/**
 * What stages changes for the audit log: triggers on every audited table, which put a row before and after a write aside until the
 * transaction ends. They are made from the tables as they are, after each migration, so that no column and no statement is forgotten,
 * whoever writes it. A secret is hidden here: it never reaches the log, not even on its way.
 */
import { type AuditedTable, auditedTables } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import type { ColumnType, Table } from "../table.js"

/** The log itself: never copied, never deleted, not with its organization either. */
export const auditTables: ReadonlySet<string> = new Set(["audit_logs", "audit_chains"])

/** What stands for a secret, and for one that has replaced another. */
const HIDDEN = "'[hidden]'"
const REPLACED = "'[hidden, replaced]'"

const NEVER = new Set(["updated_at"])

/** The columns of a table that the log tells of, in order: what is staged is a list of their values. */
export const toldColumns = (table: Table): ReadonlyArray<readonly [name: string, type: ColumnType]> => {
  const { aside = [], hidden = [] } = auditedTables[table.name] ?? {}
  return Object.entries(table.columns)
    .filter(([name]) => !aside.includes(name) && !NEVER.has(name))
    .map(([name, type]) => [name, hidden.includes(name) ? "secret" : type] as const)
}

interface Audited {
  readonly table: Table
  readonly of: AuditedTable
}

const value = (dialect: DialectShape, [name, type]: readonly [string, ColumnType], side: "OLD" | "NEW" | "n", other: "OLD" | null) => {
  if (type !== "secret") return dialect.readColumn(`"${name}"`, type, side)
  const same = other === null ? "" : ` WHEN ${side}."${name}" = ${other}."${name}" THEN ${HIDDEN}`
  return `CASE WHEN ${side}."${name}" IS NULL THEN NULL${same} ELSE ${other === null ? HIDDEN : REPLACED} END`
}

const listOf = (dialect: DialectShape, table: Table, side: "OLD" | "NEW" | "n", other: "OLD" | null = null): string => {
  const list = dialect.jsonList(toldColumns(table).map((column) => value(dialect, column, side, other)))
  return dialect.engine === "postgres" ? `${list}::text` : list
}

/** A row's id; one that is a number is written as a UUID that ends with it. */
const idOf = (dialect: DialectShape, table: Table, side: string): string => {
  if (table.columns.id === "uuid") return `${side}.id`
  const zeros = "00000000-0000-0000-0000-"
  return dialect.engine === "postgres" ? `('${zeros}' || lpad(${side}.id::text, 12, '0'))::uuid` : `printf('${zeros}%012d', ${side}.id)`
}

const stage = (dialect: DialectShape, { table }: Audited, side: "OLD" | "NEW" | "n", before: string, after: string): string => {
  const organization = "organization_id" in table.columns ? "organization_id" : "id"
  return `INSERT INTO billwright_changes (organization_id, table_name, row_id, row_before, row_after)
    SELECT ${side}.${organization}, '${table.name}', ${idOf(dialect, table, side)}, ${before}, ${after}`
}

const onlyOf = ({ of: { only } }: Audited, side: "OLD" | "NEW" | "n"): string =>
  only === undefined ? "" : `${side}.${only.column} IN (${only.values.map((text) => `'${text}'`).join(", ")})`

const changed = (dialect: DialectShape, { table }: Audited): string => {
  const sides = (side: string) => toldColumns(table).map(([name]) => `${side}."${name}"`)
  if (dialect.engine === "postgres") return `(${sides("OLD").join(", ")}) IS DISTINCT FROM (${sides("NEW").join(", ")})`
  return `NOT (${toldColumns(table)
    .map(([name]) => `OLD."${name}" IS NEW."${name}"`)
    .join(" AND ")})`
}

const all = (...conditions: ReadonlyArray<string>): string => conditions.filter((one) => one !== "").join(" AND ")

/** Statement by statement what was inserted and deleted, row by row what was changed. */
const onPostgres = (dialect: DialectShape, audited: Audited): ReadonlyArray<string> => {
  const name = `audit_of_${audited.table.name}`
  const table = audited.table.name
  const where = all(onlyOf(audited, "n")) === "" ? "" : ` WHERE ${onlyOf(audited, "n")}`
  const list = listOf(dialect, audited.table, "n")
  return [
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP = 'INSERT' THEN ${stage(dialect, audited, "n", "NULL", list)} FROM inserted n${where};
      ELSIF TG_OP = 'DELETE' THEN ${stage(dialect, audited, "n", list, "NULL")} FROM deleted n${where};
      ELSE ${stage(dialect, audited, "NEW", listOf(dialect, audited.table, "OLD"), listOf(dialect, audited.table, "NEW", "OLD"))};
      END IF; RETURN NULL; END $$`,
    ...["insert", "delete", "update"].map((event) => `DROP TRIGGER IF EXISTS ${name}_${event} ON ${table}`),
    `CREATE TRIGGER ${name}_insert AFTER INSERT ON ${table} REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    `CREATE TRIGGER ${name}_delete AFTER DELETE ON ${table} REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    `CREATE TRIGGER ${name}_update AFTER UPDATE ON ${table} FOR EACH ROW
      WHEN (${all(onlyOf(audited, "NEW"), changed(dialect, audited))}) EXECUTE FUNCTION ${name}()`
  ]
}

const onSqlite = (dialect: DialectShape, audited: Audited): ReadonlyArray<string> => {
  const table = audited.table.name
  const name = `audit_of_${table}`
  const trigger = (event: "INSERT" | "DELETE" | "UPDATE", when: string, body: string) => [
    `DROP TRIGGER IF EXISTS ${name}_${event.toLowerCase()}`,
    `CREATE TRIGGER ${name}_${event.toLowerCase()} AFTER ${event} ON ${table}${when === "" ? "" : ` WHEN ${when}`} BEGIN ${body}; END`
  ]
  const before = listOf(dialect, audited.table, "OLD")
  return [
    ...trigger("INSERT", onlyOf(audited, "NEW"), stage(dialect, audited, "NEW", "NULL", listOf(dialect, audited.table, "NEW"))),
    ...trigger("DELETE", onlyOf(audited, "OLD"), stage(dialect, audited, "OLD", before, "NULL")),
    ...trigger(
      "UPDATE",
      all(onlyOf(audited, "NEW"), changed(dialect, audited)),
      stage(dialect, audited, "NEW", before, listOf(dialect, audited.table, "NEW", "OLD"))
    )
  ]
}

/** The statements that make the triggers of all audited tables anew. */
export const auditTriggers = (dialect: DialectShape, tables: ReadonlyArray<Table>): ReadonlyArray<string> =>
  tables.flatMap((table) => {
    const of = auditedTables[table.name]
    if (of === undefined) return []
    return dialect.engine === "postgres" ? onPostgres(dialect, { table, of }) : onSqlite(dialect, { table, of })
  })
