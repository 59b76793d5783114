/** A printed document as pdfmake's definition: what stands where on A4. Pure. */
import type { Content, ContentText, TableCell, TDocumentDefinitions } from "pdfmake/interfaces.js"
import type { PrintedDocument, PrintedLine } from "../../src/documents/index.js"
import type { Font } from "./fonts.js"
import { runsOf } from "./runs.js"

const INK = "#1a1a1a"
const GREY = "#5f6368"
const RULE = "#d0d4d9"
const MARGIN = 48

type Style = Omit<ContentText, "text">

/** Draws a text as text, whatever stands in it. */
type Draw = (text: string, style?: Style) => ContentText

const drawer =
  (fonts: ReadonlyArray<Font>): Draw =>
  (text, style = {}) => ({ text: runsOf(text, fonts).map(({ font, text: piece }) => ({ text: piece, font })), ...style })

const stack = (lines: ReadonlyArray<string>, draw: Draw, style: Style = {}): Content => ({ stack: lines.map((line) => draw(line, style)) })

/** A table of labels and values; pdfmake has no table without rows. */
const pairs = (body: Array<Array<TableCell>>): ReadonlyArray<Content> =>
  body.length === 0 ? [] : [{ table: { widths: ["*", "auto"], body }, layout: "tight" }]

const head = ({ facts, issuer, number, title }: PrintedDocument, draw: Draw, logo: string | null): Content => {
  const [name = "", ...address] = issuer
  return {
    columns: [
      {
        width: "*",
        stack: [
          ...(logo === null
            ? []
            : [{ image: logo, fit: [160, 48] as [number, number], margin: [0, 0, 0, 8] as [number, number, number, number] }]),
          draw(name, { bold: true, fontSize: 12 }),
          stack(address, draw, { color: GREY })
        ]
      },
      {
        width: 240,
        stack: [
          draw(title, { bold: true, fontSize: 20, alignment: "right" }),
          draw(number, { color: GREY, alignment: "right", margin: [0, 0, 0, 8] }),
          ...pairs(
            facts
              .slice(1)
              .map(({ label, value }) => [draw(label, { color: GREY, alignment: "right" }), draw(value, { alignment: "right" })])
          )
        ]
      }
    ],
    columnGap: 24
  }
}

const lineRow = ({ amount, description, details, unit_price, units }: PrintedLine, draw: Draw): Array<TableCell> => [
  { stack: [draw(description), ...details.map((detail) => draw(detail, { color: GREY, fontSize: 7.5 }))] },
  draw(units, right),
  draw(unit_price, right),
  draw(amount, right)
]

/** Points that a character takes at most in a column of figures, and in its bold head. */
const FIGURE = 5.4
const BOLD = 6.2
const LEAST = 28

/**
 * Widths of the columns, wide enough for every line, so that the last line, which stands beside the totals in a table of its own, is
 * under the others.
 */
const widthsOf = ({ columns, lines }: PrintedDocument): Array<number | string> => [
  "*",
  ...(["units", "unit_price", "amount"] as const).map((column) => {
    const figure = lines.reduce((most, line) => Math.max(most, line[column].length), 0)
    return Math.max(LEAST, Math.ceil(Math.max(figure * FIGURE, columns[column].length * BOLD)))
  })
]

const right = { alignment: "right", noWrap: true } as const

const headRow = ({ columns }: PrintedDocument, draw: Draw): Array<TableCell> => [
  draw(columns.description, { bold: true }),
  draw(columns.units, { bold: true, ...right }),
  draw(columns.unit_price, { bold: true, ...right }),
  draw(columns.amount, { bold: true, ...right })
]

/** The lines under their head. */
const linesTable = (document: PrintedDocument, lines: ReadonlyArray<PrintedLine>, draw: Draw): Content => ({
  margin: [0, 24, 0, 0],
  table: {
    headerRows: 1,
    dontBreakRows: true,
    widths: widthsOf(document),
    body: [headRow(document, draw), ...lines.map((line) => lineRow(line, draw))]
  },
  layout: "lines"
})

/** The last line again under the others, without a head. */
const lastLine = (document: PrintedDocument, line: PrintedLine, draw: Draw): Content => ({
  table: { widths: widthsOf(document), body: [lineRow(line, draw)] },
  layout: "lines"
})

