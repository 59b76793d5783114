/** The tables of wallets, described once for both engines. */
import { table } from "../table.js"

export const walletsTable = table("wallets", {
  id: "uuid",
  organization_id: "uuid",
  customer_id: "uuid",
  name: "text",
  code: "text",
  status: "text",
  balance_cents: "money",
  credits_balance: "decimal",
  consumed_amount_cents: "money",
  consumed_credits: "decimal",
  held_cents: "money",
  undrawn_cents: "money",
  rate_amount: "decimal",
  currency: "text",
  expiration_at: "instant",
  priority: "integer",
  terminated_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const walletTransactionsTable = table("wallet_transactions", {
  id: "uuid",
  organization_id: "uuid",
  wallet_id: "uuid",
  customer_id: "uuid",
  transaction_type: "text",
  transaction_status: "text",
  source: "text",
  status: "text",
  amount: "money",
  credit_amount: "decimal",
  remaining_cents: "money",
  invoice_id: "uuid",
  hold_id: "uuid",
  credit_note_id: "uuid",
  transfer_id: "uuid",
  rule_id: "uuid",
  rule_day: "date",
  settled_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const walletRulesTable = table("wallet_rules", {
  id: "uuid",
  organization_id: "uuid",
  wallet_id: "uuid",
  trigger: "text",
  interval: "text",
  threshold_credits: "decimal",
  method: "text",
  paid_credits: "decimal",
  granted_credits: "decimal",
  target_credits: "decimal",
  grants: "boolean",
  started_at: "instant",
  expiration_at: "instant",
  status: "text",
  done_until: "date",
  created_at: "instant",
  updated_at: "instant"
})

export const walletHoldsTable = table("wallet_holds", {
  id: "uuid",
  organization_id: "uuid",
  wallet_id: "uuid",
  status: "text",
  amount_cents: "money",
  settled_cents: "money",
  reference: "text",
  expires_at: "instant",
  ended_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})
