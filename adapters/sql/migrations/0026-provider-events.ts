/** Events that providers told of by webhook: each is booked once. */
import type { Migration } from "../migration.js"

export const providerEvents: Migration = {
  id: 26,
  name: "provider_events",
  statements: () => [
    `CREATE TABLE provider_events (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      provider {text} NOT NULL,
      provider_event_id {text} NOT NULL,
      name {text} NOT NULL,
      result {text} NOT NULL CHECK (result IN ('booked', 'unchanged', 'unknown', 'ignored')),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT provider_events_provider_event_id UNIQUE (organization_id, provider, provider_event_id),
      FOREIGN KEY (organization_id) REFERENCES organizations (id)
    ){table}`
  ]
}
