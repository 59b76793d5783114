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

/** Selects (column, id, value) of unsound figures of a table; undefined where it has no such column. One parameter per part: the organization. */
export const unsoundParts = (of: Table, dialect: DialectShape): ReadonlyArray<string> => {
  const tests = dialect.engine === "postgres" ? POSTGRES : SQLITE
  const id = "id" in of.columns ? "id" : "plan_id"
  return Object.entries(of.columns).flatMap(([column, type]) => {
    const test = tests[type]
    return test === undefined
      ? []
      : [
          `SELECT '${column}' AS name, CAST(${id} AS TEXT) AS id, CAST(${column} AS TEXT) AS value FROM ${of.name} WHERE ${column} IS NOT NULL AND (${test(column)}) AND organization_id = `
        ]
  })
}
