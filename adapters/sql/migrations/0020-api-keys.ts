/** API keys: the hash alone is kept, and a revoked one stays so. */
import type { Migration } from "../migration.js"

export const apiKeys: Migration = {
  id: 20,
  name: "api-keys",
  statements: (dialect) => [
    `CREATE TABLE api_keys (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL REFERENCES organizations (id),
      key_hash {text} NOT NULL,
      key_prefix {text} NOT NULL,
      name {text} NOT NULL,
      status {text} NOT NULL CHECK (status IN ('active', 'revoked')),
      expires_at {instant},
      last_used_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT api_keys_key_hash UNIQUE (key_hash),
      CONSTRAINT api_keys_hashed CHECK (length(key_hash) = 64 AND length(key_prefix) = 12)
    ){table}`,
    ...dialect.refuse({
      name: "api_keys_revoked",
      table: "api_keys",
      before: "UPDATE",
      when: "OLD.status = 'revoked' AND (NEW.status <> 'revoked' OR NEW.key_hash <> OLD.key_hash)",
      message: "a revoked API key stays revoked"
    })
  ]
}
