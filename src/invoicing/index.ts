/** Invoicing: the billing run, invoices and fees, taxes, totals, numbers, previews and explanations. */
export { AdvanceBilling } from "./advance/event-billing.js"
export * from "./assemble.js"
export * from "./billing.js"
export * from "./collections.js"
export * from "./commitment.js"
export type {
  ApplyCreditNoteInput,
  CreateCreditNoteInput,
  EstimateCreditNoteInput,
  ListCreditNotesInput,
  UpdateCreditNoteInput
} from "./credit-note-input.js"
export * from "./credit-notes.js"
export * from "./dates.js"
export * from "./errors.js"
export * from "./explanation.js"
export * from "./fee.js"
export * from "./invoice.js"
export * from "./invoices.js"
export * from "./layer.js"
export { NoteIssuing } from "./note-issuing.js"
export * from "./number.js"
export * from "./overdue.js"
export * from "./preview.js"
export * from "./progressive.js"
export * from "./proration.js"
export { type RunningUsage, type UsageLookup, UsageWindows } from "./running.js"
export * from "./runs.js"
export * from "./sales/index.js"
export * from "./settlement.js"
export * from "./settlements.js"
export * from "./store.js"
export { type Surroundings, SurroundingsStore } from "./surroundings.js"
export type { TaxQuestion } from "./tax-question.js"
export * from "./tax-source.js"
export { askingOutside } from "./tax-supply.js"
export * from "./taxes.js"
export * from "./thresholds/index.js"
