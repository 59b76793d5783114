/** One invoice, line by line: how each amount came about. */
import type { OrganizationBilling } from "billwright"
import { DateTime } from "effect"
import { ZONE } from "./read-sessions.js"
import { money } from "./table.js"

const localDay = (at: Date): string => DateTime.formatIsoDate(DateTime.unsafeMakeZoned(at, { timeZone: ZONE }))

const indented = (text: string): string => text.replace(/^/gm, "    ")

export const explainInvoice = async (billing: OrganizationBilling, id: string): Promise<string> => {
  const { fees, invoice } = await billing.invoices.get(id)
  const from = invoice.billing_period_start
  const customer = await billing.customers.get({ id: invoice.customer_id })
  const lines = [`Invoice ${invoice.invoice_number} to ${customer.name}${from === null ? "" : `, for the month from ${localDay(from)}`}`]
  for (const [index, fee] of fees.entries()) {
    const { text } = await billing.invoices.explain(fee.id)
    lines.push(`  ${index + 1}. ${fee.description}: ${money(fee.amount_cents)}`, indented(text))
  }
  lines.push(
    `  subtotal ${money(invoice.subtotal_cents)}`,
    `  tax      ${money(invoice.tax_amount_cents)}`,
    `  to pay   ${money(invoice.total_cents)}`
  )
  return `${lines.join("\n")}\n`
}
