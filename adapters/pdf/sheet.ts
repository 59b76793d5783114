/** A sheet of figures as pdfmake's definition: facts, a small chart of bars, a table. Pure. */
import type { Content, TDocumentDefinitions } from "pdfmake/interfaces.js"
import type { PrintedSheet } from "../../src/documents/index.js"
import type { Font } from "./fonts.js"
import { runsOf } from "./runs.js"

const GREY = "#5f6368"
const BAR = "#3367d6"
const CHART = { width: 500, height: 120, bar: 70 }

type Bars = NonNullable<PrintedSheet["bars"]>

/** Bars from the left, the highest as high as the chart. */
const chart = (bars: Bars, draw: (text: string) => Content): ReadonlyArray<Content> => {
  const highest = Math.max(1, ...bars.map(({ value }) => value))
  const place = CHART.width / bars.length
  return [
    {
      canvas: bars.map(({ value }, index) => {
        const height = (CHART.height * value) / highest
        return { type: "rect", x: index * place + (place - CHART.bar) / 2, y: CHART.height - height, w: CHART.bar, h: height, color: BAR }
      }),
      margin: [0, 24, 0, 4]
    },
    {
      columns: bars.map(({ label, value }) => ({ width: place, stack: [draw(String(value)), draw(label)], alignment: "center" })),
      color: GREY,
      fontSize: 8
    }
  ]
}

export const sheetLayout = (sheet: PrintedSheet, fonts: ReadonlyArray<Font>): TDocumentDefinitions => {
  const draw = (text: string, style: object = {}): Content => ({
    text: runsOf(text, fonts).map(({ font, text: piece }) => ({ text: piece, font })),
    ...style
  })
  const { bars, facts, subtitle, table, title } = sheet
  return {
    pageSize: "A4",
    pageMargins: 48,
    defaultStyle: { font: fonts[0]!.name, fontSize: 10 },
    info: { title: `${title} ${subtitle}`, author: "", creationDate: new Date(sheet.issued_at), modDate: new Date(sheet.issued_at) },
    content: [
      draw(title, { bold: true, fontSize: 20 }),
      draw(subtitle, { color: GREY, margin: [0, 0, 0, 16] }),
      {
        table: { widths: ["*", "auto"], body: facts.map(({ label, value }) => [draw(label, { color: GREY }), draw(value)]) },
        layout: "tight"
      },
      ...(bars === null ? [] : chart(bars, draw)),
      ...(table === null || table.rows.length === 0
        ? []
        : [
            {
              table: {
                headerRows: 1,
                widths: table.columns.map(() => "auto"),
                body: [table.columns.map((name) => draw(name, { bold: true })), ...table.rows.map((row) => row.map((text) => draw(text)))]
              },
              layout: "tight",
              fontSize: 7,
              margin: [0, 16, 0, 0]
            } as Content
          ])
    ]
  }
}
