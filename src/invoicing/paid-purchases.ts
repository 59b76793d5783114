/** Credits that were bought come when the invoice that sold them is paid, once (I11). */
import { type DateTime, Effect } from "effect"
import { changesOf, openAccount, settlePurchase, type WalletAccount, type WalletStore } from "../credits/index.js"

/** Over the invoices that are paid now, whatever they sold; in the transaction that made them paid. */
export const paidPurchases = (wallets: typeof WalletStore.Service) =>
  Effect.fnUntraced(function* (invoice_ids: ReadonlyArray<string>, now: DateTime.Utc) {
    const pending = invoice_ids.length === 0 ? [] : yield* wallets.pending({ invoice_ids })
    if (pending.length === 0) return
    const locked = yield* wallets.lock([...new Set(pending.map(({ wallet_id }) => wallet_id))], now)
    const accounts = new Map(locked.map(({ top_ups, wallet }): [string, WalletAccount] => [wallet.id, openAccount(wallet, top_ups, now)]))
    for (const transaction of pending) {
      accounts.set(transaction.wallet_id, settlePurchase(accounts.get(transaction.wallet_id)!, transaction, now).account)
    }
    yield* wallets.record(changesOf(locked, [...accounts.values()], []))
  })
