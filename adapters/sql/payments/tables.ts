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
  provider_checkout_expires_at: "instant",
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

export const paymentMethodsTable = table("payment_methods", {
  id: "uuid",
  organization_id: "uuid",
  customer_id: "uuid",
  provider: "text",
  provider_payment_method_id: "text",
  type: "text",
  is_default: "boolean",
  details: "json",
  created_at: "instant",
  updated_at: "instant"
})

export const paymentChargesTable = table("payment_charges", {
  id: "uuid",
  organization_id: "uuid",
  key: "text",
  customer_id: "uuid",
  invoice_id: "uuid",
  payment_request_id: "uuid",
  payment_method_id: "uuid",
  provider: "text",
  provider_payment_method_id: "text",
  checkout: "json",
  provider_checkout_id: "text",
  provider_payment_id: "text",
  amount_cents: "money",
  currency: "text",
  status: "text",
  failure_reason: "text",
  called_at: "instant",
  due_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const paymentRefundsTable = table("payment_refunds", {
  id: "uuid",
  organization_id: "uuid",
  payment_id: "uuid",
  credit_note_id: "uuid",
  amount_cents: "money",
  status: "text",
  provider_refund_id: "text",
  failure_reason: "text",
  called_at: "instant",
  due_at: "instant",
  completed_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const paymentRequestsTable = table("payment_requests", {
  id: "uuid",
  organization_id: "uuid",
  customer_id: "uuid",
  dunning_campaign_id: "uuid",
  amount_cents: "money",
  amount_currency: "text",
  payment_status: "text",
  payment_attempts: "integer",
  ready_for_payment_processing: "boolean",
  last_attempt_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const requestedInvoicesTable = table("payment_request_invoices", {
  id: "uuid",
  organization_id: "uuid",
  payment_request_id: "uuid",
  invoice_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})

export const requestStepsTable = table("payment_request_attempts", {
  id: "uuid",
  organization_id: "uuid",
  payment_request_id: "uuid",
  action: "text",
  old_status: "text",
  new_status: "text",
  attempt: "integer",
  error: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const campaignsTable = table("dunning_campaigns", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  max_attempts: "integer",
  days_between_attempts: "integer",
  bcc_emails: "json",
  status: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const campaignThresholdsTable = table("dunning_campaign_thresholds", {
  id: "uuid",
  organization_id: "uuid",
  dunning_campaign_id: "uuid",
  currency: "text",
  amount_cents: "money",
  created_at: "instant",
  updated_at: "instant"
})

export const remindersTable = table("payment_reminders", {
  id: "uuid",
  organization_id: "uuid",
  payment_request_id: "uuid",
  attempt: "integer",
  email: "text",
  bcc_emails: "json",
  amount_cents: "money",
  currency: "text",
  sent_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const providerEventsTable = table("provider_events", {
  id: "uuid",
  organization_id: "uuid",
  provider: "text",
  provider_event_id: "text",
  name: "text",
  result: "text",
  created_at: "instant",
  updated_at: "instant"
})
