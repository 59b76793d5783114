/** Credits that were bought come when the invoice that sold them is paid, once (I11). */
import { type DateTime, Effect } from "effect"
import {
  changesOf,
  openAccount,
  recordingOver,
  settlePurchase,
  type WalletAccount,
  type WalletStore,
  type WalletTransaction
} from "../credits/index.js"
import type { LedgerStore } from "../ledger/index.js"

/** Over the invoices that are paid now, whatever they sold; in the transaction that made them paid. */
export const paidPurchases = (wallets: typeof WalletStore.Service, ledger: typeof LedgerStore.Service) => {
  const record = recordingOver(wallets, ledger)
  return Effect.fnUntraced(function* (invoice_ids: ReadonlyArray<string>, now: DateTime.Utc) {
    const pending = invoice_ids.length === 0 ? [] : yield* wallets.pending({ invoice_ids })
    if (pending.length === 0) return
    const locked = yield* wallets.lock([...new Set(pending.map(({ wallet_id }) => wallet_id))], now)
    const accounts = new Map(locked.map(({ top_ups, wallet }): [string, WalletAccount] => [wallet.id, openAccount(wallet, top_ups, now)]))
    const settled: Array<WalletTransaction> = []
    for (const purchase of pending) {
      const { account, transaction } = settlePurchase(accounts.get(purchase.wallet_id)!, purchase, now)
      accounts.set(purchase.wallet_id, account)
      settled.push(transaction)
    }
    yield* record(changesOf(locked, [...accounts.values()], []), now, settled)
  })
}
