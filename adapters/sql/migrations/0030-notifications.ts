/** Messages to users: templates, notifications with their tries, and what gateways say of them. */
import type { Migration } from "../migration.js"

export const notifications: Migration = {
  id: 30,
  name: "notifications",
  statements: (dialect) => [
    // The ids of templates are numbers, none of which is given twice.
    `CREATE TABLE notification_template_ids (
      organization_id {uuid} NOT NULL PRIMARY KEY REFERENCES organizations (id),
      last_id {integer} NOT NULL CHECK (last_id >= 0)
    ){table}`,
    `CREATE TABLE notification_templates (
      id {integer} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      name {text} NOT NULL,
      channel {text} NOT NULL CHECK (channel IN ('sms', 'email', 'whatsapp', 'push')),
      subject_template {text} NOT NULL,
      body_template {text} NOT NULL,
      is_active {boolean} NOT NULL,
      provider_template {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT notification_templates_name UNIQUE (organization_id, name),
      CONSTRAINT notification_templates_subject CHECK ((subject_template <> '') = (channel = 'email')),
      CONSTRAINT notification_templates_provider CHECK (provider_template IS NULL OR channel = 'whatsapp')
    ){table}`,
    ...dialect.refuse({
      name: "notification_templates_channel",
      table: "notification_templates",
      before: "UPDATE",
      when: "NEW.channel <> OLD.channel",
      message: "the channel of a template does not change"
    }),
    `CREATE TABLE notifications (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      recipient {uuid} NOT NULL,
      channel {text} NOT NULL CHECK (channel IN ('sms', 'email', 'whatsapp', 'push', 'call')),
      template {integer},
      subject {text} NOT NULL CHECK (subject = '' OR channel = 'email'),
      body {text} NOT NULL,
      context_type {text} NOT NULL CHECK (context_type IN ('lead', 'survey', 'installation', 'payment', 'emergency')),
      context_id {uuid},
      status {text} NOT NULL CHECK (status IN ('queued', 'sent', 'delivered', 'failed')),
      sent_at {instant},
      delivered_at {instant},
      is_read {boolean} NOT NULL,
      read_at {instant},
      address {text},
      bcc_emails {json} NOT NULL,
      provider_template {text},
      gateway {text},
      gateway_message_id {text},
      tries {integer} NOT NULL CHECK (tries >= 0),
      next_try_at {instant},
      last_error {text},
      transition_key {text},
      claim_id {uuid},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, template) REFERENCES notification_templates (organization_id, id),
      CONSTRAINT notifications_transition UNIQUE (organization_id, transition_key),
      CONSTRAINT notifications_due CHECK ((next_try_at IS NOT NULL) = (status = 'queued')),
      CONSTRAINT notifications_sent CHECK (status NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL),
      CONSTRAINT notifications_delivered CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
      CONSTRAINT notifications_read CHECK (${dialect.engine === "postgres" ? "is_read" : "(is_read = 1)"} = (read_at IS NOT NULL)),
      CONSTRAINT notifications_order CHECK (delivered_at IS NULL OR (sent_at <= delivered_at AND (read_at IS NULL OR delivered_at <= read_at)))
    ){table}`,
    `CREATE INDEX notifications_recipient ON notifications (organization_id, recipient, created_at, id)`,
    `CREATE INDEX notifications_unread ON notifications (organization_id, recipient) WHERE read_at IS NULL`,
    `CREATE INDEX notifications_status ON notifications (organization_id, status, created_at)`,
    `CREATE INDEX notifications_context ON notifications (organization_id, context_type, context_id)`,
    `CREATE INDEX notifications_created ON notifications (organization_id, created_at, id)`,
    `CREATE INDEX notifications_template ON notifications (organization_id, template) WHERE template IS NOT NULL`,
    `CREATE INDEX notifications_gateway ON notifications (organization_id, gateway, gateway_message_id) WHERE gateway_message_id IS NOT NULL`,
    `CREATE INDEX notifications_next ON notifications (next_try_at, id) WHERE next_try_at IS NOT NULL`,
    `CREATE INDEX notifications_claim ON notifications (claim_id) WHERE claim_id IS NOT NULL`,
    ...dialect.refuse({
      name: "notifications_frozen",
      table: "notifications",
      before: "UPDATE",
      when: "NEW.body <> OLD.body OR NEW.subject <> OLD.subject OR NEW.recipient <> OLD.recipient OR NEW.channel <> OLD.channel",
      message: "what a message says does not change"
    }),
    `CREATE TABLE delivery_receipts (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      notification {uuid},
      status {text} NOT NULL CHECK (status IN ('sent', 'delivered', 'read', 'failed')),
      gateway {text} NOT NULL,
      gateway_message_id {text},
      error_code {text},
      error_message {text} NOT NULL,
      received_at {instant} NOT NULL,
      had_effect {boolean} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, notification) REFERENCES notifications (organization_id, id) ON DELETE CASCADE
    ){table}`,
    `CREATE INDEX delivery_receipts_notification ON delivery_receipts (organization_id, notification)`,
    `CREATE INDEX delivery_receipts_early ON delivery_receipts (received_at) WHERE notification IS NULL`
  ]
}
