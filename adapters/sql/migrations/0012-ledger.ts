/** The entries of the double-entry ledger: added, never changed or removed. */
import type { Migration } from "../migration.js"

const VALUES: Readonly<Record<"source_type" | "kind" | "account", ReadonlyArray<string>>> = {
  source_type: ["invoice", "credit_note", "settlement", "wallet_transaction", "payment", "payment_refund"],
  kind: ["issued", "voided", "settled", "returned", "granted", "purchased", "consumed", "transferred", "refunded", "received"],
  account: [
    "accounts_receivable",
    "cash",
    "revenue",
    "discounts",
    "sales_returns",
    "promotional_credits",
    "breakage",
    "tax_payable",
    "wallet_liability",
    "wallet_purchases",
    "wallet_transfers",
    "customer_credits",
    "refunds_payable",
    "unapplied_payments"
  ]
}

const among = (what: string, column: keyof typeof VALUES) => `${what} IN (${VALUES[column].map((value) => `'${value}'`).join(", ")})`

/** As domains, which a session prepares once: a settled hold writes two rows in a statement of its own. */
const DOMAINS = (Object.keys(VALUES) as ReadonlyArray<keyof typeof VALUES>).flatMap((column) => [
  `CREATE DOMAIN ledger_${column} AS text CHECK (${among("VALUE", column)})`,
  `ALTER TABLE ledger_entries ALTER COLUMN ${column} TYPE ledger_${column}`
])

/** What one statement adds is in balance, booking by booking, and nothing of it is 0: a statement writes bookings whole. */
const BALANCED = [
  `CREATE OR REPLACE FUNCTION ledger_entries_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM added GROUP BY organization_id, source_id, kind, currency
        HAVING SUM(amount_cents) <> 0 OR bool_or(amount_cents = 0)) THEN
      RAISE EXCEPTION 'a booking is out of balance' USING ERRCODE = '23514', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balanced()`
]

export const ledger: Migration = {
  id: 12,
  name: "ledger",
  statements: (dialect) => {
    const check = (text: string) => (dialect.engine === "sqlite" ? ` CHECK (${text})` : "")
    return [
      // A debit above 0, a credit below. The key is what makes a booking happen once; a row is never touched again.
      `CREATE TABLE ledger_entries (
        organization_id {uuid} NOT NULL,
        source_type {text} NOT NULL${check(among("source_type", "source_type"))},
        source_id {uuid} NOT NULL,
        kind {text} NOT NULL${check(among("kind", "kind"))},
        account {text} NOT NULL${check(among("account", "account"))},
        customer_id {uuid} NOT NULL,
        currency {text} NOT NULL,
        amount_cents {money} NOT NULL${check("amount_cents <> 0")},
        occurred_at {instant} NOT NULL,
        created_at {instant} NOT NULL,
        PRIMARY KEY (organization_id, source_id, kind, account),
        FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
      ){table}`,
      `CREATE INDEX ledger_entries_customer ON ledger_entries (organization_id, customer_id, account)`,
      ...dialect.refuse({
        name: "ledger_entries_frozen",
        table: "ledger_entries",
        before: "UPDATE",
        when: "1 = 1",
        message: "an entry of the ledger does not change"
      }),
      ...dialect.refuse({
        name: "ledger_entries_kept",
        table: "ledger_entries",
        before: "DELETE",
        when: "1 = 1",
        message: "an entry of the ledger is not deleted"
      }),
      ...(dialect.engine === "postgres" ? [...DOMAINS, ...BALANCED] : [])
    ]
  }
}
