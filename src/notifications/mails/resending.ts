/** E-mails of documents that are sent again: the text that there was, or one made now where there was none, and what goes with it. */
import { DateTime, Effect } from "effect"
import { CurrentOrganization, Ids, InvalidTransition, Transactor } from "../../core/index.js"
import { NothingDue, PaymentRequestStore } from "../../payments/index.js"
import { queuedMessage } from "../composing.js"
import { MessageVariables, type MessageVariablesShape } from "../host-variables.js"
import type { Notification } from "../notification.js"
import { type ComposedMail, composed, idsOf, type Mail, mailOf } from "./composing.js"
import { type MailableDocument, mailStemOf } from "./document-mail.js"
import { issued, mailRuns, requested } from "./runs.js"
import { DocumentMailStore } from "./store.js"

type Kind = "invoice" | "credit_note"
type Values = Readonly<Record<string, unknown>>

const ENTITIES = { invoice: "Invoice", credit_note: "CreditNote" } as const

/** What is void is not mailed. */
const requireStanding = (kind: Kind, id: string, status: string) =>
  status === "voided" ? new InvalidTransition({ entity: ENTITIES[kind], id, from: status, action: "mail" }) : Effect.void

/** What the host says, and before it what was said with the call. */
const withValues = ({ of }: MessageVariablesShape, values: Values): MessageVariablesShape => ({
  of: (question) => Effect.map(of(question), (given) => ({ ...given, ...values }))
})

/** Whether a message without enclosures is an e-mail of a document all the same: one of a run, whose text could not be made. */
const isTextless = ({ body, transition_key }: Notification): boolean => body === "" && mailStemOf(transition_key) !== undefined

export const mailResending = Effect.gen(function* () {
  const store = yield* DocumentMailStore
  const requests = yield* PaymentRequestStore
  const { templatesFor, write } = yield* mailRuns
  const { transaction } = yield* Transactor
  const ids = yield* Ids
  const variables = yield* MessageVariables

  type Head = Pick<Mail, "key" | "to" | "bcc_emails" | "context_id">

  /** Documents that a key of the database guards: there is one at least. */
  const documentsOf = (kind: Kind, asked: ReadonlyArray<string>) =>
    Effect.map(store.documents(kind, asked), (found) => found as readonly [MailableDocument, ...ReadonlyArray<MailableDocument>])

  const ofIssue = Effect.fnUntraced(function* (kind: Kind, head: Head) {
    const [document] = yield* documentsOf(kind, [head.context_id])
    yield* requireStanding(kind, document.id, document.status)
    return { ...issued(kind, document), ...head }
  })

  const ofRequest = Effect.fnUntraced(function* (head: Head) {
    const links = yield* requests.invoicesOf([head.context_id])
    const asked = links.map(({ invoice_id }) => invoice_id)
    const invoices = yield* documentsOf("invoice", asked)
    return requested(head, invoices) ?? (yield* new NothingDue({ invoice_id: invoices[0].id }))
  })

  /** A text from the documents as they are now. */
  const madeAnew = Effect.fnUntraced(function* ({ address, bcc_emails, context_id, transition_key }: Notification, values: Values) {
    const head = { key: null, to: address!, bcc_emails, context_id: context_id! }
    const stem = mailStemOf(transition_key)
    const mail = yield* stem === "payment_reminder"
      ? ofRequest(head)
      : ofIssue(stem === "credit_note_issued" ? "credit_note" : "invoice", head)
    const organization_id = yield* CurrentOrganization
    const { rendered, template } = yield* composed(mail, yield* templatesFor([mail]), withValues(variables, values), organization_id)
    const now = yield* DateTime.now
    return mailOf({ mail, template, organization_id, ids: yield* ids.many(idsOf(mail)), now }, rendered)
  })

  type Enclosed = Effect.Effect.Success<ReturnType<typeof store.enclosed>>

  const repeated = Effect.fnUntraced(function* (message: Notification, enclosed: Enclosed) {
    for (const { credit_note_id, document_status, invoice_id } of enclosed) {
      yield* invoice_id === null
        ? requireStanding("credit_note", credit_note_id!, document_status)
        : requireStanding("invoice", invoice_id, document_status)
    }
    const { body, context_id, context_type, provider_template, subject, template } = message
    const now = yield* DateTime.now
    const [id, ...fresh] = (yield* ids.many(1 + enclosed.length)) as [string, ...ReadonlyArray<string>]
    const row = {
      ...message,
      id,
      template: template === null ? null : { id: template, provider_template },
      about: { context_type, context_id },
      transition_key: null,
      now
    }
    const enclosures = enclosed.map(({ document_status: _, ...enclosure }, place) => ({
      ...enclosure,
      id: fresh[place]!,
      notification: id,
      created_at: now,
      updated_at: now
    }))
    return { message: queuedMessage(row, { subject, body }, now), enclosures } satisfies ComposedMail
  })

  /**
   * The e-mail of a document that is made and stored in place of one that failed; undefined for any other message. It goes to the same address, and where
   * there was no text it is made with `values`. Fails with `InvalidTransition` where a document was voided, `NothingDue` where a campaign's were paid.
   */
  return Effect.fnUntraced(function* (message: Notification, values: Values) {
    const enclosed = message.channel === "email" ? yield* store.enclosed([message]) : []
    if (enclosed.length === 0 && !isTextless(message)) return undefined
    const made: ComposedMail = yield* enclosed.length === 0 ? madeAnew(message, values) : repeated(message, enclosed)
    yield* transaction(write([made]))
    return made.message
  })
})
