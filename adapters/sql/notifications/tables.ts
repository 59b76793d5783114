/** The tables of messages, described once for both engines. */
import { table } from "../table.js"

export const templatesTable = table("notification_templates", {
  id: "integer",
  organization_id: "uuid",
  name: "text",
  channel: "text",
  subject_template: "text",
  body_template: "text",
  is_active: "boolean",
  provider_template: "text",
  created_at: "instant",
  updated_at: "instant"
})

/** As the domain has them. */
export const notificationsTable = table("notifications", {
  id: "uuid",
  organization_id: "uuid",
  recipient: "uuid",
  channel: "text",
  template: "integer",
  subject: "text",
  body: "text",
  context_type: "text",
  context_id: "uuid",
  status: "text",
  sent_at: "instant",
  delivered_at: "instant",
  is_read: "boolean",
  read_at: "instant",
  address: "text",
  bcc_emails: "json",
  provider_template: "text",
  gateway: "text",
  gateway_message_id: "text",
  tries: "integer",
  next_try_at: "instant",
  last_error: "text",
  transition_key: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const receiptsTable = table("delivery_receipts", {
  id: "uuid",
  organization_id: "uuid",
  notification: "uuid",
  status: "text",
  gateway: "text",
  gateway_message_id: "text",
  error_code: "text",
  error_message: "text",
  received_at: "instant",
  had_effect: "boolean",
  created_at: "instant",
  updated_at: "instant"
})

export const enclosuresTable = table("notification_enclosures", {
  id: "uuid",
  organization_id: "uuid",
  notification: "uuid",
  position: "integer",
  invoice_id: "uuid",
  credit_note_id: "uuid",
  format: "text",
  buyer_reference: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const mailingsTable = table("customer_mailings", {
  id: "uuid",
  organization_id: "uuid",
  on_issue: "boolean",
  format: "text",
  buyer_reference: "text",
  bcc_emails: "json",
  since: "instant",
  created_at: "instant",
  updated_at: "instant"
})
