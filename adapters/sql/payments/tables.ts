/** The tables of payments, described once for both engines. */
import { table } from "../table.js"

export const paymentsTable = table("payments", {
  id: "uuid",
  organization_id: "uuid",
  invoice_id: "uuid",
  customer_id: "uuid",
  amount_cents: "money",
  currency: "text",
  status: "text",
  provider: "text",
  provider_payment_id: "text",
  provider_checkout_id: "text",
  provider_checkout_url: "text",
  failure_reason: "text",
  payment_metadata: "json",
  reference: "text",
  notes: "text",
  completed_at: "instant",
  refunded_amount_cents: "money",
  unapplied_amount_cents: "money",
  payment_request_id: "uuid",
  payment_method_id: "uuid",
  payment_charge_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})
