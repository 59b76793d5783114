/** Documents that people read: invoices and credit notes as files, in the reader's language. */
export * from "./documents.js"
export { type DocumentLocale, documentLocale, languageOf } from "./locale.js"
export type { PrintedDocument, PrintedFact, PrintedLine, PrintedTotal } from "./printed.js"
export { printedCreditNote } from "./printed-credit-note.js"
export { printedInvoice, type TaxNames } from "./printed-invoice.js"
export * from "./printer.js"
export { type Language, languages, type Words, words } from "./words.js"
