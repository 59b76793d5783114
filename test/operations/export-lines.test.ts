/** What people typed never becomes a formula in a spreadsheet, and figures stay figures (X4). */
import { parse } from "csv-parse/sync"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { csv } from "../../adapters/exports/csv.js"
import { exportShapes } from "../../src/operations/exports/columns.js"
import { ExportType } from "../../src/operations/exports/export.js"
import { cellsOf, headerOf, jsonLineOf, unformulated } from "../../src/operations/exports/lines.js"

const PAYLOADS = [
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "\r\n=1+1",
  "\0=1+1",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://example.com","x")',
  '=WEBSERVICE("http://example.com")',
  '=DDE("cmd";"/C calc";"x")',
  "@=1",
  "+=1",
  "-=1",
  "==1",
  '="a""b"',
  '"=1+1"',
  "a;=1+1",
  "a,=1+1",
  'a"\n=1+1',
  "a\r=1+1",
  "a\n\n=1+1",
  "＝1+1",
  " =1+1",
  "\u200b=1+1",
  "\ufeff=1+1",
  "'=1+1",
  "''",
  "-2+3+cmd|' /C calc'!A0",
  "+49 30 123456",
  "=IMPORTXML(1)",
  "=2+5+cmd|' /C notepad'!'A1'",
  "%0A=1",
  "|=1",
  ";=1",
  ",=1",
  "Łódź, “quoted” €",
  "日本語\t=1"
]
const CALCULATED = new Set(["=", "+", "-", "@", "\t", "\0", "\r", "\n"])

/** A second reader, by the letter of RFC 4180: quoted fields hold anything, two quotes are one. */
const readStrictly = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const found = field.exec(text)
    if (found === null) throw new Error(`no field at ${rows.length + 1}`)
    row.push(found[1] === undefined ? found[2]! : found[1].replaceAll('""', '"'))
    if (found[3] === "\r\n") {
      rows.push(row)
      row = []
    }
  }
  return rows
}

describe("cells of an export", () => {
  test.each(ExportType.literals)("no payload in any text column of %s is a formula for two readers", (type) => {
    const names = headerOf(type)
    const kinds = Object.values(exportShapes[type].columns)
    const rows = PAYLOADS.map((payload) =>
      Object.fromEntries(
        names.map((name, at) => [
          name,
          kinds[at] === "text" ? payload : kinds[at] === "number" ? "-12.50" : kinds[at] === "json" ? { a: payload } : null
        ])
      )
    )
    const file = csv([names, ...rows.map(cellsOf(type))])
    const read: ReadonlyArray<ReadonlyArray<string>> = parse(file, { record_delimiter: "\r\n" })
    expect(readStrictly(file)).toEqual(read)
    expect(read[0]).toEqual(names)
    expect(read).toHaveLength(PAYLOADS.length + 1)
    for (const [index, payload] of PAYLOADS.entries()) {
      for (const [at, kind] of kinds.entries()) {
        const cell = read[index + 1]![at]!
        if (kind === "number") expect(cell).toBe("-12.50")
        if (kind === "json") expect(JSON.parse(cell)).toEqual({ a: payload })
        if (kind !== "text") continue
        expect(CALCULATED.has(cell[0] ?? "")).toBe(false)
        expect(cell).toBe(CALCULATED.has(payload[0]!) ? `'${payload}` : payload)
      }
    }
  })

  test("any text is read back as it was, but for the apostrophe", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 8 }), { minLength: 2, maxLength: 4 }), (texts) => {
        const cells = texts.map(unformulated)
        const file = csv([cells])
        expect(readStrictly(file)).toEqual([cells])
        for (const [at, cell] of cells.entries()) {
          expect(CALCULATED.has(cell[0] ?? "")).toBe(false)
          expect(cell === texts[at] || cell === `'${texts[at]}`).toBe(true)
        }
      })
    )
  })

  test("a line of JSON has money and decimals as text, counts as numbers, null where there is nothing", () => {
    const fee = {
      id: "f",
      invoice_id: null,
      fee_type: "charge",
      amount_cents: 12n,
      units: "0.5",
      events_count: 3,
      payment_status: "pending"
    }
    expect(jsonLineOf("fees")({ ...fee, description: "=1" })).toBe(
      '{"id":"f","invoice_id":null,"fee_type":"charge","amount_cents":"12","units":"0.5","events_count":3,"payment_status":"pending","created_at":null}\n'
    )
  })
})
