/** Commands about coupons and wallets: their credits, rules and holds. */
import { Effect } from "effect"
import fc from "fast-check"
import { Coupons, WalletHolds, WalletRules, Wallets } from "../../../src/credits/index.js"
import { heldCents, wholeOf } from "../limits.js"
import { expecting, idle, iso, millisOf, mostly, pick, type Run, rowsOf, Surprise } from "../performing.js"

/** Coupons of the set-up; a coupon that is used once is spent by its first invoice. */
const COUPONS = ["tenth", "fixed", "welcome", "twice"] as const

/** A fraction of what there is: the whole, half, a third; 4 asks for more than that. */
const part = fc.integer({ min: 1, max: 4 })

const partOf = (whole: bigint, part: number): bigint => {
  const amount = part === 4 ? whole + 1n : (whole + BigInt(part) - 1n) / BigInt(part)
  return amount > 0n ? amount : 1n
}

export const kinds = {
  coupon: fc.record({ pick }),
  endCoupon: fc.record({ pick }),
  wallet: fc.record({
    credits: fc.integer({ min: 1, max: 12_000 }),
    priority: fc.integer({ min: 1, max: 3 }),
    tens: fc.boolean(),
    days: fc.option(fc.integer({ min: 1, max: 200 }), { nil: null, freq: 3 })
  }),
  topUp: fc.record({ pick, credits: fc.integer({ min: 1, max: 6000 }), bought: fc.boolean() }),
  voidCredits: fc.record({ pick, part }),
  transfer: fc.record({ pick, other: pick, part }),
  endWallet: fc.record({ pick }),
  rule: fc.record({
    pick,
    credits: fc.integer({ min: 1, max: 900 }),
    isThreshold: fc.boolean(),
    isTarget: fc.boolean(),
    granted: fc.boolean()
  }),
  endRule: fc.record({ pick }),
  runWallets: fc.record({}),
  reserve: fc.record({ pick, part, seconds: fc.constantFrom(600, 80_000, 2_000_000, 2_500_000) }),
  settleHold: fc.record({ pick, part }),
  releaseHold: fc.record({ pick })
}
type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }

interface WalletRow {
  readonly id: string
  readonly status: string
  readonly rate: string
  readonly balance: string
  readonly held: string
  readonly expires: unknown
}

const wallets = rowsOf<WalletRow>(
  "wallets",
  `id, status, CAST(rate_amount AS TEXT) AS rate, CAST(balance_cents AS TEXT) AS balance, CAST(held_cents AS TEXT) AS held,
    expiration_at AS expires`
)

const isOpen = ({ expires, status }: WalletRow, { model }: Run): boolean =>
  status === "active" && (expires === null || millisOf(expires) > model.now)

/** A wallet with what it has available; mostly one that takes and gives credits. */
const someWallet = (run: Run, index: number, suits: (wallet: WalletRow) => boolean = () => true) =>
  Effect.gen(function* () {
    const wallet = mostly(yield* wallets, index, (one) => isOpen(one, run) && suits(one))
    if (wallet === undefined) return undefined
    const held = (yield* heldCents(run.model.now)).get(wallet.id) ?? 0n
    const [balance, rate] = [wholeOf(wallet.balance), wholeOf(wallet.rate)]
    return { ...wallet, open: isOpen(wallet, run), rate, available: balance - held }
  })

const hasCredits = ({ balance }: WalletRow): boolean => wholeOf(balance) > 0n

const applications = rowsOf<{ id: string; coupon_id: string; status: string }>("applied_coupons", "id, coupon_id, status")

const balanceOf = (id: string) => Effect.map(wallets, (all) => wholeOf(all.find((wallet) => wallet.id === id)!.balance))

/** What a movement is to have changed a balance by. */
const moved = (what: string, before: bigint, by: bigint, after: bigint): void => {
  if (after !== before + by) throw new Surprise(`${what}: a balance of ${before} became ${after}, expected ${before + by}`)
}

