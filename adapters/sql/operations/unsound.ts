/** Columns of money and decimals, and how each engine tells that one holds what is no exact number (M9). */
import type { DialectShape } from "../dialect.js"
import type { ColumnType, Table } from "../table.js"

/** Money stays far below what 64 bits hold. */
const LIMIT = "1000000000000000000"

const POSTGRES: Partial<Readonly<Record<ColumnType, (column: string) => string>>> = {
  money: (c) => `${c} = 'NaN' OR ${c} <> trunc(${c}) OR abs(${c}) >= ${LIMIT}`,
  decimal: (c) => `${c} IN ('NaN', 'Infinity', '-Infinity')`
}

const SQLITE: Partial<Readonly<Record<ColumnType, (column: string) => string>>> = {
  money: (c) => `typeof(${c}) <> 'integer' OR abs(${c}) >= ${LIMIT}`,
  // A minus in front, digits, perhaps a point and digits; and no −0.
  decimal: (c) =>
    `typeof(${c}) <> 'text' OR ${c} GLOB '*[^-0-9.]*' OR ${c} GLOB '?*-*' OR ${c} GLOB '*.*.*' OR ${c} NOT GLOB '*[0-9]'
      OR ${c} GLOB '.*' OR ${c} GLOB '-.*' OR (${c} GLOB '-*' AND ${c} NOT GLOB '*[1-9]*')`
}

/**
 * Selects (table, id, figures) of rows with unsound figures, the figures as `, column is value` one after the other; undefined
 * where the table has no such column. One parameter: the organization.
 */
export const unsoundRows = (of: Table, dialect: DialectShape): string | undefined => {
  const tests = dialect.engine === "postgres" ? POSTGRES : SQLITE
  const id = "id" in of.columns ? "id" : "plan_id"
  const wrong = Object.entries(of.columns).flatMap(([column, type]) => {
    const test = tests[type]
    return test === undefined ? [] : [{ column, test: `${column} IS NOT NULL AND (${test(column)})` }]
  })
  if (wrong.length === 0) return undefined
  const figures = wrong.map(({ column, test }) => `CASE WHEN ${test} THEN ', ${column} is ' || CAST(${column} AS TEXT) ELSE '' END`)
  const any = wrong.map(({ test }) => `(${test})`)
  return `SELECT '${of.name}' AS name, CAST(${id} AS TEXT) AS id, ${figures.join(" || ")} AS figures FROM ${of.name}
    WHERE (${any.join(" OR ")}) AND organization_id = `
}
