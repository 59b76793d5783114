import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact } from "../../src/core/index.js"
import { creditsOf, creditsToMoney, inOrderOfUse, movementCredits, ongoingBalances, type TopUp, withdraw } from "../../src/credits/index.js"

const cents = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n, max: 10n ** 12n }))
const sum = (values: ReadonlyArray<bigint>) => values.reduce((total, value) => total + value, 0n)
/** Ten-thousandths as decimal text. */
const text = (tenThousandths: bigint) => Exact.toText(Exact.make(tenThousandths, 4))
const rate = fc.bigInt({ min: 1n, max: 10n ** 8n })

describe("credits and money", () => {
  it("credits are worth their rate within half a unit, and what is worth less than half a unit is refused", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), rate, (credits, perCredit) => {
        const worth = creditsToMoney(text(credits), text(perCredit))
        const exact = credits * perCredit
        if (Either.isLeft(worth)) expect(2n * exact).toBeLessThan(10n ** 8n)
        else {
          const twice = 2n * (worth.right * 10n ** 8n - exact)
          expect(twice <= 10n ** 8n && twice > -(10n ** 8n)).toBe(true)
          expect(worth.right).toBeGreaterThan(0n)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("a balance in credits is money ÷ rate to 4 decimals, and movements add up to it", () => {
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1, maxLength: 6 }), rate, (balances, perCredit) => {
        let shown = Exact.zero
        let before = 0n
        for (const balance of balances) {
          const movement = Exact.unsafeFromText(movementCredits(before, balance, text(perCredit)))
          expect(Exact.isNegative(movement)).toBe(false)
          shown = balance >= before ? Exact.add(shown, movement) : Exact.subtract(shown, movement)
          before = balance
          expect(Exact.toText(shown)).toBe(creditsOf(balance, text(perCredit)))
        }
        const off = Exact.subtract(Exact.multiply(shown, Exact.make(perCredit, 4)), Exact.fromBigInt(before))
        expect(Exact.compare(Exact.abs(off), Exact.make(perCredit * 5n, 9))).not.toBe(1)
      }),
      { numRuns: 1000 }
    )
  })

  it("by the issuer's mode: half a credit at 3 is 2, or 1 downwards", () => {
    expect(creditsToMoney("0.5", "3")).toEqual(Either.right(2n))
    expect(creditsToMoney("0.5", "3", "down")).toEqual(Either.right(1n))
    expect(Either.getOrThrow(Either.flip(creditsToMoney("0.5", "1", "down")))).toMatchObject({ _tag: "InvalidInput", field: "credits" })
    expect(Either.isLeft(creditsToMoney("-5", "100"))).toBe(true)
  })
})

describe("a withdrawal over top-ups", () => {
  const topUp: fc.Arbitrary<TopUp> = fc.record({
    transaction_status: fc.constantFrom("granted" as const, "purchased" as const),
    remaining_cents: cents
  })

  it("takes it all, granted before purchased, older before younger; or is refused with the balance", () => {
    fc.assert(
      fc.property(cents, fc.array(topUp, { maxLength: 8 }), (amount, lots) => {
        const result = withdraw(amount, lots)
        const balance = sum(lots.map((lot) => lot.remaining_cents))
        if (Either.isLeft(result)) {
          expect(amount).toBeGreaterThan(balance)
          expect(result.left).toMatchObject({ _tag: "AmountExceedsBalance", balance })
          return
        }
        expect(result.right.map((each) => each.top_up)).toEqual(lots)
        expect(sum(result.right.map((each) => each.taken_cents))).toBe(amount)
        for (const [i, each] of result.right.entries()) {
          expect(each.taken_cents + each.remaining_cents).toBe(each.top_up.remaining_cents)
          expect(each.remaining_cents).toBeGreaterThanOrEqual(0n)
          if (each.taken_cents === 0n) continue
          for (const [j, other] of result.right.entries()) {
            const sooner =
              other.top_up.transaction_status === each.top_up.transaction_status ? j < i : other.top_up.transaction_status === "granted"
            if (sooner) expect(other.remaining_cents).toBe(0n)
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("of nothing takes nothing", () => {
    expect(withdraw(0n, [])).toEqual(Either.right([]))
  })
})

describe("the ongoing balance", () => {
  const wallet = fc.record({ balance_cents: cents, priority: fc.integer({ min: 1, max: 3 }) })

  it("is what is left of all wallets together; only the last in order goes below 0, and only once the others are empty", () => {
    fc.assert(
      fc.property(cents, fc.array(wallet, { minLength: 1, maxLength: 6 }), (open, wallets) => {
        const ongoing = ongoingBalances(open, wallets)
        expect([...ongoing.keys()]).toEqual(wallets)
        const left = [...ongoing.values()]
        expect(sum(left)).toBe(sum(wallets.map((each) => each.balance_cents)) - open)
        const inOrder = inOrderOfUse(wallets).map((each) => ongoing.get(each)!)
        for (const [index, each] of inOrder.entries()) {
          if (index < inOrder.length - 1) expect(each).toBeGreaterThanOrEqual(0n)
          if (each < inOrderOfUse(wallets)[index]!.balance_cents) {
            expect(inOrder.slice(0, index).every((earlier) => earlier === 0n)).toBe(true)
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("is the balance itself where nothing is open, or less than nothing", () => {
    const wallets = [{ balance_cents: 50n, priority: 1 }]
    expect([...ongoingBalances(0n, wallets).values()]).toEqual([50n])
    expect([...ongoingBalances(-10n, wallets).values()]).toEqual([50n])
    expect(ongoingBalances(10n, []).size).toBe(0)
  })
})
