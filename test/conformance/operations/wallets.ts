/** Operations of wallets: what settles an invoice, lots, rates, rules, ongoing balances. */
import { type BillingInterval, unsafeLocalDate } from "../../../src/core/index.js"
import {
  creditsOf,
  creditsToMoney,
  ongoingBalances,
  ruleDays,
  ruleTopUp,
  settle,
  type TopUp,
  type WalletRuleTerms,
  type WalletStatus,
  withdraw
} from "../../../src/credits/index.js"
import type { Operations } from "../runner.js"
import { answered } from "./answered.js"
import { instantOf } from "./periods.js"

const instantOrNull = (text: string | undefined) => (text === undefined ? null : instantOf(text))

interface WalletCase {
  readonly id: string
  readonly balance_cents: string
  readonly currency: string
  readonly priority?: number
  readonly rate_amount?: string
  readonly expiration_at?: string
  readonly status?: WalletStatus
}

const walletOf = (wallet: WalletCase) => ({
  id: wallet.id,
  balance_cents: BigInt(wallet.balance_cents),
  currency: wallet.currency,
  priority: wallet.priority ?? 1,
  rate_amount: wallet.rate_amount ?? "1",
  expiration_at: instantOrNull(wallet.expiration_at),
  status: wallet.status ?? ("active" as const)
})

interface SettleCase {
  readonly at: string
  readonly currency: string
  readonly total_cents: string
  readonly credit_notes: ReadonlyArray<{
    readonly id: string
    readonly balance_amount_cents: string
    readonly currency: string
    readonly issued_at: string
  }>
  readonly wallets: ReadonlyArray<WalletCase>
}

const settled = ({ at, credit_notes, currency, total_cents, wallets }: SettleCase) => {
  const uses = settle(
    { currency, due_cents: BigInt(total_cents) },
    {
      credit_notes: credit_notes.map((note) => ({
        id: note.id,
        balance_amount_cents: BigInt(note.balance_amount_cents),
        currency: note.currency,
        issued_at: instantOf(note.issued_at)
      })),
      wallets: wallets.map(walletOf)
    },
    instantOf(at)
  )
  return {
    ...uses,
    credit_notes: uses.credit_notes.map((use) => ({ ...use, credit_note: use.credit_note.id })),
    wallets: uses.wallets.map((use) => ({ ...use, wallet: use.wallet.id }))
  }
}

interface LotsCase {
  readonly amount_cents: string
  readonly top_ups: ReadonlyArray<{ readonly id: string; readonly remaining_cents: string } & Pick<TopUp, "transaction_status">>
}

const lots = ({ amount_cents, top_ups }: LotsCase) =>
  answered(
    withdraw(
      BigInt(amount_cents),
      top_ups.map((top_up) => ({ ...top_up, remaining_cents: BigInt(top_up.remaining_cents) }))
    ),
    (taken) => ({ top_ups: taken.map((each) => ({ ...each, id: each.top_up.id })) })
  )

const money = ({ credits, rate_amount }: { readonly credits: string; readonly rate_amount: string }) =>
  answered(creditsToMoney(credits, rate_amount), (amount_cents) => ({ amount_cents, credits: creditsOf(amount_cents, rate_amount) }))

const ongoing = (input: {
  readonly currency: string
  readonly unbilled_usage_cents: string
  readonly draft_invoices_cents?: string
  readonly wallets: ReadonlyArray<WalletCase>
}) => {
  const wallets = input.wallets.map(walletOf)
  const balances = ongoingBalances(
    BigInt(input.unbilled_usage_cents) + BigInt(input.draft_invoices_cents ?? "0"),
    wallets.filter((wallet) => wallet.currency === input.currency)
  )
  return { wallets: wallets.map((wallet) => ({ id: wallet.id, ongoing_balance_cents: balances.get(wallet) ?? wallet.balance_cents })) }
}

interface RuleCase {
  readonly trigger: "interval" | "threshold"
  readonly method: "fixed" | "target"
  readonly threshold_credits?: string
  readonly interval?: BillingInterval
  readonly paid_credits?: string
  readonly granted_credits?: string
  readonly target_credits?: string
  readonly grants?: boolean
  readonly expiration_at?: string
}

const ruleOf = (rule: RuleCase): WalletRuleTerms => ({
  ...(rule.trigger === "interval"
    ? { trigger: "interval" as const, interval: rule.interval!, started_at: null }
    : { trigger: "threshold" as const, threshold_credits: rule.threshold_credits! }),
  ...(rule.method === "fixed"
    ? { method: "fixed" as const, paid_credits: rule.paid_credits ?? "0", granted_credits: rule.granted_credits ?? "0" }
    : { method: "target" as const, target_credits: rule.target_credits!, grants: rule.grants ?? false }),
  expiration_at: instantOrNull(rule.expiration_at)
})

const rule = (input: {
  readonly rule: RuleCase
  readonly ongoing_credits: string
  readonly pending_credits?: string
  readonly at?: string
}) => {
  const credits = { ongoing_credits: input.ongoing_credits, pending_credits: input.pending_credits ?? "0" }
  const topUp = ruleTopUp(ruleOf(input.rule), credits, instantOf(input.at ?? "2025-01-01T00:00:00Z"))
  return topUp === null ? { fires: false } : { fires: true, ...topUp }
}

const ruleDaysOf = (input: {
  readonly interval: BillingInterval
  readonly started_at?: string
  readonly wallet_created_at: string
  readonly timezone?: string
  readonly from: string
  readonly until: string
}) => ({
  days: ruleDays(
    {
      interval: input.interval,
      started_at: instantOrNull(input.started_at),
      wallet_created_at: instantOf(input.wallet_created_at),
      timezone: input.timezone ?? "UTC"
    },
    unsafeLocalDate(input.from),
    unsafeLocalDate(input.until)
  )
})

export const walletOperations: Operations = {
  credits_to_money: money,
  lots,
  ongoing,
  rule,
  rule_days: ruleDaysOf,
  settle: settled
}
