/** E-mails of documents: what one is about, what it carries, and what a customer wants of them. */
import type { DateTime } from "effect"
import { Schema } from "effect"
import type { CurrencyCode } from "../../core/index.js"
import { Instant, OrganizationId, Text } from "../../core/index.js"
import type { Parties } from "../../invoicing/index.js"

/** What is told: a document, that something is still due on an invoice, or what a campaign asks for. */
const MAIL_STEMS = ["invoice_issued", "invoice_reminder", "credit_note_issued", "payment_reminder"] as const
export type MailStem = (typeof MAIL_STEMS)[number]

/** The stem of a mail by what it was made once for; undefined where that is none of a mail. */
export const mailStemOf = (transition_key: string | null): MailStem | undefined =>
  MAIL_STEMS.find((stem) => transition_key?.startsWith(`${stem}:`))

/** An electronic invoice beside the page, or within it (`factur_x`). */
const MailFormat = Schema.Literal("factur_x", "ubl", "cii")
export type MailFormat = typeof MailFormat.Type

/** A document that goes with a message; drawn when the message goes out. */
export interface Enclosure {
  readonly id: string
  readonly organization_id: OrganizationId
  /** The message. */
  readonly notification: string
  /** From 0, in the order in which they are attached. */
  readonly position: number
  /** One of the two. */
  readonly invoice_id: string | null
  readonly credit_note_id: string | null
  /** Null: the page alone. */
  readonly format: MailFormat | null
  readonly buyer_reference: string | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** What a customer wants of e-mails; without one nothing is mailed that nobody asked for. */
export const CustomerMailing = Schema.Struct({
  /** The customer's. */
  id: Schema.String,
  organization_id: OrganizationId,
  /** Whether invoices and credit notes are mailed when they are issued. */
  on_issue: Schema.Boolean,
  /** Null: the page alone. */
  format: Schema.NullOr(MailFormat),
  /** The buyer's own word for electronic documents (BT-10). */
  buyer_reference: Schema.NullOr(Schema.String),
  bcc_emails: Schema.Array(Schema.String),
  /** What was issued before is not mailed by itself. */
  since: Instant,
  created_at: Instant,
  updated_at: Instant
})
export type CustomerMailing = typeof CustomerMailing.Type

const wanted = {
  format: Schema.optional(Schema.NullOr(MailFormat)),
  buyer_reference: Schema.optional(Schema.NullOr(Text.name(255))),
  bcc_emails: Schema.optional(Schema.Array(Text.Email).pipe(Schema.maxItems(10)))
}

export const SetMailing = Schema.Struct({ on_issue: Schema.optional(Schema.Boolean), ...wanted })
/** What is left out stays; at first nothing is mailed by itself and the page goes alone. `format`: `factur_x`, `ubl`, `cii`, or null. */
export type SetMailingInput = typeof SetMailing.Encoded

export const MailDocument = Schema.Struct({
  to: Schema.optional(Text.Email),
  again: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  ...wanted
})
/**
 * `to`: another address than the customer's. `again`: once more, though it was mailed before. `format`, `buyer_reference`, `bcc_emails`: as the
 * customer wants them unless given.
 */
export type MailDocumentInput = typeof MailDocument.Encoded

/** A document with what its e-mail says, and whom it goes to. */
export interface MailableDocument {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly status: string
  readonly number: string | null
  readonly currency: CurrencyCode
  readonly total_cents: bigint
  /** Nothing for credit notes. */
  readonly due_cents: bigint
  readonly issued_at: DateTime.Utc | null
  readonly due_date: DateTime.Utc | null
  readonly timezone: string
  readonly parties: Parties
  readonly customer_id: string
  readonly customer_name: string
  readonly customer_email: string | null
  readonly customer_timezone: string
  readonly format: MailFormat | null
  readonly buyer_reference: string | null
  readonly bcc_emails: ReadonlyArray<string>
}
