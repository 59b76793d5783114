/** A sheet of figures as pdfmake's definition: facts, a small chart of bars, a table. Pure. */
import type { Column, Content, TDocumentDefinitions } from "pdfmake/interfaces.js"
import type { PrintedSheet } from "../../src/documents/index.js"
import type { Font } from "./fonts.js"
import { runsOf } from "./runs.js"

const INK = "#1a1a1a"
const GREY = "#5f6368"
const RULE = "#d0d4d9"
const BAR = "#3367d6"
const MARGIN = 48
const CHART = { width: 499, height: 120, bar: 56 }

type Draw = (text: string, style?: object) => Content
type Bars = NonNullable<PrintedSheet["bars"]>

/** Bars on a line, the highest as high as the chart, each with its figure on top and its name below. */
const chart = (bars: Bars, draw: Draw): Content => {
  const highest = Math.max(1, ...bars.map(({ value }) => value))
  const place = CHART.width / bars.length
  const bar = (value: number): Column => {
    const height = (CHART.height * value) / highest
    return {
      width: place,
      stack: [
        draw(String(value), { bold: true, margin: [0, CHART.height - height, 0, 2] }),
        { canvas: [{ type: "rect", x: 0, y: 0, w: CHART.bar, h: height, color: BAR }] }
      ]
    }
  }
  return {
    unbreakable: true,
    margin: [0, 28, 0, 0],
    stack: [
      { columns: bars.map(({ value }) => bar(value)), alignment: "center" },
      { canvas: [{ type: "line", x1: 0, y1: 0, x2: CHART.width, y2: 0, lineWidth: 0.5, lineColor: RULE }], margin: [0, 0, 0, 4] },
      { columns: bars.map(({ label }): Column => ({ width: place, stack: [draw(label)] })), alignment: "center", color: GREY, fontSize: 8 }
    ]
  }
}

const table = ({ columns, rows }: NonNullable<PrintedSheet["table"]>, draw: Draw): Content => ({
  table: {
    headerRows: 1,
    dontBreakRows: true,
    widths: columns.map((_, column) => (column === 0 || column === columns.length - 1 ? "auto" : "*")),
    body: [columns.map((name) => draw(name, { bold: true })), ...rows.map((row) => row.map((text) => draw(text)))]
  },
  layout: "lines",
  fontSize: 7,
  margin: [0, 20, 0, 0]
})

export const sheetLayout = (sheet: PrintedSheet, fonts: ReadonlyArray<Font>): TDocumentDefinitions => {
  const draw: Draw = (text, style = {}) => ({
    text: runsOf(text, fonts).map(({ font, text: piece }) => ({ text: piece, font })),
    ...style
  })
  const { bars, facts, page, subtitle, title } = sheet
  return {
    pageSize: "A4",
    pageMargins: [MARGIN, MARGIN, MARGIN, 56],
    language: "en",
    defaultStyle: { font: fonts[0]!.name, fontSize: 10, color: INK, lineHeight: 1.15 },
    info: { title: `${title} ${subtitle}`, author: "", creationDate: new Date(sheet.issued_at), modDate: new Date(sheet.issued_at) },
    footer: (current: number, pages: number) => ({
      margin: [MARGIN, 0, MARGIN, 0],
      color: GREY,
      fontSize: 7.5,
      columns: [
        draw(`${title} ${subtitle}`),
        draw(page.replace("{page}", `${current}`).replace("{pages}", `${pages}`), { alignment: "right", width: "auto" })
      ]
    }),
    content: [
      draw(title, { bold: true, fontSize: 20 }),
      draw(subtitle, { color: GREY, margin: [0, 0, 0, 16] }),
      {
        table: {
          widths: ["auto", "*"],
          body: facts.map(({ label, value }) => [draw(label, { color: GREY }), draw(value, { alignment: "right" })])
        },
        layout: "lines"
      },
      ...(bars === null ? [] : [chart(bars, draw)]),
      ...(sheet.table === null || sheet.table.rows.length === 0 ? [] : [table(sheet.table, draw)])
    ]
  }
}
