/** The tables of organizations, issuers and customers. */
import { table } from "../table.js"

export const organizationsTable = table("organizations", {
  id: "uuid",
  name: "text",
  default_currency: "text",
  timezone: "text",
  logo_url: "text",
  portal_accent_color: "text",
  portal_welcome_message: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const billingEntitiesTable = table("billing_entities", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  legal_name: "text",
  address_line1: "text",
  address_line2: "text",
  city: "text",
  state: "text",
  country: "text",
  zip_code: "text",
  tax_id: "text",
  email: "text",
  currency: "text",
  timezone: "text",
  document_locale: "text",
  invoice_prefix: "text",
  next_invoice_number: "bigint",
  invoice_grace_period: "integer",
  net_payment_term: "integer",
  invoice_footer: "text",
  rounding_mode: "text",
  is_default: "boolean",
  created_at: "instant",
  updated_at: "instant"
})

export const customersTable = table("customers", {
  id: "uuid",
  organization_id: "uuid",
  external_id: "text",
  name: "text",
  email: "text",
  currency: "text",
  timezone: "text",
  billing_metadata: "json",
  invoice_grace_period: "integer",
  net_payment_term: "integer",
  apply_credit_notes_automatically: "boolean",
  billing_entity_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})
