/** Documents that people read: invoices and credit notes as files, in the reader's language. */
export * from "./documents.js"
export * from "./einvoice/index.js"
export { type DocumentLocale, documentLocale, languageOf } from "./locale.js"
export { localeOf } from "./parties.js"
export type { PrintedDocument, PrintedFact, PrintedLine, PrintedSheet, PrintedTotal } from "./printed.js"
export { printedCreditNote } from "./printed-credit-note.js"
export { printedInvoice } from "./printed-invoice.js"
export * from "./printer.js"

export { type Language, languages, type Words, words } from "./words.js"
