/** The identities of one wallet (M4): its balance, in money and in credits, is what its movements come to, and what is left of its top-ups. Pure. */
import { Exact } from "../../core/index.js"
import { creditsOf } from "../../credits/index.js"
import { wholeOf } from "./raw.js"
import type { Violation } from "./violation.js"

/** A wallet with the sums of its rows; every figure as text. */
export interface RawWallet {
  readonly id: string
  readonly rate_amount: string
  readonly balance_cents: string
  readonly credits_balance: string
  readonly consumed_amount_cents: string
  readonly held_cents: string
  readonly undrawn_cents: string
  /** Settled movements, what is left of the inbound ones, and holds that still set something aside. */
  readonly inbound_cents: string
  readonly outbound_cents: string
  readonly remaining_cents: string
  readonly active_holds_cents: string
  /** What settlements that stand, and settled holds, took from it. */
  readonly used_cents: string
}

const FIGURES = [
  "balance_cents",
  "consumed_amount_cents",
  "held_cents",
  "undrawn_cents",
  "inbound_cents",
  "outbound_cents",
  "remaining_cents",
  "active_holds_cents",
  "used_cents"
] as const

type Figures = Readonly<Record<(typeof FIGURES)[number], bigint>>

const figuresOf = (row: RawWallet): Figures | undefined => {
  const whole = FIGURES.map((name) => [name, wholeOf(row[name])] as const)
  return whole.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(whole) as unknown as Figures)
}

/** What does not hold of a wallet. */
export const checkWallet = (row: RawWallet): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (reason: string) => found.push({ code: "M4", table: "wallets", id: row.id, reason })
  const figures = figuresOf(row)
  // A figure that is no whole number is M9's.
  if (figures === undefined) return found
  const { balance_cents: balance } = figures
  const moved = figures.inbound_cents - figures.outbound_cents
  if (balance !== moved) add(`balance_cents ${balance} is not what its movements come to, ${moved}`)
  const left = figures.remaining_cents - figures.undrawn_cents
  if (balance !== left) add(`balance_cents ${balance} is not what is left of its top-ups, ${left}`)
  if (figures.held_cents !== figures.active_holds_cents) {
    add(`held_cents ${figures.held_cents} is not what its holds set aside, ${figures.active_holds_cents}`)
  }
  if (figures.held_cents > balance) add(`held_cents ${figures.held_cents} exceeds balance_cents ${balance}`)
  if (figures.consumed_amount_cents !== figures.used_cents) {
    add(`consumed_amount_cents ${figures.consumed_amount_cents} is not what was used of it, ${figures.used_cents}`)
  }
  const credits = Exact.fromText(row.credits_balance)
  const expected = Exact.unsafeFromText(creditsOf(balance, row.rate_amount))
  if (credits === undefined || !Exact.equals(credits, expected)) {
    add(`credits_balance ${row.credits_balance} is not ${balance} ÷ ${row.rate_amount}`)
  }
  return found
}
