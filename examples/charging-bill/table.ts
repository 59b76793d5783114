/** The totals as a table, beside what they must come to where that is known. */
import type { CustomerFigures, Figures } from "./figures.js"

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",")

const count = (value: bigint): string => grouped(String(value))

/** Øre as NOK. */
export const money = (amount: bigint): string => {
  const digits = String(amount).padStart(3, "0")
  return `${grouped(digits.slice(0, -2))}.${digits.slice(-2)} NOK`
}

const decimal = (text: string): string => {
  const [whole = "", fraction] = text.split(".")
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`
}

type Row = readonly [label: string, figure: string]

const rows = (figures: Figures): ReadonlyArray<Row> => [
  ["energy events", count(figures.events.energy)],
  ["sessions events", count(figures.events.sessions)],
  ["connection_hours events", count(figures.events.connection_hours)],
  ["energy", `${decimal(figures.energy)} kWh`],
  ["customers", count(BigInt(figures.customers.size))],
  ["invoices", count(figures.invoices)],
  ["base fees", money(figures.fees.base)],
  ["energy fees", money(figures.fees.energy)],
  ["session fees", money(figures.fees.sessions)],
  ["connection-hour fees", money(figures.fees.connection_hours)],
  ["subtotal", money(figures.subtotal)],
  ["tax", money(figures.tax)],
  ["total", money(figures.total)]
]

const widest = (texts: ReadonlyArray<string>): number => Math.max(...texts.map((text) => text.length))

/** The label and its figure are a space apart, so that a line reads on its own: `total 1,193,680.17 NOK`. */
export const figuresTable = (figures: Figures): string => {
  const lines = rows(figures)
  const width = widest(lines.map(([label]) => label))
  return lines.map(([label, figure]) => `${label.padStart(width)} ${figure}\n`).join("")
}

/** Customers that differ in the number of their invoices or their total, those that only one side has included. */
export const differingCustomers = (
  billed: ReadonlyMap<string, CustomerFigures>,
  expected: ReadonlyMap<string, CustomerFigures>
): ReadonlyArray<string> =>
  [...new Set([...expected.keys(), ...billed.keys()])].filter((customer) => {
    const [a, b] = [billed.get(customer), expected.get(customer)]
    return a?.invoices !== b?.invoices || a?.total !== b?.total
  })

export interface Comparison {
  readonly table: string
  readonly equal: boolean
}

/** A mark, the figure expected and the figure billed, row by row. */
export const compare = (billed: Figures, expected: Figures): Comparison => {
  const wanted = rows(expected)
  const differing = differingCustomers(billed.customers, expected.customers)
  const lines = rows(billed).map(([label, figure], index) => {
    const want = wanted[index]![1]
    const equal = figure === want && (label !== "customers" || differing.length === 0)
    return { equal, label: label === "customers" ? "customers, each as expected" : label, figure, want }
  })
  const labels = widest(lines.map(({ label }) => label))
  const wants = widest(lines.map(({ want }) => want))
  const table = lines.map(
    ({ equal, figure, label, want }) => `${equal ? "✓" : "✗"}  ${want.padStart(wants)}  ${label.padStart(labels)} ${figure}\n`
  )
  const head = `   ${"expected".padStart(wants)}  ${" ".repeat(labels)} billed\n`
  const note = differing.length === 0 ? "" : `customers that differ: ${differing.slice(0, 10).join(", ")}\n`
  return { table: `${note}${head}${table.join("")}`, equal: lines.every(({ equal }) => equal) }
}
