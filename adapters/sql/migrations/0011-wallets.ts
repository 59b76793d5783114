/** Wallets with their movements, holds and rules. */
import type { Migration } from "../migration.js"
import { walletFunctions } from "./wallet-functions.js"

/** What may change on a movement: a pending one ends, and what is left of an inbound one is drawn. */
const FROZEN_TRANSACTION = [
  "wallet_id",
  "customer_id",
  "transaction_type",
  "transaction_status",
  "source",
  "amount",
  "invoice_id",
  "hold_id",
  "created_at"
]
  .map((column) => `NEW.${column} IS DISTINCT FROM OLD.${column}`)
  .join(" OR ")

export const wallets: Migration = {
  id: 11,
  name: "wallets",
  statements: (dialect) => [
    `CREATE TABLE wallets (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      name {text} NOT NULL,
      code {text} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('active', 'terminated')),
      balance_cents {money} NOT NULL CHECK (balance_cents >= 0),
      credits_balance {decimal} NOT NULL,
      consumed_amount_cents {money} NOT NULL CHECK (consumed_amount_cents >= 0),
      consumed_credits {decimal} NOT NULL,
      held_cents {money} NOT NULL CHECK (held_cents >= 0),
      undrawn_cents {money} NOT NULL CHECK (undrawn_cents >= 0),
      rate_amount {decimal} NOT NULL,
      currency {text} NOT NULL,
      expiration_at {instant},
      priority {integer} NOT NULL CHECK (priority BETWEEN 1 AND 50),
      terminated_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT wallets_code UNIQUE (customer_id, code, organization_id),
      CONSTRAINT wallets_held CHECK (held_cents <= balance_cents),
      CONSTRAINT wallets_terminated CHECK ((terminated_at IS NULL) = (status = 'active')),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
    ){table}`,
    `CREATE INDEX wallets_expiry ON wallets (organization_id, expiration_at) WHERE status = 'active' AND expiration_at IS NOT NULL`,
    `CREATE TABLE wallet_holds (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      wallet_id {uuid} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('active', 'settled', 'released', 'expired')),
      amount_cents {money} NOT NULL CHECK (amount_cents > 0),
      settled_cents {money} NOT NULL CHECK (settled_cents >= 0),
      reference {text},
      expires_at {instant} NOT NULL,
      ended_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT wallet_holds_ended CHECK ((ended_at IS NULL) = (status = 'active')),
      CONSTRAINT wallet_holds_settled CHECK (settled_cents = 0 OR status = 'settled'),
      FOREIGN KEY (organization_id, wallet_id) REFERENCES wallets (organization_id, id)
    ){table}`,
    `CREATE INDEX wallet_holds_active ON wallet_holds (organization_id, wallet_id, expires_at) WHERE status = 'active'`,
    `CREATE TABLE wallet_rules (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      wallet_id {uuid} NOT NULL,
      trigger {text} NOT NULL CHECK (trigger IN ('interval', 'threshold')),
      interval {text} CHECK (interval IN ('weekly', 'monthly', 'quarterly', 'semiannual', 'yearly')),
      threshold_credits {decimal},
      method {text} NOT NULL CHECK (method IN ('fixed', 'target')),
      paid_credits {decimal} NOT NULL,
      granted_credits {decimal} NOT NULL,
      target_credits {decimal},
      grants {boolean} NOT NULL,
      started_at {instant},
      expiration_at {instant},
      status {text} NOT NULL CHECK (status IN ('active', 'terminated')),
      done_until {date} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT wallet_rules_trigger CHECK ((trigger = 'interval' AND interval IS NOT NULL) OR (trigger = 'threshold' AND threshold_credits IS NOT NULL)),
      CONSTRAINT wallet_rules_method CHECK (method = 'fixed' OR target_credits IS NOT NULL),
      FOREIGN KEY (organization_id, wallet_id) REFERENCES wallets (organization_id, id)
    ){table}`,
    `CREATE INDEX wallet_rules_wallet ON wallet_rules (organization_id, wallet_id)`,
    `CREATE TABLE wallet_transactions (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      wallet_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      transaction_type {text} NOT NULL CHECK (transaction_type IN ('inbound', 'outbound')),
      transaction_status {text} NOT NULL CHECK (transaction_status IN ('granted', 'purchased', 'voided', 'invoiced')),
      source {text} NOT NULL CHECK (source IN ('manual', 'interval', 'threshold')),
      status {text} NOT NULL CHECK (status IN ('pending', 'settled', 'failed')),
      amount {money} NOT NULL CHECK (amount > 0),
      credit_amount {decimal} NOT NULL,
      remaining_cents {money} NOT NULL CHECK (remaining_cents >= 0),
      invoice_id {uuid},
      hold_id {uuid},
      credit_note_id {uuid},
      transfer_id {uuid},
      rule_id {uuid},
      rule_day {date},
      settled_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT wallet_transactions_remaining CHECK (remaining_cents <= amount AND (remaining_cents = 0 OR (transaction_type = 'inbound' AND status = 'settled'))),
      CONSTRAINT wallet_transactions_settled CHECK ((settled_at IS NOT NULL) = (status = 'settled')),
      CONSTRAINT wallet_transactions_pending CHECK (status = 'settled' OR transaction_status = 'purchased'),
      FOREIGN KEY (organization_id, wallet_id) REFERENCES wallets (organization_id, id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
      FOREIGN KEY (organization_id, hold_id) REFERENCES wallet_holds (organization_id, id),
      FOREIGN KEY (organization_id, credit_note_id) REFERENCES credit_notes (organization_id, id),
      FOREIGN KEY (organization_id, rule_id) REFERENCES wallet_rules (organization_id, id)
    ){table}`,
    `CREATE INDEX wallet_transactions_wallet ON wallet_transactions (organization_id, wallet_id, settled_at)`,
    `CREATE INDEX wallet_transactions_open ON wallet_transactions (organization_id, wallet_id) WHERE remaining_cents > 0`,
    `CREATE INDEX wallet_transactions_pending ON wallet_transactions (organization_id, wallet_id) WHERE status = 'pending'`,
    `CREATE INDEX wallet_transactions_invoice ON wallet_transactions (organization_id, invoice_id) WHERE invoice_id IS NOT NULL`,
    `CREATE UNIQUE INDEX wallet_transactions_rule_once ON wallet_transactions (organization_id, rule_id, rule_day, transaction_status)
      WHERE rule_day IS NOT NULL`,
    `CREATE UNIQUE INDEX wallet_transactions_hold_once ON wallet_transactions (organization_id, hold_id) WHERE hold_id IS NOT NULL`,
    ...dialect.refuse({
      name: "wallet_transactions_frozen",
      table: "wallet_transactions",
      before: "UPDATE",
      when: `${FROZEN_TRANSACTION} OR (OLD.status <> 'pending' AND (NEW.status <> OLD.status OR NEW.remaining_cents > OLD.remaining_cents))`,
      message: "a movement does not change"
    }),
    ...dialect.refuse({
      name: "wallet_transactions_kept",
      table: "wallet_transactions",
      before: "DELETE",
      when: "1 = 1",
      message: "a movement is not deleted"
    }),
    ...(dialect.engine === "postgres" ? walletFunctions : [])
  ]
}
