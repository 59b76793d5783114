/** Sheets of figures as PDF: what stands on them, and the same bytes each time. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { pdf } from "../../../adapters/pdf/index.js"
import type { PrintedSheet } from "../../../src/documents/index.js"
import { pdfPages } from "../../support/pdf-text.js"

const SHEET: PrintedSheet = {
  organization_id: "o",
  title: "Monthly report",
  subtitle: "2025-03",
  facts: [{ label: "Revenue", value: "9500.0000 EUR" }],
  bars: [
    { label: "Leads received", value: 7 },
    { label: "Surveys completed", value: 0 }
  ],
  table: { columns: ["Kind", "Name"], rows: [["photo", "roof.jpg"]] },
  page: "Page {page} of {pages}",
  issued_at: Date.UTC(2025, 3, 1)
}

it("a sheet shows its facts, its bars and its table", async () => {
  const draw = () => Effect.runPromise(pdf().sheet!(SHEET))
  const [bytes, again] = [await draw(), await draw()]
  expect(Buffer.from(bytes).equals(Buffer.from(again))).toBe(true)
  const text = JSON.stringify(await pdfPages(bytes))
  for (const expected of ["Monthly report", "2025-03", "9500.0000 EUR", "Leads received", "7", "roof.jpg", "Page 1 of 1"])
    expect(text).toContain(expected)
})
