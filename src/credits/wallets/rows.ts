/** Wallets, their movements and the rules that top them up, as they are kept. Money is the truth; credits are shown. */
import { Schema } from "effect"
import { BillingInterval, brandedId, CurrencyCode, Instant, OrganizationId } from "../../core/index.js"
import { WalletStatus } from "../wallet.js"

export const WalletId = brandedId("WalletId")
export type WalletId = typeof WalletId.Type

export const WalletTransactionId = brandedId("WalletTransactionId")
export type WalletTransactionId = typeof WalletTransactionId.Type

export const WalletRuleId = brandedId("WalletRuleId")
export type WalletRuleId = typeof WalletRuleId.Type

/** A customer's prepaid credits. `*_cents` are whole minor units of `currency`, credits decimal texts of at most 4 decimals. */
export const Wallet = Schema.Struct({
  id: WalletId,
  organization_id: OrganizationId,
  customer_id: Schema.String,
  name: Schema.String,
  /** Unique for its customer. */
  code: Schema.String,
  status: WalletStatus,
  balance_cents: Schema.BigIntFromSelf,
  credits_balance: Schema.String,
  /** What invoices and settled holds have used. */
  consumed_amount_cents: Schema.BigIntFromSelf,
  consumed_credits: Schema.String,
  /** Of the balance, what holds set aside. */
  held_cents: Schema.BigIntFromSelf,
  /** Taken out already, but of no top-up yet: see `WalletAccount`. */
  undrawn_cents: Schema.BigIntFromSelf,
  /** Minor units per credit (I10). */
  rate_amount: Schema.String,
  currency: CurrencyCode,
  expiration_at: Schema.NullOr(Instant),
  /** 1 to 50; the lower ones pay first. */
  priority: Schema.Int,
  terminated_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type Wallet = typeof Wallet.Type

export const WalletTransactionType = Schema.Literal("inbound", "outbound")
export type WalletTransactionType = typeof WalletTransactionType.Type

/** In: granted or purchased. Out: invoiced (used) or voided; what moves between wallets is granted on both sides. */
export const WalletTransactionKind = Schema.Literal("granted", "purchased", "voided", "invoiced")
export type WalletTransactionKind = typeof WalletTransactionKind.Type

const WalletTransactionSource = Schema.Literal("manual", "interval", "threshold")

/** A purchase is pending until its invoice is paid, failed when that is voided; everything else is settled at once. */
export const WalletTransactionStatus = Schema.Literal("pending", "settled", "failed")
export type WalletTransactionStatus = typeof WalletTransactionStatus.Type

/** One movement of a wallet: `amount` in minor units, `credit_amount` the difference of the credits before and after it. */
export const WalletTransaction = Schema.Struct({
  id: WalletTransactionId,
  organization_id: OrganizationId,
  wallet_id: Schema.String,
  customer_id: Schema.String,
  transaction_type: WalletTransactionType,
  transaction_status: WalletTransactionKind,
  source: WalletTransactionSource,
  status: WalletTransactionStatus,
  amount: Schema.BigIntFromSelf,
  credit_amount: Schema.String,
  /** Of a settled inbound one, what nothing has drawn yet; else 0. */
  remaining_cents: Schema.BigIntFromSelf,
  /** The invoice that it pays, by which it is bought, or by whose void it comes back. */
  invoice_id: Schema.NullOr(Schema.String),
  /** The hold that it settles. */
  hold_id: Schema.NullOr(Schema.String),
  /** The credit note that gives it back. */
  credit_note_id: Schema.NullOr(Schema.String),
  /** Shared by the two sides of a transfer. */
  transfer_id: Schema.NullOr(Schema.String),
  /** The rule that made it, and its day where that is one of dates. */
  rule_id: Schema.NullOr(Schema.String),
  rule_day: Schema.NullOr(Schema.String),
  settled_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type WalletTransaction = typeof WalletTransaction.Type

const WalletRuleStatus = Schema.Literal("active", "terminated")

/** When and by how much a wallet is topped up; credits are decimal texts. */
export const WalletRule = Schema.Struct({
  id: WalletRuleId,
  organization_id: OrganizationId,
  wallet_id: Schema.String,
  trigger: Schema.Literal("interval", "threshold"),
  interval: Schema.NullOr(BillingInterval),
  threshold_credits: Schema.NullOr(Schema.String),
  method: Schema.Literal("fixed", "target"),
  paid_credits: Schema.String,
  granted_credits: Schema.String,
  target_credits: Schema.NullOr(Schema.String),
  /** Whether a target is reached by granted credits; bought ones otherwise. */
  grants: Schema.Boolean,
  started_at: Schema.NullOr(Instant),
  expiration_at: Schema.NullOr(Instant),
  status: WalletRuleStatus,
  /** Of an interval rule, the last local day that was looked at. */
  done_until: Schema.String,
  created_at: Instant,
  updated_at: Instant
})
export type WalletRule = typeof WalletRule.Type
