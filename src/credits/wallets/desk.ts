/** What commands and rules of wallets share: credits that come in, and the end of a wallet. Inside the transaction that the caller opened. */
import { type DateTime, Effect, Either } from "effect"
import { type BillingEntities, type Customer, issuerOf } from "../../accounts/index.js"
import type { Ids, RoundingMode } from "../../core/index.js"
import type { LedgerStore } from "../../ledger/index.js"
import { creditsToMoney } from "../wallet.js"
import { changesOf, type Movement, openAccount, purchaseOf, putIn, takeOut, type WalletAccount } from "./account.js"
import type { HoldStore } from "./hold-store.js"
import type { CreditPurchases } from "./ports.js"
import { recordingOver } from "./recording.js"
import type { Wallet, WalletTransaction } from "./rows.js"
import type { WalletStore } from "./store.js"

export interface DeskServices {
  readonly store: typeof WalletStore.Service
  readonly ledger: typeof LedgerStore.Service
  readonly holds: typeof HoldStore.Service
  readonly ids: typeof Ids.Service
  readonly entities: typeof BillingEntities.Service
  readonly purchases: typeof CreditPurchases.Service
}

/** Credits that come into a wallet. */
export interface CreditsIn extends Pick<Movement, "source" | "rule_id" | "rule_day"> {
  readonly kind: "granted" | "purchased"
  /** Decimal text. */
  readonly credits: string
}

export const deskOver = ({ entities, holds, ids, ledger, purchases, store }: DeskServices) => {
  const record = recordingOver(store, ledger)

  /** By the mode of whoever issues the customer's invoices (N7). */
  const roundingFor = (customer: Customer) =>
    Effect.map(
      Effect.catchTag(entities.issuers(), "OrganizationNotFound", Effect.die),
      (issuers): RoundingMode => issuerOf(issuers, { customer: customer.billing_entity_id }).rounding_mode
    )

  /** Credits as money. Fails with `InvalidInput` where they are worth nothing. */
  const worth = Effect.fnUntraced(function* (wallet: Wallet, customer: Customer, credits: string) {
    return yield* creditsToMoney(credits, wallet.rate_amount, yield* roundingFor(customer))
  })

  /** Tops up a locked wallet; answers it and the stored movement, a purchase with its invoice. */
  const topUp = Effect.fnUntraced(function* (
    locked: WalletAccount,
    customer: Customer,
    { credits, kind, ...of }: CreditsIn,
    now: DateTime.Utc
  ) {
    const { wallet } = locked
    const amount_cents = yield* worth(wallet, customer, credits)
    const movement = { ...of, id: yield* ids.next, amount_cents }
    if (kind === "granted") {
      const moved = putIn(openAccount(wallet, locked.top_ups, now), { ...movement, transaction_status: "granted" }, now)
      yield* record(changesOf([locked], [moved.account], [moved.transaction]), now)
      return moved
    }
    const [transaction] = yield* purchases.buy([{ wallet, customer, credits, transaction: purchaseOf(wallet, movement, now) }], now)
    return { account: locked, transaction: transaction! }
  })

  /** Ends locked wallets: what is left leaves as voided, holds are let go, purchases that nobody has paid are called off. */
  const end = Effect.fnUntraced(function* (locked: WalletAccount, now: DateTime.Utc) {
    const id = locked.wallet.id
    const account = openAccount(locked.wallet, locked.top_ups, now)
    const made: Array<WalletTransaction> = []
    let after = account
    const { balance_cents } = account.wallet
    if (balance_cents > 0n) {
      const free = { ...account, wallet: { ...account.wallet, held_cents: 0n } }
      const movement = { id: yield* ids.next, transaction_status: "voided", amount_cents: balance_cents } as const
      const moved = Either.getOrThrow(takeOut(free, movement, now))
      after = moved.account
      made.push(moved.transaction)
    }
    const wallet: Wallet = { ...after.wallet, status: "terminated", held_cents: 0n, terminated_at: now, updated_at: now }
    yield* record(changesOf([locked], [{ ...after, wallet }], made), now)
    if (locked.wallet.held_cents > 0n) yield* holds.releaseAll(id, now)
    const pending = yield* store.pending({ wallet_ids: [id] })
    yield* purchases.cancel(
      pending.flatMap(({ invoice_id }) => invoice_id ?? []),
      now
    )
    return wallet
  })

  return { end, record, topUp, worth }
}

export type Desk = ReturnType<typeof deskOver>
