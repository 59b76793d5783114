/** A booking: what one event of one document does to the accounts; its entries add up to 0. Pure. */
import { type DateTime, Schema } from "effect"
import type { OrganizationId } from "../core/index.js"
import type { LedgerAccount } from "./account.js"

/** The kind of document that a booking comes from. */
export const LedgerSourceType = Schema.Literal("invoice", "credit_note", "settlement", "wallet_transaction", "payment", "payment_refund")
export type LedgerSourceType = typeof LedgerSourceType.Type

/** What happened to it; each at most once. */
export const LedgerKind = Schema.Literal(
  "issued",
  "voided",
  "settled",
  "returned",
  "granted",
  "purchased",
  "consumed",
  "transferred",
  "refunded",
  "received"
)
export type LedgerKind = typeof LedgerKind.Type

/** So much on one account, in minor units: debits are above 0, credits below. */
export interface BookedAmount {
  readonly account: LedgerAccount
  readonly amount_cents: bigint
}

/** Of one currency and one customer. Unique by organization, source and kind. */
export interface Booking {
  readonly organization_id: OrganizationId
  readonly source_type: LedgerSourceType
  readonly source_id: string
  readonly kind: LedgerKind
  readonly customer_id: string
  readonly currency: string
  readonly occurred_at: DateTime.Utc
  /** Each account once, none of 0. */
  readonly entries: ReadonlyArray<BookedAmount>
}

export const debit = (account: LedgerAccount, amount_cents: bigint): BookedAmount => ({ account, amount_cents })

export const credit = (account: LedgerAccount, amount_cents: bigint): BookedAmount => ({ account, amount_cents: -amount_cents })

/** Each account once, without those on which nothing is left. */
export const merged = (amounts: ReadonlyArray<BookedAmount>): ReadonlyArray<BookedAmount> => {
  const sums = new Map<LedgerAccount, bigint>()
  for (const { account, amount_cents } of amounts) sums.set(account, (sums.get(account) ?? 0n) + amount_cents)
  return [...sums].flatMap(([account, amount_cents]) => (amount_cents === 0n ? [] : [{ account, amount_cents }]))
}

/** The opposite of a booking: how something is taken back, since nothing that was booked is ever deleted. */
export const reversed = (booking: Booking, kind: LedgerKind, occurred_at: DateTime.Utc): Booking => ({
  ...booking,
  kind,
  occurred_at,
  entries: booking.entries.map(({ account, amount_cents }) => ({ account, amount_cents: -amount_cents }))
})

/** Debits less credits; 0 for what may be written. */
export const outOfBalance = ({ entries }: Pick<Booking, "entries">): bigint =>
  entries.reduce((sum, { amount_cents }) => sum + amount_cents, 0n)
