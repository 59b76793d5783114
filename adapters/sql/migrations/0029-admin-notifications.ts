/** Notices to an organization's administrators: one for each occasion that calls for one. */
import type { Migration } from "../migration.js"

export const adminNotifications: Migration = {
  id: 29,
  name: "admin_notifications",
  statements: () => [
    `CREATE TABLE admin_notifications (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      category {text} NOT NULL CHECK (category IN ('webhook', 'dunning', 'wallet', 'invoice', 'payment', 'subscription')),
      title {text} NOT NULL CHECK (length(title) <= 255),
      message {text} NOT NULL CHECK (length(message) <= 1000),
      resource_type {text} NOT NULL,
      resource_id {uuid},
      occasion {text} NOT NULL,
      is_read {boolean} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT admin_notifications_once UNIQUE (organization_id, category, resource_id, occasion)
    ){table}`,
    `CREATE INDEX admin_notifications_created ON admin_notifications (organization_id, created_at, id)`,
    `CREATE INDEX admin_notifications_unread ON admin_notifications (organization_id, id) WHERE NOT is_read`
  ]
}
