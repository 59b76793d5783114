/**
 * A wallet with its open top-ups: what is put in and taken out, and the movement that this makes. Pure.
 *
 * Balance = Σ what is left of the top-ups − what is undrawn: a settled hold takes from the balance in one statement and leaves
 * it to whoever locks the wallet next to draw that from the top-ups (`openAccount`), before anything else is put in or taken out.
 */
import type { DateTime } from "effect"
import { Either } from "effect"
import { Exact } from "../../core/index.js"
import { AmountExceedsBalance } from "../errors.js"
import { canPay, creditsOf, movementCredits, withdraw } from "../wallet.js"
import type { Wallet, WalletTransaction, WalletTransactionId } from "./rows.js"

/** A top-up with something left of it. */
export interface OpenTopUp extends WalletTransaction {
  readonly transaction_status: "granted" | "purchased"
}

/** The locked row of a wallet and its open top-ups, oldest first. */
export interface WalletAccount {
  readonly wallet: Wallet
  readonly top_ups: ReadonlyArray<OpenTopUp>
}

/** A movement to be made. */
export interface Movement
  extends Pick<WalletTransaction, "transaction_status">,
    Partial<Pick<WalletTransaction, "source" | "invoice_id" | "hold_id" | "credit_note_id" | "transfer_id" | "rule_id" | "rule_day">> {
  readonly id: string
  /** Minor units, above 0. */
  readonly amount_cents: bigint
}

export interface Moved {
  readonly account: WalletAccount
  readonly transaction: WalletTransaction
}

/** What can be taken out: what no hold sets aside. */
export const availableCents = ({ balance_cents, held_cents }: Pick<Wallet, "balance_cents" | "held_cents">): bigint =>
  balance_cents - held_cents

const drawn = (top_ups: ReadonlyArray<OpenTopUp>, amount_cents: bigint, now: DateTime.Utc): ReadonlyArray<OpenTopUp> =>
  Either.getOrThrow(withdraw(amount_cents, top_ups)).map(({ remaining_cents, taken_cents, top_up }) =>
    taken_cents === 0n ? top_up : { ...top_up, remaining_cents, updated_at: now }
  )

/** A locked wallet as an account: what was undrawn is drawn now. */
export const openAccount = (wallet: Wallet, top_ups: ReadonlyArray<OpenTopUp>, now: DateTime.Utc): WalletAccount =>
  wallet.undrawn_cents === 0n
    ? { wallet, top_ups }
    : { wallet: { ...wallet, undrawn_cents: 0n, updated_at: now }, top_ups: drawn(top_ups, wallet.undrawn_cents, now) }

const withBalance = (wallet: Wallet, balance_cents: bigint, now: DateTime.Utc): Wallet => ({
  ...wallet,
  balance_cents,
  credits_balance: creditsOf(balance_cents, wallet.rate_amount),
  updated_at: now
})

const rowOf = (wallet: Wallet, movement: Movement, now: DateTime.Utc): WalletTransaction => ({
  id: movement.id as WalletTransactionId,
  organization_id: wallet.organization_id,
  wallet_id: wallet.id,
  customer_id: wallet.customer_id,
  transaction_type: "inbound",
  transaction_status: movement.transaction_status,
  source: movement.source ?? "manual",
  status: "settled",
  amount: movement.amount_cents,
  credit_amount: creditsOf(movement.amount_cents, wallet.rate_amount),
  remaining_cents: 0n,
  invoice_id: movement.invoice_id ?? null,
  hold_id: movement.hold_id ?? null,
  credit_note_id: movement.credit_note_id ?? null,
  transfer_id: movement.transfer_id ?? null,
  rule_id: movement.rule_id ?? null,
  rule_day: movement.rule_day ?? null,
  settled_at: now,
  created_at: now,
  updated_at: now
})

/** An inbound movement settled: the balance grows by it, and all of it is left. */
const settled = (account: WalletAccount, row: WalletTransaction, now: DateTime.Utc): Moved => {
  const { top_ups, wallet } = account
  const after = wallet.balance_cents + row.amount
  const transaction: WalletTransaction = {
    ...row,
    status: "settled",
    credit_amount: movementCredits(wallet.balance_cents, after, wallet.rate_amount),
    remaining_cents: row.amount,
    settled_at: now,
    updated_at: now
  }
  return { account: { wallet: withBalance(wallet, after, now), top_ups: [...top_ups, transaction as OpenTopUp] }, transaction }
}

/** Puts credits in. */
export const putIn = (account: WalletAccount, movement: Movement, now: DateTime.Utc): Moved =>
  settled(account, rowOf(account.wallet, movement, now), now)

