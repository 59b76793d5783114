/** The tables of the catalogue. */
import { table } from "../table.js"

export const plansTable = table("plans", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  interval: "text",
  amount_cents: "money",
  currency: "text",
  trial_period_days: "integer",
  version: "integer",
  created_at: "instant",
  updated_at: "instant"
})

export const planVersionsTable = table("plan_versions", {
  organization_id: "uuid",
  plan_id: "uuid",
  version: "integer",
  amount_cents: "money",
  terms: "json",
  created_at: "instant",
  updated_at: "instant"
})

export const chargesTable = table("charges", {
  id: "uuid",
  organization_id: "uuid",
  plan_id: "uuid",
  billable_metric_id: "uuid",
  charge_model: "text",
  properties: "json",
  pay_in_advance: "boolean",
  invoiceable: "boolean",
  prorated: "boolean",
  min_amount_cents: "money",
  invoice_display_name: "text",
  position: "integer",
  retired_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const chargeFiltersTable = table("charge_filters", {
  id: "uuid",
  organization_id: "uuid",
  charge_id: "uuid",
  properties: "json",
  invoice_display_name: "text",
  position: "integer",
  retired_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const commitmentsTable = table("commitments", {
  id: "uuid",
  organization_id: "uuid",
  plan_id: "uuid",
  commitment_type: "text",
  amount_cents: "money",
  counts: "text",
  invoice_display_name: "text",
  retired_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const taxesTable = table("taxes", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  rate: "decimal",
  category: "text",
  applied_to_organization: "boolean",
  provider_type: "text",
  created_at: "instant",
  updated_at: "instant"
})
