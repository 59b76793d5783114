/** Makes notifications: a template, a user and variables come to a row, or to what is amiss. Pure but for ids and time, which are given. */
import type { DateTime } from "effect"
import type { OrganizationId } from "../core/index.js"
import type { User } from "../fieldwork/index.js"
import { type Channel, type MessageContext, type Notification, NotificationId } from "./notification.js"
import type { NotificationTemplate, RenderedMessage } from "./template.js"

/** Where a user is reached on a channel; null where they are not. */
export const addressOf = (user: Pick<User, "phone" | "email" | "push">, channel: Channel): string | null => {
  const address = { sms: user.phone, whatsapp: user.phone, email: user.email, push: user.push, call: null }[channel]
  return address === null || address.trim() === "" ? null : address
}

/** What a message is about. */
export interface About {
  readonly context_type: MessageContext
  readonly context_id: string | null
}

interface Row {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly recipient: string
  readonly channel: Channel
  readonly template: Pick<NotificationTemplate, "id" | "provider_template"> | null
  readonly address: string | null
  readonly bcc_emails?: ReadonlyArray<string>
  readonly about: About
  readonly transition_key: string | null
  readonly now: DateTime.Utc
}

const rowOf = ({
  about,
  address,
  bcc_emails = [],
  channel,
  id,
  now,
  organization_id,
  recipient,
  template,
  transition_key
}: Row): Notification => ({
  id: NotificationId.make(id),
  organization_id,
  recipient,
  channel,
  template: template?.id ?? null,
  subject: "",
  body: "",
  ...about,
  status: "queued",
  sent_at: null,
  delivered_at: null,
  is_read: false,
  read_at: null,
  address,
  bcc_emails,
  provider_template: template?.provider_template ?? null,
  gateway: null,
  gateway_message_id: null,
  tries: 0,
  next_try_at: now,
  last_error: null,
  transition_key,
  created_at: now,
  updated_at: now
})

/** A message that is on its way; its first try is due at `due_at`. */
export const queuedMessage = (row: Row, text: RenderedMessage, due_at: DateTime.Utc): Notification => ({
  ...rowOf(row),
  ...text,
  next_try_at: due_at
})

/** A message that could not be made: kept, with the reason, and never tried. */
export const failedMessage = (row: Row, text: RenderedMessage | null, error: string): Notification => ({
  ...rowOf(row),
  ...(text ?? {}),
  status: "failed",
  next_try_at: null,
  last_error: error.slice(0, 1000)
})
