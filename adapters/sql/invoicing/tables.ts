/** The tables of invoicing, described once for both engines. */
import { table } from "../table.js"

export const invoicesTable = table("invoices", {
  id: "uuid",
  organization_id: "uuid",
  invoice_number: "text",
  customer_id: "uuid",
  subscription_id: "uuid",
  billing_entity_id: "uuid",
  named_billing_entity_id: "uuid",
  status: "text",
  invoice_type: "text",
  billing_period_start: "instant",
  billing_period_end: "instant",
  subtotal_cents: "money",
  tax_amount_cents: "money",
  total_cents: "money",
  prepaid_credit_amount_cents: "money",
  coupons_amount_cents: "money",
  progressive_billing_credit_amount_cents: "money",
  currency: "text",
  line_items: "json",
  parties: "json",
  timezone: "text",
  billed_at: "instant",
  finalize_at: "instant",
  due_date: "instant",
  issued_at: "instant",
  paid_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const feesTable = table("fees", {
  id: "uuid",
  organization_id: "uuid",
  invoice_id: "uuid",
  charge_id: "uuid",
  charge_filter_id: "uuid",
  subscription_id: "uuid",
  customer_id: "uuid",
  commitment_id: "uuid",
  applied_add_on_id: "uuid",
  event_id: "uuid",
  fee_type: "text",
  currency: "text",
  amount_cents: "money",
  precise_amount_cents: "decimal",
  progressive_billing_credit_amount_cents: "money",
  coupons_amount_cents: "money",
  taxes_amount_cents: "money",
  total_amount_cents: "money",
  units: "decimal",
  events_count: "integer",
  unit_amount_cents: "decimal",
  precise_unit_amount: "decimal",
  payment_status: "text",
  description: "text",
  metric_code: "text",
  period_start: "instant",
  period_end: "instant",
  position: "integer",
  properties: "json",
  created_at: "instant",
  updated_at: "instant"
})

export const appliedTaxesTable = table("applied_taxes", {
  id: "uuid",
  organization_id: "uuid",
  tax_id: "uuid",
  taxable_type: "text",
  taxable_id: "uuid",
  tax_rate: "decimal",
  taxable_amount_cents: "money",
  tax_amount_cents: "money",
  tax_name: "text",
  tax_category: "text",
  tax_description: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const settlementsTable = table("invoice_settlements", {
  id: "uuid",
  organization_id: "uuid",
  invoice_id: "uuid",
  settlement_type: "text",
  source_id: "uuid",
  amount_cents: "money",
  returned_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const usageThresholdsTable = table("usage_thresholds", {
  id: "uuid",
  organization_id: "uuid",
  plan_id: "uuid",
  subscription_id: "uuid",
  amount_cents: "money",
  currency: "text",
  recurring: "boolean",
  threshold_display_name: "text",
  retired_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const appliedUsageThresholdsTable = table("applied_usage_thresholds", {
  id: "uuid",
  organization_id: "uuid",
  usage_threshold_id: "uuid",
  subscription_id: "uuid",
  invoice_id: "uuid",
  crossed_at: "instant",
  lifetime_usage_amount_cents: "money",
  period_first_day: "date",
  created_at: "instant",
  updated_at: "instant"
})
