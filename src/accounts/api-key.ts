/** An API key: what a host's own callers authenticate with. Only its hash is kept. */
import { DateTime, Effect, Schema } from "effect"
import { brandedId, Crypto, hexOf, Instant, OrganizationId, pageFields, Text } from "../core/index.js"

export const ApiKeyId = brandedId("ApiKeyId")
export type ApiKeyId = typeof ApiKeyId.Type

export const ApiKeyStatus = Schema.Literal("active", "revoked")
export type ApiKeyStatus = typeof ApiKeyStatus.Type

export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  organization_id: OrganizationId,
  /** Its first 12 characters, to tell keys apart. */
  key_prefix: Schema.String,
  name: Schema.String,
  status: ApiKeyStatus,
  /** From then on it opens nothing; null: never. */
  expires_at: Schema.NullOr(Instant),
  last_used_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type ApiKey = typeof ApiKey.Type

/** A new key with its text, which is told this once. */
export interface CreatedApiKey extends ApiKey {
  readonly key: string
}

/** As it is stored. */
export interface StoredApiKey extends ApiKey {
  /** SHA-256 of the text, hexadecimal. */
  readonly key_hash: string
}

/** What `ApiKeys.create` takes. */
export const CreateApiKey = Schema.Struct({
  name: Text.name(255),
  expires_at: Schema.optionalWith(Schema.NullOr(Instant), { default: () => null })
})
export type CreateApiKeyInput = typeof CreateApiKey.Encoded

export const ListApiKeys = Schema.Struct({ ...pageFields, status: Schema.optional(ApiKeyStatus) })
/** What `ApiKeys.list` takes: a page, and a status. */
export type ListApiKeysInput = typeof ListApiKeys.Encoded

const HEAD = "bw_live_"
const BYTES = 32
const SHOWN = 12
const KEY = /^bw_live_[0-9a-f]{64}$/

/** The key that an `Authorization` header bears; undefined where it bears none. */
export const bearerKey = (header: string | null | undefined): string | undefined => {
  const [, key] = /^Bearer +(\S+) *$/i.exec(header ?? "") ?? []
  return key !== undefined && KEY.test(key) ? key : undefined
}

/** A fresh key of an organization, with its text and its hash. */
export const newApiKey = (
  of: Pick<ApiKey, "id" | "organization_id" | "name" | "expires_at">,
  now: DateTime.Utc
): Effect.Effect<{ readonly stored: StoredApiKey; readonly created: CreatedApiKey }> =>
  Effect.gen(function* () {
    const { randomBytes, sha256 } = yield* Crypto
    const key = HEAD + hexOf(yield* randomBytes(BYTES))
    const row: ApiKey = { ...of, key_prefix: key.slice(0, SHOWN), status: "active", last_used_at: null, created_at: now, updated_at: now }
    return { stored: { ...row, key_hash: yield* sha256(key) }, created: { ...row, key } }
  })

/** Whether it opens anything at an instant. */
export const isValidAt = ({ expires_at, status }: Pick<ApiKey, "status" | "expires_at">, now: DateTime.Utc): boolean =>
  status === "active" && (expires_at === null || DateTime.lessThan(now, expires_at))
