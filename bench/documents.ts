/** A thousand one-page invoices as PDF, one after the other in one process; peak memory grows by less than a page each. */
import { Effect } from "effect"
import { pdf } from "../adapters/pdf/index.js"
import type { PrintedDocument } from "../src/documents/index.js"
import type { BenchLine } from "./line.js"

const DOCUMENTS = 1_000

const invoice = (at: number): PrintedDocument => ({
  organization_id: "acme",
  locale: "de",
  title: "Rechnung",
  number: `ACME-${at}`,
  issued_at: Date.UTC(2026, 5, 1),
  stamp: null,
  issuer: ["Acme Charging GmbH", "Hauptstraße 1", "10115 Berlin", "DE"],
  bill_to: { label: "Rechnung an", lines: [`Kunde ${at}`, "Łódź"] },
  facts: ["Nummer", "Ausgestellt am", "Fällig am", "Zeitraum"].map((label) => ({ label, value: "1. Juni 2026" })),
  columns: { description: "Beschreibung", units: "Menge", unit_price: "Einzelpreis", amount: "Betrag (EUR)" },
  lines: Array.from({ length: 8 }, (_, line) => ({
    description: `Ladestrom ${at}.${line}`,
    details: ["1. Mai 2026 – 31. Mai 2026", "0 bis 100: 100 × 0,49 = 49,00"],
    units: "182,5",
    unit_price: "0,4584",
    amount: "83,65"
  })),
  totals: ["Zwischensumme", "USt. 19 %", "Gesamtbetrag", "Zu zahlen"].map((label, total) => ({
    label,
    value: "669,20 €",
    strong: total > 1
  })),
  notes: ["Bitte zahlen Sie 669,20 € bis zum 1. Juli 2026."],
  footer: "Amtsgericht Berlin, HRB 1234",
  page: "Seite {page} von {pages}"
})

const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20)

export const documentsBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const printer = pdf()
  const print = (from: number, count: number) =>
    Effect.runPromise(
      Effect.forEach(
        Array.from({ length: count }, (_, at) => from + at),
        (at) => printer.print(invoice(at)),
        { discard: true }
      )
    )
  const warm = DOCUMENTS / 10
  await print(0, warm)
  const before = megabytes()
  const began = performance.now()
  await print(warm, DOCUMENTS)
  const seconds = (performance.now() - began) / 1_000
  const grown = megabytes() - before
  return [
    { name: `documents: ${DOCUMENTS} one-page invoices`, value: seconds, unit: "s", target: "< 60 s", ok: seconds < 60 },
    { name: "documents: memory gained meanwhile", value: grown, unit: "MB", target: "< 100 MB", ok: grown < 100 }
  ]
}
