/** What the built-in sessions must come to, calculated independently of Billwright. */
import { readFileSync } from "node:fs"
import type { CustomerFigures, Figures } from "./figures.js"

const amount = (text: string): bigint => BigInt(text.replace(".", ""))

const customers = (): ReadonlyMap<string, CustomerFigures> => {
  const [, ...lines] = readFileSync(new URL("data/charging-sessions.expected.csv", import.meta.url), "utf8")
    .trim()
    .split(/\r?\n/)
  return new Map(
    lines.map((line) => {
      const [customer = "", invoices = "", total = ""] = line.split(",")
      return [customer, { invoices: BigInt(invoices), total: amount(total) }]
    })
  )
}

export const expectedFigures = (): Figures => ({
  events: { energy: 29_407n, sessions: 29_407n, connection_hours: 29_372n },
  energy: "364527.67",
  invoices: 5_640n,
  fees: { base: amount("276360.00"), energy: amount("655966.19"), sessions: amount("9675.00"), connection_hours: amount("12941.17") },
  subtotal: amount("954942.36"),
  tax: amount("238737.81"),
  total: amount("1193680.17"),
  customers: customers()
})
