/** The tables of integrations, described once for both engines. */
import { table } from "../table.js"

export const integrationsTable = table("integrations", {
  id: "uuid",
  organization_id: "uuid",
  integration_type: "text",
  provider_type: "text",
  status: "text",
  settings: "json",
  last_sync_at: "instant",
  error_details: "json",
  created_at: "instant",
  updated_at: "instant"
})

export const linksTable = table("integration_customers", {
  id: "uuid",
  organization_id: "uuid",
  integration_id: "uuid",
  customer_id: "uuid",
  external_customer_id: "text",
  settings: "json",
  created_at: "instant",
  updated_at: "instant"
})

export const mappingsTable = table("integration_mappings", {
  id: "uuid",
  organization_id: "uuid",
  integration_id: "uuid",
  mappable_type: "text",
  mappable_id: "uuid",
  external_id: "text",
  external_data: "json",
  last_synced_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const historyTable = table("integration_sync_histories", {
  id: "uuid",
  organization_id: "uuid",
  integration_id: "uuid",
  resource_type: "text",
  resource_id: "uuid",
  external_id: "text",
  action: "text",
  status: "text",
  error_message: "text",
  details: "json",
  started_at: "instant",
  completed_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})
