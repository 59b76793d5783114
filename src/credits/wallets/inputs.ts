/** What the methods of wallets take. Credits and rates are decimal texts. */
import { Schema } from "effect"
import { BillingInterval, Exact, Instant, LocalDate, listOf, orNull, pageFields, Text } from "../../core/index.js"
import { WalletStatus } from "../wallet.js"
import { WalletTransactionKind, WalletTransactionStatus, WalletTransactionType } from "./rows.js"

const canonical = (text: string): string => Exact.toText(Exact.unsafeFromText(text))

const decimal = (pattern: RegExp, message: string) =>
  Schema.String.pipe(Schema.pattern(pattern, { message: () => message }), (self) =>
    Schema.transform(self, Schema.String, { strict: true, decode: canonical, encode: (text) => text })
  )

const Credits = decimal(/^[0-9]{1,12}(?:\.[0-9]{1,4})?$/, "expected credits as decimal text with at most 4 decimals")

const Rate = decimal(/^(?=.*[1-9])[0-9]{1,8}(?:\.[0-9]{1,4})?$/, "expected minor units per credit above 0, at most 4 decimals, as text")

const Priority = Schema.Int.pipe(Schema.between(1, 50, { message: () => "expected 1 to 50" }))

/** When and by how much a wallet is topped up. `interval` and `threshold_credits`, `paid_credits`, `granted_credits` and `target_credits` as trigger and method say. */
export const NewRule = Schema.Struct({
  trigger: Schema.Literal("interval", "threshold"),
  interval: orNull(BillingInterval),
  threshold_credits: orNull(Credits),
  method: Schema.Literal("fixed", "target"),
  paid_credits: Schema.optionalWith(Credits, { default: () => "0" }),
  granted_credits: Schema.optionalWith(Credits, { default: () => "0" }),
  target_credits: orNull(Credits),
  grants: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  started_at: orNull(Instant),
  expiration_at: orNull(Instant)
}).pipe(
  Schema.filter((rule) => {
    const wrong = (path: string, message: string) => ({ path: [path], message })
    if (rule.trigger === "interval" && rule.interval === null) return wrong("interval", "expected an interval")
    if (rule.trigger === "threshold" && rule.threshold_credits === null) return wrong("threshold_credits", "expected credits")
    if (rule.method === "target" && rule.target_credits === null) return wrong("target_credits", "expected credits")
    if (rule.method === "fixed" && rule.paid_credits === "0" && rule.granted_credits === "0") {
      return wrong("paid_credits", "expected paid or granted credits above 0")
    }
    return undefined
  })
)
export type NewRuleInput = typeof NewRule.Encoded

export const CreateWallet = Schema.Struct({
  external_customer_id: Text.name(255),
  code: Text.name(255),
  /** The code unless given. */
  name: Schema.optional(Text.name(255)),
  /** The customer's unless given. */
  currency: Schema.optional(Schema.String),
  rate_amount: Schema.optionalWith(Rate, { default: () => "1" }),
  priority: Schema.optionalWith(Priority, { default: () => 1 }),
  expiration_at: orNull(Instant),
  granted_credits: Schema.optional(Credits),
  rules: Schema.optionalWith(listOf(NewRule, 100), { default: () => [] })
})
export type CreateWalletInput = typeof CreateWallet.Encoded

/** What is left out stays; a null expiry means none. Rate and currency are fixed. */
export const UpdateWallet = Schema.Struct({
  name: Schema.optional(Text.name(255)),
  priority: Schema.optional(Priority),
  expiration_at: Schema.optional(Schema.NullOr(Instant)),
  rate_amount: Schema.optional(Rate),
  currency: Schema.optional(Schema.String)
})
export type UpdateWalletInput = typeof UpdateWallet.Encoded

/** `kind`: granted unless given. */
export const TopUpWallet = Schema.Struct({
  credits: Credits,
  kind: Schema.optionalWith(Schema.Literal("granted", "purchased"), { default: () => "granted" as const })
})
export type TopUpInput = typeof TopUpWallet.Encoded

export const WalletCredits = Schema.Struct({ credits: Credits })
export type WalletCreditsInput = typeof WalletCredits.Encoded

/** `credits` are those of the wallet that gives. */
export const TransferCredits = Schema.Struct({ from: Schema.String, to: Schema.String, credits: Credits })
export type TransferInput = typeof TransferCredits.Encoded

export const ListWallets = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  status: Schema.optional(WalletStatus),
  currency: Schema.optional(Schema.String)
})
export type ListWalletsInput = typeof ListWallets.Encoded

export const ListTransactions = Schema.Struct({
  ...pageFields,
  wallet_id: Schema.optional(Schema.String),
  transaction_type: Schema.optional(WalletTransactionType),
  transaction_status: Schema.optional(WalletTransactionKind),
  status: Schema.optional(WalletTransactionStatus)
})
export type ListWalletTransactionsInput = typeof ListTransactions.Encoded

/** Local days of the customer, both counted, at most 366. */
export const TimelineInput = Schema.Struct({ from: LocalDate, until: LocalDate })
export type BalanceTimelineInput = typeof TimelineInput.Encoded

/** The days before now that are averaged; 30 unless given. */
export const ForecastInput = Schema.Struct({
  days: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 3650)), { default: () => 30 })
})
export type DepletionForecastInput = typeof ForecastInput.Encoded
