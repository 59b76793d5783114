import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { instant } from "../../src/core/index.js"
import { type AvailableCreditNote, canPay, type PayingWallet, settle } from "../../src/credits/index.js"

const NOW = 1_000_000
const at = instant(NOW)
const cents = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n, max: 10n ** 9n }))
const currency = fc.constantFrom("EUR", "EUR", "EUR", "USD")
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)

const note: fc.Arbitrary<AvailableCreditNote> = fc.record({
  balance_amount_cents: cents,
  currency,
  issued_at: fc.integer({ min: 0, max: 5 }).map(instant)
})
const wallet: fc.Arbitrary<PayingWallet> = fc.record({
  balance_cents: cents,
  currency,
  priority: fc.integer({ min: 1, max: 4 }),
  rate_amount: fc.constantFrom("1", "3", "100", "0.5"),
  status: fc.constantFrom("active", "active", "active", "terminated"),
  expiration_at: fc.constantFrom(null, null, instant(NOW - 1), instant(NOW), instant(NOW + 1))
})
const credit_notes = fc.array(note, { maxLength: 5 })
const wallets = fc.array(wallet, { maxLength: 6 })

const funds = (balance_cents: bigint, fields: Partial<PayingWallet> = {}): PayingWallet => ({
  balance_cents,
  currency: "EUR",
  priority: 1,
  rate_amount: "1",
  status: "active",
  expiration_at: null,
  ...fields
})
const paidBy = (due_cents: bigint, ...given: ReadonlyArray<PayingWallet>) => {
  const result = settle({ currency: "EUR", due_cents }, { credit_notes: [], wallets: given }, at)
  return { left: result.due_cents, balances: given.map((each) => result.wallets.find((use) => use.wallet === each)!.balance_cents) }
}

describe("settling an invoice", () => {
  it("keeps every unit: what notes and wallets give and what stays due is what was due, and nobody is overdrawn", () => {
    fc.assert(
      fc.property(cents, credit_notes, wallets, (due_cents, notes, purses) => {
        const result = settle({ currency: "EUR", due_cents }, { credit_notes: notes, wallets: purses }, at)
        const given = [...result.credit_notes, ...result.wallets].map((use) => use.amount_cents)
        expect(sum(given) + result.due_cents).toBe(due_cents)
        expect(result.credit_notes).toHaveLength(notes.length)
        expect(result.wallets).toHaveLength(purses.length)
        for (const use of result.credit_notes) {
          expect(use.amount_cents).toBeGreaterThanOrEqual(0n)
          expect(use.balance_amount_cents).toBeGreaterThanOrEqual(0n)
          expect(use.amount_cents + use.balance_amount_cents).toBe(use.credit_note.balance_amount_cents)
        }
        for (const use of result.wallets) {
          expect(use.amount_cents).toBeGreaterThanOrEqual(0n)
          expect(use.balance_cents).toBeGreaterThanOrEqual(0n)
          expect(use.amount_cents + use.balance_cents).toBe(use.wallet.balance_cents)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("goes on to the next only when the one before is empty: notes by age, then wallets by priority and age; who cannot pay is left alone", () => {
    fc.assert(
      fc.property(cents, credit_notes, wallets, (due_cents, notes, purses) => {
        const result = settle({ currency: "EUR", due_cents }, { credit_notes: notes, wallets: purses }, at)
        const byAge = [...notes.entries()].sort(([i, a], [j, b]) => a.issued_at.epochMillis - b.issued_at.epochMillis || i - j)
        expect(result.credit_notes.map((use) => use.credit_note)).toEqual(byAge.map(([, each]) => each))
        const byPriority = [...purses.entries()].sort(([i, a], [j, b]) => a.priority - b.priority || i - j)
        expect(result.wallets.map((use) => use.wallet)).toEqual(byPriority.map(([, each]) => each))
        const queue = [
          ...result.credit_notes.map((use) => ({
            gives: use.amount_cents,
            keeps: use.balance_amount_cents,
            pays: use.credit_note.currency === "EUR"
          })),
          ...result.wallets.map((use) => ({ gives: use.amount_cents, keeps: use.balance_cents, pays: canPay(use.wallet, "EUR", at) }))
        ]
        let emptied = true
        for (const { gives, keeps, pays } of queue) {
          if (!pays || !emptied) expect(gives).toBe(0n)
          if (pays && keeps > 0n) emptied = false
        }
        if (result.due_cents > 0n) expect(emptied).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked examples of wallets", () => {
    expect(paidBy(50n, funds(30n))).toEqual({ left: 20n, balances: [0n] })
    expect(paidBy(80n, funds(50n, { priority: 3 }), funds(50n, { priority: 1 }), funds(50n, { priority: 2 }))).toEqual({
      left: 0n,
      balances: [50n, 0n, 20n]
    })
    expect(paidBy(40n, funds(30n), funds(30n))).toEqual({ left: 0n, balances: [0n, 20n] })
    expect(paidBy(700n, funds(500n, { rate_amount: "100" }), funds(500n, { rate_amount: "50", priority: 2 }))).toEqual({
      left: 0n,
      balances: [0n, 300n]
    })
  })

  it("a wallet pays up to its expiry and not at it", () => {
    expect(paidBy(10n, funds(10n, { expiration_at: instant(NOW + 1) })).left).toBe(0n)
    expect(paidBy(10n, funds(10n, { expiration_at: at })).left).toBe(10n)
  })

  it("shows a movement in credits: 10 of 30 at 3 a credit are 3.3333, 6.6667 are left", () => {
    const [use] = settle({ currency: "EUR", due_cents: 10n }, { credit_notes: [], wallets: [funds(30n, { rate_amount: "3" })] }, at).wallets
    expect(use).toMatchObject({ amount_cents: 10n, balance_cents: 20n, credits_balance: "6.6667", credit_amount: "3.3333" })
  })
})
