/** What a voided invoice had taken from wallets comes back as a granted top-up (invoicing.md 20). Pure. */
import type { DateTime } from "effect"
import { type CurrencyCode, Exact } from "../../core/index.js"
import { canPay, inOrderOfUse } from "../wallet.js"
import { openAccount, putIn, type WalletAccount } from "./account.js"
import type { Wallet, WalletId, WalletTransaction } from "./rows.js"

interface CreditsBack {
  readonly accounts: ReadonlyArray<WalletAccount>
  readonly made: ReadonlyArray<WalletTransaction>
}

/** A wallet without what a movement counted as used. */
const unconsumed = (wallet: Wallet, { amount, credit_amount }: WalletTransaction, now: DateTime.Utc): Wallet => ({
  ...wallet,
  consumed_amount_cents: wallet.consumed_amount_cents - amount,
  consumed_credits: Exact.toText(Exact.subtract(Exact.unsafeFromText(wallet.consumed_credits), Exact.unsafeFromText(credit_amount))),
  updated_at: now
})

/** Where credits come back to: the wallet that gave them while it runs, else the first one that does, by priority and age. */
const targetOf = (accounts: ReadonlyArray<WalletAccount>, wallet_id: string, currency: CurrencyCode, now: DateTime.Utc) => {
  const running = accounts.map(({ wallet }) => wallet).filter((wallet) => canPay(wallet, currency, now))
  return running.find((wallet) => wallet.id === wallet_id) ?? inOrderOfUse(running)[0]
}

/** Whether some of it has no wallet to come back to. */
export const needsWallet = (accounts: ReadonlyArray<WalletAccount>, currency: CurrencyCode, now: DateTime.Utc): boolean =>
  targetOf(accounts, "", currency, now) === undefined

/** A wallet of rate 1 that takes back what an ended one had given; its code is that of no other. */
export const walletForReturn = (
  gave: Pick<Wallet, "organization_id" | "customer_id" | "currency">,
  id: WalletId,
  now: DateTime.Utc
): Wallet => ({
  id,
  organization_id: gave.organization_id,
  customer_id: gave.customer_id,
  name: "Returned credits",
  code: `returned-${id}`,
  status: "active",
  balance_cents: 0n,
  credits_balance: "0",
  consumed_amount_cents: 0n,
  consumed_credits: "0",
  held_cents: 0n,
  undrawn_cents: 0n,
  rate_amount: "1",
  currency: gave.currency,
  expiration_at: null,
  priority: 1,
  terminated_at: null,
  created_at: now,
  updated_at: now
})

/**
 * Gives back what movements had paid: `accounts` are the customer's wallets of the currency, oldest first, one of which runs.
 * The counters of what was used fall where they had risen. Each movement names the invoice: the return of its settlement books it. Movements take their ids from `ids`, in order.
 *
 * @see decisions I7
 */
export const giveCreditsBack = (
  accounts: ReadonlyArray<WalletAccount>,
  paid: ReadonlyArray<WalletTransaction>,
  currency: CurrencyCode,
  ids: Iterator<string>,
  now: DateTime.Utc
): CreditsBack => {
  const states = new Map(accounts.map((account) => [account.wallet.id as string, account]))
  const made = paid.map((movement) => {
    const gave = states.get(movement.wallet_id)!
    states.set(movement.wallet_id, { ...gave, wallet: unconsumed(gave.wallet, movement, now) })
    const target = targetOf([...states.values()], movement.wallet_id, currency, now)!
    const { top_ups, wallet } = states.get(target.id)!
    const back = {
      id: ids.next().value as string,
      transaction_status: "granted",
      amount_cents: movement.amount,
      invoice_id: movement.invoice_id
    } as const
    const moved = putIn(openAccount(wallet, top_ups, now), back, now)
    states.set(target.id, moved.account)
    return moved.transaction
  })
  return { accounts: [...states.values()], made }
}
