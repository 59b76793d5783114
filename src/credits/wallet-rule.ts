/** Rules that top wallets up: on which days or at which balance, and with how many credits (invoicing 18). Pure. */
import { DateTime } from "effect"
import { type BillingInterval, type BoundaryRule, boundaryDay, Exact, type LocalDate, localDate, periodNumber } from "../core/index.js"

/** When a rule tops up: on days, or when the ongoing credits and the unpaid purchases are at or below a limit. */
type RuleTrigger =
  | { readonly trigger: "interval"; readonly interval: BillingInterval; readonly started_at: DateTime.Utc | null }
  | { readonly trigger: "threshold"; readonly threshold_credits: string }

/** By how much: bought and granted credits, or what is missing to a target, bought unless the rule grants. */
type RuleMethod =
  | { readonly method: "fixed"; readonly paid_credits: string; readonly granted_credits: string }
  | { readonly method: "target"; readonly target_credits: string; readonly grants: boolean }

/** A rule of a wallet; credits are decimal texts ≥ 0. */
export type WalletRuleTerms = RuleTrigger & RuleMethod & { readonly expiration_at: DateTime.Utc | null }

/** A wallet's credits as rules see them: ongoing ones (may be negative) and those bought and not yet paid. */
export interface RuleCredits {
  readonly ongoing_credits: string
  readonly pending_credits: string
}

/** What a rule tops up with, as decimal texts. */
export interface RuleTopUp {
  readonly paid_credits: string
  readonly granted_credits: string
}

/** The smallest whole number of purchases, one at least, that lifts `from` above `limit`; `each` above 0. */
const purchasesAbove = (from: Exact.Exact, limit: Exact.Exact, each: Exact.Exact): Exact.Exact =>
  Exact.max(Exact.one, Exact.add(Exact.floor(Exact.divide(Exact.subtract(limit, from), each)), Exact.one))

const topUp = (paid: Exact.Exact, granted: Exact.Exact): RuleTopUp | null =>
  Exact.isZero(paid) && Exact.isZero(granted) ? null : { paid_credits: Exact.toText(paid), granted_credits: Exact.toText(granted) }

const fixedTopUp = (rule: RuleTrigger & Extract<RuleMethod, { readonly method: "fixed" }>, available: Exact.Exact): RuleTopUp | null => {
  const paid = Exact.unsafeFromText(rule.paid_credits)
  const granted = Exact.unsafeFromText(rule.granted_credits)
  if (rule.trigger === "interval" || Exact.isZero(paid)) return topUp(paid, granted)
  const purchases = purchasesAbove(Exact.add(available, granted), Exact.unsafeFromText(rule.threshold_credits), paid)
  return topUp(Exact.multiply(paid, purchases), granted)
}

const targetTopUp = (rule: Extract<RuleMethod, { readonly method: "target" }>, available: Exact.Exact): RuleTopUp | null => {
  const missing = Exact.max(Exact.zero, Exact.subtract(Exact.unsafeFromText(rule.target_credits), available))
  return rule.grants ? topUp(Exact.zero, missing) : topUp(missing, Exact.zero)
}

/**
 * What a rule tops up with at `at`; null where it does not. Of an interval rule `at` is one of its days.
 *
 * A threshold rule with fixed credits buys them as many times, once at least, as lifts ongoing, pending and granted credits
 * above its limit; a target counts ongoing and pending ones. From its own expiry on a rule is silent.
 *
 * @see invoicing 18
 */
export const ruleTopUp = (rule: WalletRuleTerms, { ongoing_credits, pending_credits }: RuleCredits, at: DateTime.Utc): RuleTopUp | null => {
  if (rule.expiration_at !== null && DateTime.greaterThanOrEqualTo(at, rule.expiration_at)) return null
  const available = Exact.add(Exact.unsafeFromText(ongoing_credits), Exact.unsafeFromText(pending_credits))
  if (rule.trigger === "threshold" && Exact.compare(available, Exact.unsafeFromText(rule.threshold_credits)) > 0) return null
  return rule.method === "fixed" ? fixedTopUp(rule, available) : targetTopUp(rule, available)
}

/** An interval rule's days, in the customer's zone. */
export interface RuleCalendar {
  readonly interval: BillingInterval
  /** Null: the days are counted from the day on which the wallet was made. */
  readonly started_at: DateTime.Utc | null
  readonly wallet_created_at: DateTime.Utc
  readonly timezone: string
}

/**
 * The days on which an interval rule tops up, from `from` to `until`, both counted: its start and each interval after it,
 * clamped to the month's length, after the day on which the wallet was made.
 *
 * @see invoicing 18; decisions S1
 */
export const ruleDays = (calendar: RuleCalendar, from: LocalDate, until: LocalDate): ReadonlyArray<LocalDate> => {
  const made = localDate(calendar.wallet_created_at, calendar.timezone)
  const anchor = calendar.started_at === null ? made : localDate(calendar.started_at, calendar.timezone)
  const rule: BoundaryRule = { interval: calendar.interval, billing_time: "anniversary", anchor }
  const days: Array<LocalDate> = []
  for (let n = Math.max(0, periodNumber(rule, from)); boundaryDay(rule, n) <= until; n++) {
    const day = boundaryDay(rule, n)
    if (day >= from && day > made) days.push(day)
  }
  return days
}
