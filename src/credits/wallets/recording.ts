/** What becomes of locked wallets is kept, and booked, in the transaction that the caller opened. */
import { type DateTime, Effect } from "effect"
import { booksOf, type LedgerStore, walletMoved } from "../../ledger/index.js"
import type { WalletRecord } from "./account.js"
import type { Wallet, WalletTransaction } from "./rows.js"
import type { WalletStore } from "./store.js"

/** What settled movements of these wallets book. */
const bookingsOf = (wallets: ReadonlyArray<Wallet>, movements: ReadonlyArray<WalletTransaction>, now: DateTime.Utc) => {
  const currencies = new Map(wallets.map(({ currency, id }) => [id as string, currency]))
  return movements.map((movement) =>
    walletMoved({ ...movement, currency: currencies.get(movement.wallet_id)! }, movement.settled_at ?? now)
  )
}

/** Keeps what became of locked accounts, and books the movements that were made, or settled by it. */
export const recordingOver = (store: typeof WalletStore.Service, ledger: typeof LedgerStore.Service) => {
  const book = booksOf(ledger)
  return (record: WalletRecord, now: DateTime.Utc, settled: ReadonlyArray<WalletTransaction> = []) =>
    Effect.zipRight(store.record(record), book(bookingsOf(record.wallets, [...record.made, ...settled], now), now))
}
