import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { instant, OrganizationId } from "../../../src/core/index.js"
import { Wallet, WalletId } from "../../../src/credits/index.js"
import {
  availableCents,
  changesOf,
  openAccount,
  putIn,
  takeOut,
  takeOutOf,
  type WalletAccount
} from "../../../src/credits/wallets/account.js"

const now = instant(0)
const ID = "0190a000-0000-7000-8000-000000000001"

const wallet = (given: Partial<Wallet> = {}): Wallet =>
  Wallet.make({
    id: WalletId.make(ID),
    organization_id: OrganizationId.make(ID),
    customer_id: ID,
    name: "w",
    code: "w",
    status: "active",
    balance_cents: 0n,
    credits_balance: "0",
    consumed_amount_cents: 0n,
    consumed_credits: "0",
    held_cents: 0n,
    undrawn_cents: 0n,
    rate_amount: "3",
    currency: "EUR" as Wallet["currency"],
    expiration_at: null,
    priority: 1,
    terminated_at: null,
    created_at: now,
    updated_at: now,
    ...given
  })

const empty = (given: Partial<Wallet> = {}): WalletAccount => ({ wallet: wallet(given), top_ups: [] })

const granted = (account: WalletAccount, id: string, amount_cents: bigint) =>
  putIn(account, { id, transaction_status: "granted", amount_cents }, now).account

const leftOf = ({ top_ups }: WalletAccount): bigint => top_ups.reduce((sum, { remaining_cents }) => sum + remaining_cents, 0n)

describe("a wallet's account", () => {
  it("shows what was put in and taken out in credits, to four decimals, adding up to the balance in credits", () => {
    const account = granted(empty(), "in", 30n)
    const moved = Either.getOrThrow(takeOut(account, { id: "out", transaction_status: "invoiced", amount_cents: 10n }, now))
    expect(moved.transaction.credit_amount).toBe("3.3333")
    expect(moved.account.wallet).toMatchObject({
      balance_cents: 20n,
      credits_balance: "6.6667",
      consumed_amount_cents: 10n,
      consumed_credits: "3.3333"
    })
  })

  it("keeps what holds set aside", () => {
    const account = granted(empty(), "in", 30n)
    const held: WalletAccount = { ...account, wallet: { ...account.wallet, held_cents: 25n } }
    const refused = takeOut(held, { id: "out", transaction_status: "voided", amount_cents: 6n }, now)
    expect(Either.getOrThrow(Either.flip(refused))).toMatchObject({ _tag: "AmountExceedsBalance", balance: 5n })
  })

  it("draws what a settled hold left undrawn from the top-ups that were there then, before anything else moves", () => {
    const account = granted(empty(), "old", 30n)
    const settled = { ...account.wallet, balance_cents: 20n, undrawn_cents: 10n }
    const opened = openAccount(settled, account.top_ups, now)
    expect(opened.wallet.undrawn_cents).toBe(0n)
    expect(opened.top_ups.map(({ remaining_cents }) => remaining_cents)).toEqual([20n])
    expect(changesOf([{ ...account, wallet: settled }], [opened], [])).toMatchObject({
      wallets: [{ undrawn_cents: 0n }],
      changed: [{ id: "old", remaining_cents: 20n }]
    })
  })

  it("takes a purchase's own rest out of that top-up alone", () => {
    const account = granted(granted(empty(), "a", 10n), "b", 20n)
    const moved = Either.getOrThrow(takeOutOf(account, "b", { id: "out", transaction_status: "voided", amount_cents: 15n }, now))
    expect(moved.account.top_ups.map(({ remaining_cents }) => remaining_cents)).toEqual([10n, 5n])
    const more = takeOutOf(moved.account, "b", { id: "more", transaction_status: "voided", amount_cents: 6n }, now)
    expect(Either.getOrThrow(Either.flip(more)).balance).toBe(5n)
  })

  it("keeps balance = Σ what is left of the top-ups, never below what is held, whatever moves", () => {
    const move = fc.record({ in: fc.boolean(), kind: fc.constantFrom("granted", "purchased"), amount: fc.bigInt(1n, 1000n) })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fc.bigInt(0n, 50n), (moves, held_cents) => {
        let account = granted(empty(), "first", held_cents + 1n)
        account = { ...account, wallet: { ...account.wallet, held_cents } }
        for (const [index, { amount, in: inbound, kind }] of moves.entries()) {
          const id = `${index}`
          if (inbound) {
            account = putIn(account, { id, transaction_status: kind as "granted", amount_cents: amount }, now).account
          } else {
            const moved = takeOut(account, { id, transaction_status: "invoiced", amount_cents: amount }, now)
            expect(Either.isLeft(moved)).toBe(amount > availableCents(account.wallet))
            if (Either.isRight(moved)) account = moved.right.account
          }
          expect(account.wallet.balance_cents).toBe(leftOf(account))
          expect(account.wallet.balance_cents >= held_cents).toBe(true)
        }
      })
    )
  })
})
