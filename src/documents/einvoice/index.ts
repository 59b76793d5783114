/** Electronic invoices of EN 16931: what they mean, and the two syntaxes that say it. */
export { ciiText } from "./cii.js"
export { eCreditNoteOf } from "./from-credit-note.js"
export { eInvoiceOf } from "./from-invoice.js"
export type * from "./model.js"
export { isVatNumber } from "./parties.js"
export { type EInvoiceProblem, EInvoiceRefused } from "./refusal.js"
export { ublText } from "./ubl.js"
export { categoryOf, type TaxesById, taxesAtIssue } from "./vat.js"
