/** The port to where entries are kept. Batch-shaped: what a run books is one statement. */
import { Context, type DateTime, Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { LedgerAccount } from "./account.js"
import { type Booking, outOfBalance } from "./booking.js"
import type { LedgerEntry } from "./entry.js"

/** What a list of entries is narrowed to. */
export interface EntryFilter {
  readonly account?: LedgerAccount | undefined
  readonly customer_id?: string | undefined
  readonly source_type?: LedgerEntry["source_type"] | undefined
  readonly source_id?: string | undefined
  readonly currency?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
}

/** The sums of an account, minor units; both at least 0. */
export interface AccountSums {
  readonly account: LedgerAccount
  readonly currency: string
  readonly debit_cents: bigint
  readonly credit_cents: bigint
}

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface LedgerStoreShape {
  /** Adds the entries of bookings that are in balance. What was booked stays as it is: the same once more changes nothing. */
  readonly insert: (bookings: ReadonlyArray<Booking>, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  /** The sums per account and currency over the entries of a filter. */
  readonly sums: (filter: EntryFilter) => Read<ReadonlyArray<AccountSums>>
  /** Sorted by `source`: source, kind and account. The cursor's value names the last two. */
  readonly page: (filter: EntryFilter, request: PageRequest) => Read<PageRows<LedgerEntry>>
}

export class LedgerStore extends Context.Tag("billwright/LedgerStore")<LedgerStore, LedgerStoreShape>() {}

/**
 * Books inside the transaction that the caller opened, with one statement; `null` books nothing. A booking that is out of
 * balance is a bug, and dies.
 */
export const booksOf = (store: LedgerStoreShape) => (bookings: ReadonlyArray<Booking | null>, now: DateTime.Utc) => {
  const booked = bookings.filter((booking) => booking !== null && booking.entries.length > 0) as ReadonlyArray<Booking>
  const wrong = booked.find((booking) => outOfBalance(booking) !== 0n)
  if (wrong !== undefined) {
    return Effect.dieMessage(`${wrong.source_type} ${wrong.source_id} ${wrong.kind} is out of balance by ${outOfBalance(wrong)}`)
  }
  return booked.length === 0 ? Effect.void : store.insert(booked, now)
}
