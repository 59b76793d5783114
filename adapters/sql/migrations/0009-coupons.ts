/** Coupons, their applications to customers, and their uses on invoices. */
import type { Migration } from "../migration.js"

export const coupons: Migration = {
  id: 9,
  name: "coupons",
  statements: (dialect) => [
    `CREATE TABLE coupons (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      coupon_type {text} NOT NULL CHECK (coupon_type IN ('fixed_amount', 'percentage')),
      amount_cents {money} CHECK (amount_cents > 0),
      amount_currency {text},
      percentage_rate {decimal},
      frequency {text} NOT NULL CHECK (frequency IN ('once', 'recurring', 'forever')),
      frequency_duration {integer} CHECK (frequency_duration >= 1),
      reusable {boolean} NOT NULL,
      expiration {text} NOT NULL CHECK (expiration IN ('no_expiration', 'time_limit')),
      expiration_at {instant},
      status {text} NOT NULL CHECK (status IN ('active', 'terminated')),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT coupons_code UNIQUE (organization_id, code),
      CONSTRAINT coupons_terms CHECK ((coupon_type = 'percentage') = (percentage_rate IS NOT NULL)
        AND (coupon_type = 'fixed_amount') = (amount_cents IS NOT NULL) AND (amount_cents IS NULL) = (amount_currency IS NULL)),
      CONSTRAINT coupons_duration CHECK ((frequency = 'recurring') = (frequency_duration IS NOT NULL)),
      CONSTRAINT coupons_expiration CHECK ((expiration = 'time_limit') = (expiration_at IS NOT NULL))
    ){table}`,
    `CREATE TABLE applied_coupons (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      coupon_id {uuid} NOT NULL,
      customer_id {uuid} NOT NULL,
      amount_cents {money} CHECK (amount_cents > 0),
      amount_currency {text},
      percentage_rate {decimal},
      frequency {text} NOT NULL CHECK (frequency IN ('once', 'recurring', 'forever')),
      frequency_duration {integer},
      frequency_duration_remaining {integer} CHECK (frequency_duration_remaining BETWEEN 0 AND frequency_duration),
      status {text} NOT NULL CHECK (status IN ('active', 'terminated')),
      terminated_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT applied_coupons_terminated CHECK ((status = 'terminated') = (terminated_at IS NOT NULL)),
      CONSTRAINT applied_coupons_remaining CHECK ((frequency = 'recurring') = (frequency_duration_remaining IS NOT NULL)
        AND (frequency_duration IS NULL) = (frequency_duration_remaining IS NULL)),
      CONSTRAINT applied_coupons_used_up CHECK (status = 'terminated' OR frequency_duration_remaining IS NULL OR frequency_duration_remaining > 0),
      FOREIGN KEY (organization_id, coupon_id) REFERENCES coupons (organization_id, id),
      FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
    ){table}`,
    `CREATE INDEX applied_coupons_created ON applied_coupons (organization_id, created_at, id)`,
    `CREATE INDEX applied_coupons_coupon ON applied_coupons (organization_id, coupon_id)`,
    `CREATE INDEX applied_coupons_customer ON applied_coupons (organization_id, customer_id)`,
    `CREATE INDEX applied_coupons_active ON applied_coupons (organization_id, customer_id, created_at) WHERE status = 'active'`,
    // The coupon's row is locked by whoever applies it; a void may make a second one active again, which an insert may not (I7, I9).
    ...dialect.refuse({
      name: "applied_coupons_once",
      table: "applied_coupons",
      before: "INSERT",
      when: `EXISTS (SELECT 1 FROM applied_coupons a JOIN coupons c ON c.organization_id = a.organization_id AND c.id = a.coupon_id
        WHERE a.organization_id = NEW.organization_id AND a.coupon_id = NEW.coupon_id
        AND (NOT c.reusable OR (a.customer_id = NEW.customer_id AND a.status = 'active')))`,
      message: "the coupon is applied already"
    }),
    `CREATE TABLE applied_coupon_uses (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      applied_coupon_id {uuid} NOT NULL,
      invoice_id {uuid} NOT NULL,
      amount_cents {money} NOT NULL CHECK (amount_cents > 0),
      returned_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT applied_coupon_uses_once UNIQUE (organization_id, applied_coupon_id, invoice_id),
      FOREIGN KEY (organization_id, applied_coupon_id) REFERENCES applied_coupons (organization_id, id),
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id)
    ){table}`,
    `CREATE INDEX applied_coupon_uses_invoice ON applied_coupon_uses (organization_id, invoice_id)`,
    ...dialect.refuse({
      name: "applied_coupon_uses_kept",
      table: "applied_coupon_uses",
      before: "DELETE",
      when: "1 = 1",
      message: "a use of a coupon is not deleted"
    })
  ]
}
