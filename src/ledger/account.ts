/** The chart of accounts: a closed list. What each is for, and on which side it grows, stands here and in docs/ledger.md. */
import { Schema } from "effect"

/** `contra_revenue` takes off revenue; `clearing` accounts come back to 0 by themselves. */
export type LedgerAccountType = "asset" | "liability" | "revenue" | "contra_revenue" | "clearing"

export const LedgerAccount = Schema.Literal(
  /** What customers owe on final invoices. */
  "accounts_receivable",
  /** What customers paid, by whatever way. */
  "cash",
  /** What invoices bill, and what settled holds took of wallets. */
  "revenue",
  /** Coupons. */
  "discounts",
  /** What credit notes give back of it, net. */
  "sales_returns",
  /** Wallet credits that cost the customer nothing. */
  "promotional_credits",
  /** Wallet credits that nobody will use: voided, expired. */
  "breakage",
  /** Tax on invoices less tax on credit notes. */
  "tax_payable",
  /** What wallets hold: paid or granted, not used. */
  "wallet_liability",
  /** Wallet credits that were sold and are not in the wallet: not paid yet, or to be refunded. */
  "wallet_purchases",
  /** Between two wallets of a transfer. */
  "wallet_transfers",
  /** The balances of credit notes. */
  "customer_credits",
  /** What credit notes return in money, not returned yet. */
  "refunds_payable",
  /** Of payments, what settles no invoice. */
  "unapplied_payments"
)
export type LedgerAccount = typeof LedgerAccount.Type

export const chartOfAccounts: Readonly<
  Record<LedgerAccount, { readonly type: LedgerAccountType; readonly normal_side: "debit" | "credit" }>
> = {
  accounts_receivable: { type: "asset", normal_side: "debit" },
  cash: { type: "asset", normal_side: "debit" },
  revenue: { type: "revenue", normal_side: "credit" },
  discounts: { type: "contra_revenue", normal_side: "debit" },
  sales_returns: { type: "contra_revenue", normal_side: "debit" },
  promotional_credits: { type: "contra_revenue", normal_side: "debit" },
  breakage: { type: "revenue", normal_side: "credit" },
  tax_payable: { type: "liability", normal_side: "credit" },
  wallet_liability: { type: "liability", normal_side: "credit" },
  wallet_purchases: { type: "liability", normal_side: "credit" },
  wallet_transfers: { type: "clearing", normal_side: "debit" },
  customer_credits: { type: "liability", normal_side: "credit" },
  refunds_payable: { type: "liability", normal_side: "credit" },
  unapplied_payments: { type: "liability", normal_side: "credit" }
}

/** A balance of debits less credits, as it reads on the side on which the account grows. */
export const onNormalSide = (account: LedgerAccount, debits_less_credits: bigint): bigint =>
  chartOfAccounts[account].normal_side === "debit" ? debits_less_credits : -debits_less_credits
