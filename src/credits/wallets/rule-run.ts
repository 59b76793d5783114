/** The job of wallets: ends those whose expiry has come, then tops up by the rules that are due, by date each missed day once, by balance once. */
import { Array as Arr, DateTime, Effect } from "effect"
import type { Customer, CustomerStore } from "../../accounts/index.js"
import { addDays, Exact, type LocalDate, localDate, type UnitOfWork } from "../../core/index.js"
import { canPay, creditsOf, ongoingBalances } from "../wallet.js"
import { type RuleCredits, type RuleTopUp, ruleDays, ruleTopUp, type WalletRuleTerms } from "../wallet-rule.js"
import type { CreditsIn, Desk } from "./desk.js"
import type { OpenAmount, OpenAmounts } from "./ports.js"
import type { Wallet, WalletRule } from "./rows.js"
import type { WalletStore } from "./store.js"

/** What a run did. */
export interface WalletRun {
  readonly terminated: number
  readonly topped_up: number
}

export interface RuleRunServices {
  readonly store: typeof WalletStore.Service
  readonly customers: typeof CustomerStore.Service
  readonly open: typeof OpenAmounts.Service
  readonly unit: UnitOfWork
  readonly desk: Desk
}

const PAGE = 250

/** A rule as its arithmetic takes it; the table's checks keep what its trigger and method need. */
const termsOfRule = (rule: WalletRule): WalletRuleTerms => ({
  ...(rule.trigger === "interval"
    ? { trigger: rule.trigger, interval: rule.interval!, started_at: rule.started_at }
    : { trigger: rule.trigger, threshold_credits: rule.threshold_credits! }),
  ...(rule.method === "fixed"
    ? { method: rule.method, paid_credits: rule.paid_credits, granted_credits: rule.granted_credits }
    : { method: rule.method, target_credits: rule.target_credits!, grants: rule.grants }),
  expiration_at: rule.expiration_at
})

/** The days on which a rule is due: the missed ones and today's; of a rule by balance null, once. */
const dueDays = (rule: WalletRule, wallet: Wallet, timezone: string, now: DateTime.Utc): ReadonlyArray<LocalDate | null> =>
  rule.status !== "active"
    ? []
    : rule.trigger === "threshold"
      ? [null]
      : ruleDays(
          { interval: rule.interval!, started_at: rule.started_at, wallet_created_at: wallet.created_at, timezone },
          addDays(rule.done_until as LocalDate, 1),
          localDate(now, timezone)
        )

/** What a wallet's balance comes to once what is open is paid, in minor units. */
export const ongoingOf = (wallet: Wallet, family: ReadonlyArray<Wallet>, open: OpenAmount, now: DateTime.Utc): bigint => {
  const running = family.filter((one) => canPay(one, wallet.currency, now))
  const ongoing = ongoingBalances(open(wallet.customer_id, wallet.currency), running)
  return running.flatMap((one) => (one.id === wallet.id ? [ongoing.get(one)!] : []))[0] ?? wallet.balance_cents
}

const sumOf = (transactions: ReadonlyArray<{ readonly amount: bigint }>): bigint =>
  transactions.reduce((sum, { amount }) => sum + amount, 0n)

/** What rules look at. Of the wallet itself the row given counts, of the others those of the family. */
const figuresOf = (
  wallet: Wallet,
  family: ReadonlyArray<Wallet>,
  pending_cents: bigint,
  open: OpenAmount,
  now: DateTime.Utc
): RuleCredits => ({
  ongoing_credits: creditsOf(
    ongoingOf(
      wallet,
      family.map((one) => (one.id === wallet.id ? wallet : one)),
      open,
      now
    ),
    wallet.rate_amount
  ),
  pending_credits: creditsOf(pending_cents, wallet.rate_amount)
})

const creditsIn = ({ granted_credits, paid_credits }: RuleTopUp, rule: WalletRule, rule_day: string | null): ReadonlyArray<CreditsIn> => {
  const of = { source: rule.trigger, rule_id: rule.id, rule_day } as const
  const isThere = (credits: string) => !Exact.isZero(Exact.unsafeFromText(credits))
  return [
    ...(isThere(granted_credits) ? [{ ...of, kind: "granted" as const, credits: granted_credits }] : []),
    ...(isThere(paid_credits) ? [{ ...of, kind: "purchased" as const, credits: paid_credits }] : [])
  ]
}

