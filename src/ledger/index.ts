/** The double-entry ledger: the chart of accounts, what each document books, and the reads. */
export * from "./account.js"
export { type Booking, LedgerKind, LedgerSourceType, outOfBalance } from "./booking.js"
export * from "./bookings.js"
export { type BalanceInput, LedgerEntry, type ListEntriesInput, type TrialBalanceInput } from "./entry.js"
export * from "./ledger.js"
export * from "./store.js"
