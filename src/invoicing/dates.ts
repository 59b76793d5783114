/** Dates that follow from an invoice's terms, as local days of the customer (invoicing.md 15, 19). Pure. */
import { DateTime } from "effect"
import { addDays, instant, type LocalDate, localDate, startOfDay } from "../core/index.js"
import type { InvoiceStatus } from "./invoice.js"
import type { InvoiceDue } from "./store.js"

/** From which local day a draft may be finalized: that of what it bills + the days of grace. */
export const finalizableOn = (billed_at: DateTime.Utc, grace_days: number, timezone: string): LocalDate =>
  addDays(localDate(billed_at, timezone), grace_days)

/** The local day on which an invoice issued now is due: today + the payment term. */
export const dueOn = (issued_at: DateTime.Utc, net_payment_term: number, timezone: string): LocalDate =>
  addDays(localDate(issued_at, timezone), net_payment_term)

/** Finalized, something due, and the local day of the due date is over. */
export const isOverdue = (
  invoice: { readonly status: InvoiceStatus; readonly due_cents: bigint; readonly due_on: LocalDate; readonly timezone: string },
  now: DateTime.Utc
): boolean =>
  invoice.status === "finalized" &&
  invoice.due_cents > 0n &&
  DateTime.greaterThanOrEqualTo(now, startOfDay(addDays(invoice.due_on, 1), invoice.timezone))

/** The same of an invoice as it is stored. */
export const isInvoiceOverdue = (
  { due_cents, due_date, status, timezone }: Pick<InvoiceDue, "due_cents" | "due_date" | "status" | "timezone">,
  now: DateTime.Utc
): boolean => due_date !== null && isOverdue({ status, due_cents, due_on: localDate(due_date, timezone), timezone }, now)

/** No local day is longer, that of a zone that moved across the date line included. */
const LONGEST_DAY_MILLIS = 48 * 60 * 60 * 1000

/** What was due at this instant or earlier is overdue now in every zone; of what was due later its zone decides. */
export const overdueEverywhere = (now: DateTime.Utc): DateTime.Utc => instant(now.epochMillis - LONGEST_DAY_MILLIS)
