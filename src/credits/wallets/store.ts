/** The port to where wallets, their movements and rules are kept. Batch-shaped: a run settles hundreds of invoices with few statements. */
import { Context, type DateTime, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { WalletAccount, WalletRecord } from "./account.js"
import type { Wallet, WalletRule, WalletTransaction } from "./rows.js"

/** What a list of wallets is narrowed to. */
interface WalletFilter {
  readonly customer_id?: string | undefined
  readonly status?: Wallet["status"] | undefined
  readonly currency?: string | undefined
}

/** What a list of movements is narrowed to. */
interface TransactionFilter {
  readonly wallet_id?: string | undefined
  readonly transaction_type?: WalletTransaction["transaction_type"] | undefined
  readonly transaction_status?: WalletTransaction["transaction_status"] | undefined
  readonly status?: WalletTransaction["status"] | undefined
}

/** A stretch of time. */
export interface Stretch {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** Settled movements of a stretch, in minor units. */
export interface MovementSums {
  readonly inbound_cents: bigint
  readonly outbound_cents: bigint
}

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface WalletStoreShape {
  readonly insert: (wallet: Wallet) => Effect.Effect<void, StorageError | CodeTaken>
  readonly load: (ids: ReadonlyArray<string>) => Read<ReadonlyArray<Wallet>>
  readonly findByCode: (customer_id: string, code: string) => Read<Wallet | undefined>
  /** Wallets of customers, oldest first, ended ones too. */
  readonly ofCustomers: (customer_ids: ReadonlyArray<string>) => Read<ReadonlyArray<Wallet>>
  /** With their open top-ups, oldest first, as they stand: nothing is locked, and expired holds count as set aside. */
  readonly accounts: (ids: ReadonlyArray<string>) => Read<ReadonlyArray<WalletAccount>>
  /** Rows locked, ascending by id, with their open top-ups, oldest first. What expired holds set aside is let go of. */
  readonly lock: (ids: ReadonlyArray<string>, now: DateTime.Utc) => Read<ReadonlyArray<WalletAccount>>
  /** The active wallets of customers that have a balance, locked the same, oldest first. */
  readonly lockPaying: (customer_ids: ReadonlyArray<string>, now: DateTime.Utc) => Read<ReadonlyArray<WalletAccount>>
  /** Writes what became of locked accounts. */
  readonly record: (record: WalletRecord) => Effect.Effect<void, StorageError>
  /** Purchases that nobody has paid yet: of wallets, or bought by invoices; oldest first. */
  readonly pending: (
    of: { readonly wallet_ids: ReadonlyArray<string> } | { readonly invoice_ids: ReadonlyArray<string> }
  ) => Read<ReadonlyArray<WalletTransaction>>
  /** The movements that bought or paid these invoices, oldest first. */
  readonly onInvoices: (invoice_ids: ReadonlyArray<string>) => Read<ReadonlyArray<WalletTransaction>>
  /** Settled movements of a wallet, summed up for each stretch, in order. */
  readonly sums: (wallet_id: string, stretches: ReadonlyArray<Stretch>) => Read<ReadonlyArray<MovementSums>>
  /** Minor units that its holds set aside at an instant: those that have expired nothing. */
  readonly held: (wallet_id: string, now: DateTime.Utc) => Read<bigint>
  readonly page: (filter: WalletFilter, request: PageRequest) => Read<PageRows<Wallet>>
  readonly pageTransactions: (filter: TransactionFilter, request: PageRequest) => Read<PageRows<WalletTransaction>>
  /** Active wallets whose expiry has come, at most `limit`. */
  readonly expired: (now: DateTime.Utc, limit: number) => Read<ReadonlyArray<string>>

  readonly insertRules: (rules: ReadonlyArray<WalletRule>) => Effect.Effect<void, StorageError>
  readonly saveRules: (rules: ReadonlyArray<WalletRule>) => Effect.Effect<void, StorageError>
  /** Rules of wallets, oldest first, ended ones too. */
  readonly rulesOf: (wallet_ids: ReadonlyArray<string>) => Read<ReadonlyArray<WalletRule>>
  /** Active wallets that have an active rule, with an id above `after`, ascending, at most `limit`. */
  readonly ruled: (after: string | null, limit: number) => Read<ReadonlyArray<Wallet>>
}

export class WalletStore extends Context.Tag("billwright/WalletStore")<WalletStore, WalletStoreShape>() {}
