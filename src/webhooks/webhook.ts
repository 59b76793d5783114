/** A webhook: one event on its way to one endpoint, its text as it was when the event happened. And the record of each try. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields } from "../core/index.js"
import { WebhookType } from "./catalogue.js"

export const WebhookId = brandedId("WebhookId")
export type WebhookId = typeof WebhookId.Type

export const WebhookStatus = Schema.Literal("pending", "succeeded", "failed")
export type WebhookStatus = typeof WebhookStatus.Type

export const Webhook = Schema.Struct({
  id: WebhookId,
  organization_id: OrganizationId,
  webhook_endpoint_id: Schema.String,
  /** What all webhooks of one event share. */
  event_id: Schema.String,
  webhook_type: WebhookType,
  object_type: Schema.String,
  object_id: Schema.String,
  /** The body, byte for byte as it is sent on every try. */
  payload: Schema.String,
  status: WebhookStatus,
  /** Tries after the first one. */
  retries: Schema.Int,
  max_retries: Schema.Int,
  last_retried_at: Schema.NullOr(Instant),
  /** What the last try got: status and the beginning of the body; null where there was no answer. */
  http_status: Schema.NullOr(Schema.Int),
  response: Schema.NullOr(Schema.String),
  /** Why it failed, or will be tried again; null once it succeeded. */
  error_message: Schema.NullOr(Schema.String),
  /** From when the next try is due; null once it is over. While somebody is at it: until when it is theirs. */
  next_attempt_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type Webhook = typeof Webhook.Type

/** One try; `attempt_number` counts from 0. */
export const WebhookAttempt = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  webhook_id: Schema.String,
  attempt_number: Schema.Int,
  http_status: Schema.NullOr(Schema.Int),
  /** At most 1,000 characters. */
  response_body: Schema.NullOr(Schema.String),
  success: Schema.Boolean,
  /** At most 1,000 characters; null where it succeeded. */
  error_message: Schema.NullOr(Schema.String),
  attempted_at: Instant,
  created_at: Instant,
  updated_at: Instant
})
export type WebhookAttempt = typeof WebhookAttempt.Type

/** What `Webhooks.list` takes. Sorted by `created_at`. */
export const ListWebhooks = Schema.Struct({
  ...pageFields,
  webhook_endpoint_id: Schema.optional(Schema.String),
  webhook_type: Schema.optional(WebhookType),
  status: Schema.optional(WebhookStatus),
  object_type: Schema.optional(Schema.String),
  object_id: Schema.optional(Schema.String)
})
export type ListWebhooksInput = typeof ListWebhooks.Encoded

/** What `Webhooks.attempts` takes. Sorted by `created_at`. */
export const ListAttempts = Schema.Struct(pageFields)
export type ListAttemptsInput = typeof ListAttempts.Encoded
