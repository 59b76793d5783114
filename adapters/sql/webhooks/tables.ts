/** The tables of webhooks, described once for both engines. */
import { table } from "../table.js"

export const endpointsTable = table("webhook_endpoints", {
  id: "uuid",
  organization_id: "uuid",
  url: "text",
  signature_algo: "text",
  status: "text",
  inactive_reason: "text",
  failing_since: "instant",
  answering_since: "instant",
  created_at: "instant",
  updated_at: "instant"
})

/** As the domain has them. */
export const webhooksTable = table("webhooks", {
  id: "uuid",
  organization_id: "uuid",
  webhook_endpoint_id: "uuid",
  event_id: "uuid",
  webhook_type: "text",
  object_type: "text",
  object_id: "uuid",
  payload: "text",
  status: "text",
  retries: "integer",
  max_retries: "integer",
  last_retried_at: "instant",
  http_status: "integer",
  response: "text",
  error_message: "text",
  next_attempt_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const attemptsTable = table("webhook_delivery_attempts", {
  id: "uuid",
  organization_id: "uuid",
  webhook_id: "uuid",
  attempt_number: "integer",
  http_status: "integer",
  response_body: "text",
  success: "boolean",
  error_message: "text",
  attempted_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const signingKeysTable = table("organizations", {
  id: "uuid",
  hmac_key: "text",
  previous_hmac_key: "text",
  previous_hmac_key_until: "instant",
  ed25519_private_key: "text",
  ed25519_public_key: "text",
  previous_ed25519_private_key: "text",
  previous_ed25519_public_key: "text",
  previous_ed25519_key_until: "instant"
})
