/** An endpoint: where an organization's webhooks are delivered. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"

export const WebhookEndpointId = brandedId("WebhookEndpointId")
export type WebhookEndpointId = typeof WebhookEndpointId.Type

export const SignatureAlgorithm = Schema.Literal("hmac", "ed25519")
export type SignatureAlgorithm = typeof SignatureAlgorithm.Type

export const EndpointStatus = Schema.Literal("active", "inactive")
export type EndpointStatus = typeof EndpointStatus.Type

export const WebhookEndpoint = Schema.Struct({
  id: WebhookEndpointId,
  organization_id: OrganizationId,
  url: Schema.String,
  signature_algo: SignatureAlgorithm,
  status: EndpointStatus,
  /** Why it is inactive where nobody said so: it answered that it is gone (410), or failed for too long; else null. */
  inactive_reason: Schema.NullOr(Schema.Literal("gone", "failing")),
  /** Since when every attempt has failed; null where the last one succeeded, or none was made. */
  failing_since: Schema.NullOr(Instant),
  /** Since when attempts succeed; null where the last one failed, or none was made. */
  answering_since: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type WebhookEndpoint = typeof WebhookEndpoint.Type

/** How many endpoints an organization may have. */
export const MOST_ENDPOINTS = 10

const Url = Text.name(2048)

/** What `WebhookEndpoints.create` takes: an https address that is not in a private network unless the host allows it. */
export const CreateEndpoint = Schema.Struct({
  url: Url,
  signature_algo: Schema.optionalWith(SignatureAlgorithm, { default: () => "hmac" as const }),
  status: Schema.optionalWith(EndpointStatus, { default: () => "active" as const })
})
export type CreateEndpointInput = typeof CreateEndpoint.Encoded

/** What `WebhookEndpoints.update` takes: what is left out stays. */
export const UpdateEndpoint = Schema.Struct({
  url: Schema.optional(Url),
  signature_algo: Schema.optional(SignatureAlgorithm),
  status: Schema.optional(EndpointStatus)
})
export type UpdateEndpointInput = typeof UpdateEndpoint.Encoded

/** What `WebhookEndpoints.list` takes. Sorted by `created_at`. */
export const ListEndpoints = Schema.Struct({ ...pageFields, status: Schema.optional(EndpointStatus) })
export type ListEndpointsInput = typeof ListEndpoints.Encoded
