/** Features, and what plans grant of them. */
import type { Migration } from "../migration.js"

export const entitlements: Migration = {
  id: 19,
  name: "entitlements",
  statements: () => [
    `CREATE TABLE features (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      code {text} NOT NULL,
      name {text} NOT NULL,
      description {text},
      feature_type {text} NOT NULL CHECK (feature_type IN ('boolean', 'quantity', 'custom')),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT features_code UNIQUE (organization_id, code)
    ){table}`,
    `CREATE TABLE entitlements (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      plan_id {uuid} NOT NULL,
      feature_id {uuid} NOT NULL,
      value {text} NOT NULL,
      limit_type {text} NOT NULL CHECK (limit_type IN ('soft', 'hard')),
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT entitlements_feature UNIQUE (organization_id, plan_id, feature_id),
      FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id),
      FOREIGN KEY (organization_id, feature_id) REFERENCES features (organization_id, id)
    ){table}`,
    `CREATE INDEX entitlements_of_feature ON entitlements (organization_id, feature_id)`
  ]
}