/** A purchase that nobody has paid yet: it moves nothing. */
export const purchaseOf = (wallet: Wallet, movement: Omit<Movement, "transaction_status">, now: DateTime.Utc): WalletTransaction => ({
  ...rowOf(wallet, { ...movement, transaction_status: "purchased" }, now),
  status: "pending",
  settled_at: null
})

/** The purchase is paid: its credits come. */
export const settlePurchase = (account: WalletAccount, pending: WalletTransaction, now: DateTime.Utc): Moved =>
  settled(account, pending, now)

const takenOut = (account: WalletAccount, movement: Movement, top_ups: ReadonlyArray<OpenTopUp>, now: DateTime.Utc): Moved => {
  const { wallet } = account
  const after = wallet.balance_cents - movement.amount_cents
  const credit_amount = movementCredits(wallet.balance_cents, after, wallet.rate_amount)
  const consumed = movement.transaction_status === "invoiced"
  return {
    account: {
      wallet: {
        ...withBalance(wallet, after, now),
        ...(consumed
          ? {
              consumed_amount_cents: wallet.consumed_amount_cents + movement.amount_cents,
              consumed_credits: Exact.toText(Exact.add(Exact.unsafeFromText(wallet.consumed_credits), Exact.unsafeFromText(credit_amount)))
            }
          : {})
      },
      top_ups
    },
    transaction: { ...rowOf(wallet, movement, now), transaction_type: "outbound", credit_amount }
  }
}

/**
 * Takes credits out: of granted top-ups first, then of the oldest. What holds set aside stays.
 *
 * Fails with `AmountExceedsBalance`.
 */
export const takeOut = (account: WalletAccount, movement: Movement, now: DateTime.Utc): Either.Either<Moved, AmountExceedsBalance> => {
  const balance = availableCents(account.wallet)
  if (movement.amount_cents > balance) return Either.left(new AmountExceedsBalance({ balance }))
  return Either.right(takenOut(account, movement, drawn(account.top_ups, movement.amount_cents, now), now))
}

/** What can be taken out of one top-up of an open account: what is left of it and no hold sets aside; nothing once its wallet is over. */
export const takeableOf = ({ top_ups, wallet }: WalletAccount, top_up_id: string, now: DateTime.Utc): bigint => {
  if (!canPay(wallet, wallet.currency, now)) return 0n
  const left = top_ups.find(({ id }) => id === top_up_id)?.remaining_cents ?? 0n
  const available = availableCents(wallet)
  return left < available ? left : available
}

/** Takes out of one top-up alone, at most `takeableOf`. Fails with `AmountExceedsBalance`. */
export const takeOutOf = (
  account: WalletAccount,
  top_up_id: string,
  movement: Movement,
  now: DateTime.Utc
): Either.Either<Moved, AmountExceedsBalance> => {
  const { amount_cents } = movement
  const balance = takeableOf(account, top_up_id, now)
  if (amount_cents > balance) return Either.left(new AmountExceedsBalance({ balance }))
  const top_ups = account.top_ups.map((top_up) =>
    top_up.id === top_up_id ? { ...top_up, remaining_cents: top_up.remaining_cents - amount_cents, updated_at: now } : top_up
  )
  return Either.right(takenOut(account, movement, top_ups, now))
}

/** What is to be written of accounts. */
export interface WalletRecord {
  readonly wallets: ReadonlyArray<Wallet>
  /** Top-ups that were drawn from, purchases that were settled. */
  readonly changed: ReadonlyArray<WalletTransaction>
  readonly made: ReadonlyArray<WalletTransaction>
}

/** What became of locked accounts, with the movements that were `made` on the way. */
export const changesOf = (
  before: ReadonlyArray<WalletAccount>,
  after: ReadonlyArray<WalletAccount>,
  made: ReadonlyArray<WalletTransaction>
): WalletRecord => {
  const known = new Set<unknown>(before.flatMap(({ top_ups, wallet }) => [wallet, ...top_ups]))
  const top_ups = after.flatMap((account) => account.top_ups)
  const latest = new Map(top_ups.map((top_up) => [top_up.id as string, top_up]))
  const fresh = new Set<string>(made.map(({ id }) => id))
  return {
    wallets: after.flatMap(({ wallet }) => (known.has(wallet) ? [] : [wallet])),
    changed: top_ups.filter((top_up) => !known.has(top_up) && !fresh.has(top_up.id)),
    made: made.map((transaction) => latest.get(transaction.id) ?? transaction)
  }
}