export const ruleRun = ({ customers, desk, open, store, unit }: RuleRunServices) => {
  const endExpired = Effect.fnUntraced(function* (now: DateTime.Utc) {
    let terminated = 0
    for (let ids = yield* store.expired(now, PAGE); ids.length > 0; ids = yield* store.expired(now, PAGE)) {
      for (const id of ids) {
        yield* unit.transaction(
          Effect.gen(function* () {
            const [account] = yield* store.lock([id], now)
            // Somebody else may have ended it, or moved its expiry, meanwhile.
            const { expiration_at, status } = account!.wallet
            if (status !== "active" || expiration_at === null || DateTime.greaterThan(expiration_at, now)) return
            yield* desk.end(account!, now)
            terminated += 1
          })
        )
      }
    }
    return terminated
  })

  /** The rules of one wallet, under its lock; answers how often it was topped up. */
  const applyRules = Effect.fnUntraced(function* (id: string, customer: Customer, openAmount: OpenAmount, now: DateTime.Utc) {
    let [account] = yield* store.lock([id], now)
    if (account!.wallet.status !== "active") return 0
    const family = yield* store.ofCustomers([customer.id])
    let pending_cents = sumOf(yield* store.pending({ wallet_ids: [id] }))
    let topped_up = 0
    const looked: Array<WalletRule> = []
    for (const rule of yield* store.rulesOf([id])) {
      for (const day of dueDays(rule, account!.wallet, customer.timezone, now)) {
        const due = ruleTopUp(termsOfRule(rule), figuresOf(account!.wallet, family, pending_cents, openAmount, now), now)
        for (const credits of due === null ? [] : creditsIn(due, rule, day)) {
          // What is worth less than a minor unit is not topped up with.
          const moved = yield* Effect.catchTag(desk.topUp(account!, customer, credits, now), "InvalidInput", () => Effect.succeed(null))
          if (moved === null) continue
          account = moved.account
          if (moved.transaction.status === "pending") pending_cents += moved.transaction.amount
          topped_up += 1
        }
      }
      if (rule.trigger === "interval") looked.push({ ...rule, done_until: localDate(now, customer.timezone), updated_at: now })
    }
    yield* store.saveRules(looked)
    return topped_up
  })

  /** Of a page of wallets, those with a rule that is due by what is read without locks. */
  const dueOf = Effect.fnUntraced(function* (wallets: ReadonlyArray<Wallet>, now: DateTime.Utc) {
    const ids = wallets.map(({ id }) => id)
    const owners = [...new Set(wallets.map((wallet) => wallet.customer_id))]
    const byId = new Map((yield* customers.load(owners)).map((customer) => [customer.id as string, customer]))
    const rules = Arr.groupBy(
      (yield* store.rulesOf(ids)).filter(({ status }) => status === "active"),
      (rule) => rule.wallet_id
    )
    const families = Arr.groupBy(yield* store.ofCustomers(owners), (wallet) => wallet.customer_id)
    const pending = Arr.groupBy(yield* store.pending({ wallet_ids: ids }), (transaction) => transaction.wallet_id)
    const openAmount = yield* open.load(owners, now)
    return wallets.flatMap((wallet) => {
      const customer = byId.get(wallet.customer_id)!
      const figures = figuresOf(wallet, families[wallet.customer_id] ?? [], sumOf(pending[wallet.id] ?? []), openAmount, now)
      const isDue = (rule: WalletRule): boolean =>
        rule.trigger === "interval"
          ? dueDays(rule, wallet, customer.timezone, now).length > 0
          : ruleTopUp(termsOfRule(rule), figures, now) !== null
      return (rules[wallet.id] ?? []).some(isDue) ? [{ wallet, customer, openAmount }] : []
    })
  })

  const topUpDue = Effect.fnUntraced(function* (now: DateTime.Utc) {
    let topped_up = 0
    let after: string | null = null
    while (true) {
      const wallets: ReadonlyArray<Wallet> = yield* store.ruled(after, PAGE)
      for (const { customer, openAmount, wallet } of yield* dueOf(wallets, now)) {
        topped_up += yield* unit.transaction(applyRules(wallet.id, customer, openAmount, now))
      }
      if (wallets.length < PAGE) return topped_up
      after = wallets[wallets.length - 1]!.id
    }
  })

  return Effect.fnUntraced(function* (now: DateTime.Utc) {
    const terminated = yield* endExpired(now)
    return { terminated, topped_up: yield* topUpDue(now) } satisfies WalletRun
  })
}
