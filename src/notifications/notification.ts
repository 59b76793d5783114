/** A notification: one message to one user on one channel, with its text as it was rendered. */
import { Schema } from "effect"
import { brandedId, Instant, JsonObject, OrganizationId, pageFields, Text } from "../core/index.js"

export const NotificationId = brandedId("NotificationId")
export type NotificationId = typeof NotificationId.Type

export const Channel = Schema.Literal("sms", "email", "whatsapp", "push", "call")
export type Channel = typeof Channel.Type

export const MessageContext = Schema.Literal("lead", "survey", "installation", "payment", "emergency")
export type MessageContext = typeof MessageContext.Type

export const NotificationStatus = Schema.Literal("queued", "sent", "delivered", "failed")
export type NotificationStatus = typeof NotificationStatus.Type

export const Notification = Schema.Struct({
  id: NotificationId,
  organization_id: OrganizationId,
  /** The host's user; of an e-mail of a document its customer. */
  recipient: Schema.String,
  channel: Channel,
  /** Null where there was none, and once it is deleted. */
  template: Schema.NullOr(Schema.Int),
  /** Empty but for e-mail. */
  subject: Schema.String,
  /** Empty where it could not be rendered: it has failed then, and `last_error` says why. */
  body: Schema.String,
  context_type: MessageContext,
  context_id: Schema.NullOr(Schema.String),
  status: NotificationStatus,
  sent_at: Schema.NullOr(Instant),
  delivered_at: Schema.NullOr(Instant),
  is_read: Schema.Boolean,
  /** When the recipient read it, or a gateway said that they did. */
  read_at: Schema.NullOr(Instant),
  /** The recipient's address when it was made; null for `call`, and where there was none. */
  address: Schema.NullOr(Schema.String),
  /** E-mail only: who gets it unseen. */
  bcc_emails: Schema.Array(Schema.String),
  provider_template: Schema.NullOr(Schema.String),
  gateway: Schema.NullOr(Schema.String),
  gateway_message_id: Schema.NullOr(Schema.String),
  /** Tries that were made. */
  tries: Schema.Int,
  /** From when the next try is due; null where there is none. While somebody is at it: until when it is theirs. */
  next_try_at: Schema.NullOr(Instant),
  last_error: Schema.NullOr(Schema.String),
  /** What sent it by itself: once for each. */
  transition_key: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Notification = typeof Notification.Type

const about = { context_type: MessageContext, context_id: Schema.optionalWith(Schema.NullOr(Schema.UUID), { default: () => null }) }

export const SendMessage = Schema.Struct({
  recipient: Schema.String,
  /** By id or name; not for `call`. */
  template: Schema.optional(Schema.Union(Schema.Int, Text.atMost(100))),
  /** The template's unless given. */
  channel: Schema.optional(Channel),
  variables: Schema.optionalWith(JsonObject, { default: () => ({}) }),
  /** For `call`: what the reminder says. */
  body: Schema.optional(Text.name(2000)),
  /** For `call`: when it falls due; now unless given. */
  due_at: Schema.optional(Instant),
  ...about
})
/** `variables`: plain JSON; texts in the form of dates and instants are dates. */
export type SendMessageInput = typeof SendMessage.Encoded

export const ResendMessage = Schema.Struct({
  /** For one that could not be rendered. */
  variables: Schema.optional(JsonObject)
})
export type ResendMessageInput = typeof ResendMessage.Encoded

export const ListMessages = Schema.Struct({
  ...pageFields,
  channel: Schema.optional(Channel),
  status: Schema.optional(NotificationStatus),
  context_type: Schema.optional(MessageContext),
  context_id: Schema.optional(Schema.String),
  is_read: Schema.optional(Schema.Boolean)
})
/** Newest first. */
export type ListMessagesInput = typeof ListMessages.Encoded
