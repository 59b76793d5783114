/** Wallets in whole minor units: what credits are worth, who pays first, which top-up is used up, what is left once open work is billed. Pure. */
import { DateTime, Either, Schema } from "effect"
import { Exact, InvalidInput, type RoundingMode } from "../core/index.js"
import { draw } from "./draw.js"
import { AmountExceedsBalance } from "./errors.js"

export const WalletStatus = Schema.Literal("active", "terminated")
export type WalletStatus = typeof WalletStatus.Type

/** What a wallet's credits are shown with. */
const CREDIT_DECIMALS = 4

/**
 * What credits that are given in are worth: round(credits × rate) minor units; `rate_amount` is minor units per credit.
 *
 * Fails with `InvalidInput` where that is 0 or less.
 *
 * @see decisions I10
 */
export const creditsToMoney = (
  credits: string,
  rate_amount: string,
  mode: RoundingMode = "half_away"
): Either.Either<bigint, InvalidInput> => {
  const worth = Exact.toMinorUnits(Exact.multiply(Exact.unsafeFromText(credits), Exact.unsafeFromText(rate_amount)), 0, mode)
  return worth > 0n
    ? Either.right(worth)
    : Either.left(new InvalidInput({ field: "credits", reason: "expected credits that are worth a minor unit or more" }))
}

const credits = (amount_cents: bigint, rate_amount: string): Exact.Exact =>
  Exact.round(Exact.divide(Exact.fromBigInt(amount_cents), Exact.unsafeFromText(rate_amount)), CREDIT_DECIMALS)

/** A balance in credits: money ÷ rate to 4 decimals, half away from zero. */
export const creditsOf = (balance_cents: bigint, rate_amount: string): string => Exact.toText(credits(balance_cents, rate_amount))

/** A movement in credits: those of the greater balance less those of the smaller, so that movements add up to the balance in credits too. */
export const movementCredits = (before_cents: bigint, after_cents: bigint, rate_amount: string): string =>
  Exact.toText(Exact.abs(Exact.subtract(credits(after_cents, rate_amount), credits(before_cents, rate_amount))))

/** Wallets in the order in which they pay: by priority, then by age. They are given oldest first. */
export const inOrderOfUse = <W extends { readonly priority: number }>(wallets: ReadonlyArray<W>): ReadonlyArray<W> =>
  [...wallets].sort((a, b) => a.priority - b.priority)

/** What decides whether a wallet pays. */
export interface WalletTerms {
  readonly status: WalletStatus
  readonly currency: string
  readonly expiration_at: DateTime.Utc | null
}

/** Active, of that currency, and before its expiry: at its very instant it pays no more. */
export const canPay = (wallet: WalletTerms, currency: string, at: DateTime.Utc): boolean =>
  wallet.status === "active" &&
  wallet.currency === currency &&
  (wallet.expiration_at === null || DateTime.lessThan(at, wallet.expiration_at))

/** A settled top-up of a wallet and what is left of it, in minor units. */
export interface TopUp {
  readonly transaction_status: "granted" | "purchased"
  readonly remaining_cents: bigint
}

export interface Withdrawal<T> {
  readonly top_up: T
  readonly taken_cents: bigint
  readonly remaining_cents: bigint
}

/**
 * A withdrawal over a wallet's top-ups, given and answered oldest first: granted ones are used up before purchased ones, then the oldest.
 *
 * Fails with `AmountExceedsBalance`.
 *
 * @see invoicing 18
 */
export const withdraw = <T extends TopUp>(
  amount_cents: bigint,
  top_ups: ReadonlyArray<T>
): Either.Either<ReadonlyArray<Withdrawal<T>>, AmountExceedsBalance> => {
  const inOrder = [
    ...top_ups.filter((top_up) => top_up.transaction_status === "granted"),
    ...top_ups.filter((top_up) => top_up.transaction_status === "purchased")
  ]
  const { left, taken } = draw(
    amount_cents,
    inOrder.map((top_up) => top_up.remaining_cents)
  )
  if (left > 0n) return Either.left(new AmountExceedsBalance({ balance: amount_cents - left }))
  const takenOf = new Map(inOrder.map((top_up, index) => [top_up, taken[index]!]))
  return Either.right(
    top_ups.map((top_up) => {
      const taken_cents = takenOf.get(top_up)!
      return { top_up, taken_cents, remaining_cents: top_up.remaining_cents - taken_cents }
    })
  )
}

/** A wallet that can pay. */
export interface RunningWallet {
  readonly priority: number
  readonly balance_cents: bigint
}

/**
 * What is left of a customer's running wallets of one currency, given oldest first, once what is open in it (unbilled usage
 * with tax, drafts) is paid: in order of use, each down to 0; the last one takes the rest and may go below. Answered in the
 * order given.
 *
 * @see invoicing 18
 */
export const ongoingBalances = <W extends RunningWallet>(open_cents: bigint, wallets: ReadonlyArray<W>): ReadonlyMap<W, bigint> => {
  const inOrder = inOrderOfUse(wallets)
  const { left, taken } = draw(
    open_cents > 0n ? open_cents : 0n,
    inOrder.map((wallet) => wallet.balance_cents)
  )
  const last = inOrder.length - 1
  const ongoing = new Map(inOrder.map((wallet, index) => [wallet, wallet.balance_cents - taken[index]! - (index === last ? left : 0n)]))
  return new Map(wallets.map((wallet) => [wallet, ongoing.get(wallet)!]))
}
