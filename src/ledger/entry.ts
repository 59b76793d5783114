/** An entry as it is kept: one account's part of a booking. Entries are added and read, never changed or removed. */
import { Schema } from "effect"
import { Instant, OrganizationId, pageFields } from "../core/index.js"
import { LedgerAccount } from "./account.js"
import { LedgerKind, LedgerSourceType } from "./booking.js"

/** `amount_cents` are minor units of `currency`: a debit above 0, a credit below. */
export const LedgerEntry = Schema.Struct({
  organization_id: OrganizationId,
  source_type: LedgerSourceType,
  source_id: Schema.String,
  kind: LedgerKind,
  account: LedgerAccount,
  customer_id: Schema.String,
  currency: Schema.String,
  amount_cents: Schema.BigIntFromSelf,
  /** When the document was issued, settled or voided; of a payment by hand the date that it carries. */
  occurred_at: Instant,
  /** When it was booked. */
  created_at: Instant
})
export type LedgerEntry = typeof LedgerEntry.Type

/** What `Ledger.entries` takes: sorted by `source`, the id of the document, which rises with its creation. */
export const ListEntries = Schema.Struct({
  ...pageFields,
  account: Schema.optional(LedgerAccount),
  customer_id: Schema.optional(Schema.String),
  source_type: Schema.optional(LedgerSourceType),
  source_id: Schema.optional(Schema.String),
  currency: Schema.optional(Schema.String),
  /** What occurred at `from` or later, and before `to`. */
  from: Schema.optional(Instant),
  to: Schema.optional(Instant)
})
export type ListEntriesInput = typeof ListEntries.Encoded

/** What `Ledger.trialBalance` takes: what occurred before `at`, or everything. */
export const TrialBalanceInput = Schema.Struct({ currency: Schema.String, at: Schema.optional(Instant) })
export type TrialBalanceInput = typeof TrialBalanceInput.Encoded

/** What `Ledger.balance` takes: of one customer, or of all; what occurred before `at`, or everything. */
export const BalanceInput = Schema.Struct({
  account: LedgerAccount,
  customer_id: Schema.optional(Schema.String),
  at: Schema.optional(Instant)
})
export type BalanceInput = typeof BalanceInput.Encoded
