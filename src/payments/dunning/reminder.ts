/** A reminder: what a customer is to be told at an attempt of a campaign. A row of the attempt's transaction; whoever sends mail delivers it. */
import { Context, type DateTime, type Effect, Schema } from "effect"
import { type CurrentOrganization, Instant, OrganizationId, type StorageError } from "../../core/index.js"
import type { PaymentRequest } from "../requests/request.js"
import type { DunningCampaign } from "./campaign.js"

export const PaymentReminder = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  payment_request_id: Schema.String,
  attempt: Schema.Int,
  email: Schema.String,
  bcc_emails: Schema.Array(Schema.String),
  /** What the attempt asks for: minor units of `currency`. */
  amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  sent_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type PaymentReminder = typeof PaymentReminder.Type

export const reminderOf = (
  request: PaymentRequest,
  email: string,
  { bcc_emails }: Pick<DunningCampaign, "bcc_emails">,
  id: string,
  now: DateTime.Utc
): PaymentReminder => ({
  id,
  organization_id: request.organization_id,
  payment_request_id: request.id,
  attempt: request.payment_attempts,
  email,
  bcc_emails,
  amount_cents: request.amount_cents,
  currency: request.amount_currency,
  sent_at: null,
  created_at: now,
  updated_at: now
})

/** The port to where reminders are kept. */
export class PaymentReminderStore extends Context.Tag("billwright/PaymentReminderStore")<
  PaymentReminderStore,
  {
    readonly insert: (reminders: ReadonlyArray<PaymentReminder>) => Effect.Effect<void, StorageError>
    /** Those that were not sent yet, oldest first. */
    readonly unsent: (limit: number) => Effect.Effect<ReadonlyArray<PaymentReminder>, StorageError, CurrentOrganization>
    readonly markSent: (ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {}
