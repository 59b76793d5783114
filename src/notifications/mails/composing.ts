/** Makes messages of documents: which text, filled with what, and what goes with them. */
import { Cause, type DateTime, Effect } from "effect"
import type { OrganizationId } from "../../core/index.js"
import { HostFailed } from "../../fieldwork/index.js"
import { queuedMessage } from "../composing.js"
import { TemplateInactive } from "../errors.js"
import type { MessageVariablesShape } from "../host-variables.js"
import type { Notification } from "../notification.js"
import { type NotificationTemplate, type RenderError, type RenderedMessage, renderMessage } from "../template.js"
import type { Enclosure, MailableDocument, MailFormat, MailStem } from "./document-mail.js"
import { recipientOf } from "./texts.js"
import { mailNames, mailText } from "./words.js"

/** How long the host may take to say what a text needs. */
const PATIENCE = "5 seconds"

/** An e-mail that is to be made. */
export interface Mail {
  readonly stem: MailStem
  /** What it is made once for; null where it was asked for again. */
  readonly key: string | null
  readonly to: string
  readonly bcc_emails: ReadonlyArray<string>
  /** What it is about: a document, or the request of a campaign. */
  readonly context_id: string
  /** Whose customer it goes to, and in whose words. */
  readonly document: MailableDocument
  readonly variables: Readonly<Record<string, unknown>>
  readonly enclosed: ReadonlyArray<{
    readonly kind: "invoice" | "credit_note"
    readonly id: string
    readonly format: MailFormat | null
    readonly buyer_reference: string | null
  }>
}

/** A message with what goes with it. */
export interface ComposedMail {
  readonly message: Notification
  readonly enclosures: ReadonlyArray<Enclosure>
}

const givenOf = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

/** Names of the templates that may stand for the texts of mails. */
export const templateNames = (mails: ReadonlyArray<Mail>): ReadonlyArray<string> => [
  ...new Set(mails.flatMap(({ document, stem, to }) => mailNames(stem, recipientOf(document, to).locale)))
]

/** The host's template before ours, that of the language before that of all. */
const textFor = (mail: Mail, locale: string, templates: ReadonlyMap<string, NotificationTemplate>) => {
  const own = mailNames(mail.stem, locale).flatMap((name) => templates.get(name) ?? [])[0]
  return own === undefined ? { template: null, text: mailText(mail.stem, locale) } : { template: own, text: own }
}

/** What a mail says; asks the host, so outside transactions where that can be had. Fails with `TemplateInactive`, where the host's own is. */
export const composed = Effect.fnUntraced(function* (
  mail: Mail,
  templates: ReadonlyMap<string, NotificationTemplate>,
  { of }: MessageVariablesShape,
  organization_id: OrganizationId
) {
  const recipient = recipientOf(mail.document, mail.to)
  const { template, text } = textFor(mail, recipient.locale, templates)
  if (template !== null && !template.is_active) return yield* new TemplateInactive({ name: template.name })
  const question = { organization_id, stem: mail.stem, context_type: "payment" as const, context_id: mail.context_id, recipient }
  const given = yield* of(question).pipe(
    Effect.timeoutFail({
      duration: PATIENCE,
      onTimeout: () => new HostFailed({ port: "variables", reason: new Cause.TimeoutException("no answer in time").message })
    })
  )
  const rendered: RenderedMessage = yield* renderMessage(text, givenOf({ ...mail.variables, ...given }), recipient)
  return { template, rendered }
})
export type ComposingError = TemplateInactive | RenderError | HostFailed

interface Made {
  readonly mail: Mail
  readonly template: NotificationTemplate | null
  readonly organization_id: OrganizationId
  /** One for the message and one for each enclosure. */
  readonly ids: ReadonlyArray<string>
  readonly now: DateTime.Utc
}

/** How many ids a mail needs. */
export const idsOf = ({ enclosed }: Mail): number => 1 + enclosed.length

export const headOf = ({ ids, mail, now, organization_id, template }: Made) => ({
  id: ids[0]!,
  organization_id,
  recipient: mail.document.customer_id,
  channel: "email" as const,
  template,
  address: mail.to,
  bcc_emails: mail.bcc_emails,
  about: { context_type: "payment" as const, context_id: mail.context_id },
  transition_key: mail.key,
  now
})

export const mailOf = (made: Made, rendered: RenderedMessage): ComposedMail => {
  const { ids, mail, now, organization_id } = made
  const enclosures = mail.enclosed.map(
    ({ buyer_reference, format, id, kind }, position): Enclosure => ({
      id: ids[position + 1]!,
      organization_id,
      notification: ids[0]!,
      position,
      invoice_id: kind === "invoice" ? id : null,
      credit_note_id: kind === "credit_note" ? id : null,
      format,
      buyer_reference,
      created_at: now,
      updated_at: now
    })
  )
  return { message: queuedMessage(headOf(made), rendered, now), enclosures }
}