const totalsTable = ({ totals }: PrintedDocument, draw: Draw): Content => ({
  margin: [0, 12, 0, 0],
  columns: [
    { width: "*", text: "" },
    {
      width: 300,
      stack: [
        ...pairs(
          totals.map(({ label, strong, value }) => [
            draw(label, { bold: strong, color: strong ? INK : GREY, alignment: "right" }),
            draw(value, { bold: strong, ...right })
          ])
        )
      ]
    }
  ]
})

/** What is longer is broken over pages like any text: what is kept together has to fit on one. */
const KEPT_CHARACTERS = 800
const KEPT_ROWS = 30

const isShort = (texts: ReadonlyArray<string>): boolean =>
  texts.length <= KEPT_ROWS && texts.reduce((sum, text) => sum + text.length, 0) <= KEPT_CHARACTERS

/** Lines, totals and notes: no page begins with totals alone, or with what is to be paid. */
const figures = (document: PrintedDocument, draw: Draw): ReadonlyArray<Content> => {
  const { lines, notes, totals } = document
  const last = lines.at(-1)
  const notesBelow: Content = { margin: [0, 20, 0, 0], stack: notes.map((note) => draw(note)) }
  const closing: ReadonlyArray<Content> = [totalsTable(document, draw), ...(notes.length === 0 ? [] : [notesBelow])]
  const isKept =
    last !== undefined && lines.length > 1 && isShort([last.description, ...last.details, ...notes]) && totals.length <= KEPT_ROWS
  if (!isKept) return [linesTable(document, lines, draw), { ...(closing[0] as object), unbreakable: true } as Content, ...closing.slice(1)]
  return [linesTable(document, lines.slice(0, -1), draw), { unbreakable: true, stack: [lastLine(document, last, draw), ...closing] }]
}

/** Tables' rules: `lines` has one under each row, `tight` none. */
export const tableLayouts = {
  lines: {
    hLineWidth: (at: number) => (at === 0 ? 0 : 0.5),
    vLineWidth: () => 0,
    hLineColor: () => RULE,
    paddingLeft: (column: number) => (column === 0 ? 0 : 8),
    paddingRight: (column: number, { table: { widths } }: { table: { widths?: unknown } }) =>
      Array.isArray(widths) && column === widths.length - 1 ? 0 : 8,
    paddingTop: () => 5,
    paddingBottom: () => 5
  },
  tight: {
    hLineWidth: () => 0,
    vLineWidth: () => 0,
    paddingLeft: (column: number) => (column === 0 ? 0 : 12),
    paddingRight: () => 0,
    paddingTop: () => 2,
    paddingBottom: () => 2
  }
}

/** As large as fits on a line: bold capitals are up to four fifths as wide as they are high. */
const stampSize = (stamp: string, width: number) => ({ fontSize: Math.min(110, width / (stamp.length * 0.8)), noWrap: true })

/** `logo`: a data URL that was checked. */
export const layoutOf = (document: PrintedDocument, fonts: ReadonlyArray<Font>, logo: string | null): TDocumentDefinitions => {
  const draw = drawer(fonts)
  const { bill_to, footer, issued_at, issuer, number, page, stamp, title } = document
  const margins: [number, number, number, number] = [MARGIN, 0, MARGIN, 0]
  return {
    pageSize: "A4",
    pageMargins: [MARGIN, MARGIN, MARGIN, footer === null ? 56 : 84],
    language: document.locale,
    info: { title: `${title} ${number}`, author: issuer[0] ?? "", creationDate: new Date(issued_at), modDate: new Date(issued_at) },
    defaultStyle: { font: fonts[0]!.name, fontSize: 9, color: INK, lineHeight: 1.15 },
    ...(stamp === null
      ? {}
      : {
          background: (_page: number, size: { width: number; height: number }) =>
            draw(stamp, {
              ...stampSize(stamp, size.width),
              bold: true,
              opacity: 0.08,
              alignment: "center",
              margin: [0, size.height / 2 - 90, 0, 0]
            })
        }),
    footer: (current: number, pages: number) => ({
      margin: margins,
      stack: [
        ...(footer === null ? [] : [draw(footer, { color: GREY, fontSize: 7.5, margin: [0, 0, 0, 6] })]),
        draw(page.replace("{page}", `${current}`).replace("{pages}", `${pages}`), { color: GREY, fontSize: 7.5, alignment: "right" })
      ]
    }),
    content: [
      head(document, draw, logo),
      {
        margin: [0, 24, 0, 0],
        stack: [draw(bill_to.label, { color: GREY, fontSize: 7.5 }), ...bill_to.lines.map((line, at) => draw(line, { bold: at === 0 }))]
      },
      ...figures(document, draw)
    ]
  }
}