export const perform = {
  coupon: ({ pick }, run) =>
    Effect.gen(function* () {
      const coupon_code = COUPONS[pick % COUPONS.length]!
      const coupon = (yield* rowsOf<{ id: string; code: string }>("coupons", "id, code")).find(({ code }) => code === coupon_code)!
      const before = (yield* applications).filter(({ coupon_id }) => coupon_id === coupon.id)
      const isSpent = coupon_code === "welcome" && before.length > 0
      const isActive = before.some(({ status }) => status === "active")
      yield* expecting(
        run,
        (yield* Coupons).apply({ coupon_code, external_customer_id: "c" }),
        isSpent ? ["CouponAlreadyUsed"] : isActive ? ["CouponAlreadyApplied"] : null
      )
    }),

  endCoupon: ({ pick }, run) =>
    Effect.gen(function* () {
      const applied = mostly(yield* applications, pick, ({ status }) => status === "active")
      if (applied === undefined) return idle(run)
      yield* expecting(run, (yield* Coupons).removeApplied(applied.id), applied.status === "active" ? null : ["InvalidTransition"])
    }),

  wallet: ({ credits, days, priority, tens }, run) =>
    Effect.gen(function* () {
      const wallet = yield* (yield* Wallets).create({
        external_customer_id: "c",
        code: `w${run.counter++}`,
        priority,
        rate_amount: tens ? "10" : "1",
        granted_credits: `${credits}`,
        ...(days === null ? {} : { expiration_at: iso(run.model.now + days * 86_400_000) })
      })
      moved("a new wallet", 0n, BigInt(tens ? credits * 10 : credits), wallet.balance_cents)
    }),

  topUp: ({ bought, credits, pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick)
      if (wallet === undefined) return idle(run)
      const done = yield* expecting(
        run,
        (yield* Wallets).topUp({ id: wallet.id }, { credits: `${credits}`, kind: bought ? "purchased" : "granted" }),
        wallet.open ? null : ["InvalidTransition"]
      )
      if (done === undefined || bought) return
      moved("a top-up", wholeOf(wallet.balance), BigInt(credits) * wallet.rate, yield* balanceOf(wallet.id))
    }),

  voidCredits: ({ part, pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick, hasCredits)
      if (wallet === undefined) return idle(run)
      const credits = partOf(wallet.available / wallet.rate, part)
      const amount = credits * wallet.rate
      const expected = wallet.status !== "active" ? ["InvalidTransition"] : amount > wallet.available ? ["AmountExceedsBalance"] : null
      const done = yield* expecting(run, (yield* Wallets).voidCredits({ id: wallet.id }, { credits: `${credits}` }), expected)
      if (done !== undefined) moved("voided credits", wholeOf(wallet.balance), -amount, yield* balanceOf(wallet.id))
    }),

  transfer: ({ other, part, pick }, run) =>
    Effect.gen(function* () {
      const from = yield* someWallet(run, pick, hasCredits)
      const to = yield* someWallet(run, other, ({ id }) => id !== from?.id)
      if (from === undefined || to === undefined) return idle(run)
      const credits = partOf(from.available / from.rate, part)
      const amount = credits * from.rate
      const isPossible = from.id !== to.id && from.open && to.open && amount <= from.available
      const done = yield* expecting(
        run,
        (yield* Wallets).transfer({ from: from.id, to: to.id, credits: `${credits}` }),
        isPossible ? null : ["SameWallet", "InvalidTransition", "AmountExceedsBalance"]
      )
      if (done === undefined) return
      moved("a transfer, out", wholeOf(from.balance), -amount, yield* balanceOf(from.id))
      moved("a transfer, in", wholeOf(to.balance), amount, yield* balanceOf(to.id))
    }),

  endWallet: ({ pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick)
      if (wallet === undefined) return idle(run)
      const done = yield* expecting(
        run,
        (yield* Wallets).terminate({ id: wallet.id }),
        wallet.status === "active" ? null : ["InvalidTransition"]
      )
      if (done !== undefined) moved("an ended wallet", 0n, 0n, yield* balanceOf(wallet.id))
    }),

  rule: ({ credits, granted, isTarget, isThreshold, pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick)
      if (wallet === undefined) return idle(run)
      const fixed = granted ? { granted_credits: `${credits}` } : { paid_credits: `${credits}` }
      yield* expecting(
        run,
        (yield* WalletRules).create(wallet.id, {
          ...(isThreshold ? { trigger: "threshold", threshold_credits: "300" } : { trigger: "interval", interval: "monthly" }),
          ...(isTarget ? { method: "target", target_credits: `${500 + credits}`, grants: granted } : { method: "fixed", ...fixed })
        }),
        wallet.status === "active" ? null : ["InvalidTransition"]
      )
    }),

  endRule: ({ pick }, run) =>
    Effect.gen(function* () {
      const all = yield* rowsOf<{ id: string; wallet_id: string; status: string }>("wallet_rules", "id, wallet_id, status")
      const rule = mostly(all, pick, ({ status }) => status === "active")
      if (rule === undefined) return idle(run)
      const ended = rule.status !== "active"
      yield* expecting(run, (yield* WalletRules).terminate(rule.wallet_id, rule.id), ended ? ["InvalidTransition"] : null)
    }),

  runWallets: () => Effect.flatMap(Wallets, (service) => Effect.asVoid(service.runDue())),

  reserve: ({ part, pick, seconds }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick, hasCredits)
      if (wallet === undefined) return idle(run)
      const cents = partOf(wallet.available, part)
      yield* expecting(
        run,
        (yield* WalletHolds).reserve({ wallet_id: wallet.id, amount_cents: `${cents}`, expires_in_seconds: seconds }),
        !wallet.open ? ["InvalidTransition"] : cents > wallet.available ? ["AmountExceedsBalance"] : null
      )
    }),

  settleHold: ({ part, pick }, run) =>
    Effect.gen(function* () {
      const hold = yield* someHold(run, pick)
      if (hold === undefined) return idle(run)
      const amount = wholeOf(hold.amount)
      const cents = part === 3 ? 0n : partOf(amount, part)
      yield* expecting(
        run,
        (yield* WalletHolds).settle(hold.id, { amount_cents: `${cents}` }),
        !hold.open ? ["InvalidTransition"] : cents <= amount ? null : ["", "AmountExceedsBalance"]
      )
    }),

  releaseHold: ({ pick }, run) =>
    Effect.gen(function* () {
      const hold = yield* someHold(run, pick)
      if (hold === undefined) return idle(run)
      yield* expecting(run, (yield* WalletHolds).release(hold.id), hold.open ? null : ["", "InvalidTransition"])
    })
} satisfies { readonly [K in keyof Kinds]: (given: Kinds[K], run: Run) => Effect.Effect<void, unknown, unknown> }

const holds = rowsOf<{ id: string; status: string; amount: string; expires: unknown }>(
  "wallet_holds",
  "id, status, CAST(amount_cents AS TEXT) AS amount, expires_at AS expires"
)

const someHold = ({ model }: Run, index: number) =>
  Effect.map(holds, (all) => {
    const isOpen = (hold: (typeof all)[number]) => hold.status === "active" && millisOf(hold.expires) > model.now
    const hold = mostly(all, index, isOpen)
    return hold === undefined ? undefined : { ...hold, open: isOpen(hold) }
  })
