/** Commands about coupons and wallets: their credits, rules and holds. */
import { Effect } from "effect"
import fc from "fast-check"
import { Coupons, WalletHolds, WalletRules, Wallets } from "../../../src/credits/index.js"
import { expecting, idle, iso, millisOf, mostly, pick, type Run, rowsOf, Surprise } from "../performing.js"

/** Coupons of the set-up; a coupon that is used once is spent by its first invoice. */
const COUPONS = ["tenth", "fixed", "welcome", "twice"] as const

export const kinds = {
  coupon: fc.record({ pick }),
  endCoupon: fc.record({ pick }),
  wallet: fc.record({
    credits: fc.integer({ min: 1, max: 2000 }),
    priority: fc.integer({ min: 1, max: 3 }),
    tens: fc.boolean(),
    days: fc.option(fc.integer({ min: 1, max: 200 }), { nil: null, freq: 3 })
  }),
  topUp: fc.record({ pick, credits: fc.integer({ min: 1, max: 2000 }), bought: fc.boolean() }),
  voidCredits: fc.record({ pick, credits: fc.integer({ min: 1, max: 500 }) }),
  transfer: fc.record({ pick, other: pick, credits: fc.integer({ min: 1, max: 800 }) }),
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
  reserve: fc.record({ pick, cents: fc.integer({ min: 1, max: 800 }) }),
  settleHold: fc.record({ pick, cents: fc.nat({ max: 900 }) }),
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

const whole = (text: string): bigint => BigInt(text.replace(/\..*$/, ""))

const isOpen = ({ expires, status }: WalletRow, { model }: Run): boolean =>
  status === "active" && (expires === null || millisOf(expires) > model.now)

/** A wallet with what it has available; mostly one that takes and gives credits. */
const someWallet = (run: Run, index: number) =>
  Effect.map(wallets, (all) => {
    const wallet = mostly(all, index, (one) => isOpen(one, run))
    return wallet === undefined
      ? undefined
      : { ...wallet, open: isOpen(wallet, run), rate: whole(wallet.rate), available: whole(wallet.balance) - whole(wallet.held) }
  })

const balanceOf = (id: string) => Effect.map(wallets, (all) => whole(all.find((wallet) => wallet.id === id)!.balance))

/** What a movement is to have changed a balance by. */
const moved = (what: string, before: bigint, by: bigint, after: bigint): void => {
  if (after !== before + by) throw new Surprise(`${what}: a balance of ${before} became ${after}, expected ${before + by}`)
}

export const perform = {
  coupon: ({ pick }, run) =>
    Effect.gen(function* () {
      const input = { coupon_code: COUPONS[pick % COUPONS.length]!, external_customer_id: "c" }
      yield* expecting(run, (yield* Coupons).apply(input), ["", "CouponAlreadyApplied", "CouponAlreadyUsed"])
    }),

  endCoupon: ({ pick }, run) =>
    Effect.gen(function* () {
      const all = yield* rowsOf<{ id: string; status: string }>("applied_coupons", "id, status")
      const applied = mostly(all, pick, ({ status }) => status === "active")
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
      moved("a top-up", whole(wallet.balance), BigInt(credits) * wallet.rate, yield* balanceOf(wallet.id))
    }),

  voidCredits: ({ credits, pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick)
      if (wallet === undefined) return idle(run)
      const amount = BigInt(credits) * wallet.rate
      const expected = wallet.status !== "active" ? ["InvalidTransition"] : amount > wallet.available ? ["AmountExceedsBalance"] : null
      const done = yield* expecting(run, (yield* Wallets).voidCredits({ id: wallet.id }, { credits: `${credits}` }), expected)
      if (done !== undefined) moved("voided credits", whole(wallet.balance), -amount, yield* balanceOf(wallet.id))
    }),

  transfer: ({ credits, other, pick }, run) =>
    Effect.gen(function* () {
      const from = yield* someWallet(run, pick)
      const to = yield* someWallet(run, other)
      if (from === undefined || to === undefined) return idle(run)
      const amount = BigInt(credits) * from.rate
      const isPossible = from.id !== to.id && from.open && to.open && amount <= from.available
      const done = yield* expecting(
        run,
        (yield* Wallets).transfer({ from: from.id, to: to.id, credits: `${credits}` }),
        isPossible ? null : ["SameWallet", "InvalidTransition", "AmountExceedsBalance"]
      )
      if (done === undefined) return
      moved("a transfer, out", whole(from.balance), -amount, yield* balanceOf(from.id))
      moved("a transfer, in", whole(to.balance), amount, yield* balanceOf(to.id))
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

  reserve: ({ cents, pick }, run) =>
    Effect.gen(function* () {
      const wallet = yield* someWallet(run, pick)
      if (wallet === undefined) return idle(run)
      const { available_cents } = yield* (yield* Wallets).balances({ id: wallet.id })
      const refused = !wallet.open ? ["InvalidTransition"] : BigInt(cents) > available_cents ? ["AmountExceedsBalance"] : null
      yield* expecting(
        run,
        (yield* WalletHolds).reserve({ wallet_id: wallet.id, amount_cents: `${cents}`, expires_in_seconds: 80_000 }),
        refused
      )
    }),

  settleHold: ({ cents, pick }, run) =>
    Effect.gen(function* () {
      const hold = yield* someHold(run, pick)
      if (hold === undefined) return idle(run)
      yield* expecting(
        run,
        (yield* WalletHolds).settle(hold.id, { amount_cents: `${cents}` }),
        !hold.open ? ["InvalidTransition"] : BigInt(cents) <= whole(hold.amount) ? null : ["", "AmountExceedsBalance"]
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
