/** The tables of features and entitlements. */
import { table } from "../table.js"

export const featuresTable = table("features", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  feature_type: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const entitlementsTable = table("entitlements", {
  id: "uuid",
  organization_id: "uuid",
  plan_id: "uuid",
  feature_id: "uuid",
  value: "text",
  limit_type: "text",
  created_at: "instant",
  updated_at: "instant"
})
