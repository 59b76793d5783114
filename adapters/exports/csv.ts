/** Rows as CSV: RFC 4180, UTF-8, CRLF. */
import { stringify } from "csv-stringify/sync"

/** A line end alone would end the row for many readers: it is quoted like both together. */
const LINE_END = /[\r\n]/

export const csv = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  rows.length === 0 ? "" : stringify(rows as Array<Array<string>>, { record_delimiter: "\r\n", quoted_match: LINE_END })
