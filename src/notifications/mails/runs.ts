/** Runs of mails: what was issued for customers who want it, what campaigns ask for. Asked of the host outside, written in one transaction for each batch. */
import { DateTime, Duration, Effect, Either } from "effect"
import { CurrentOrganization, Ids, type OrganizationId, type StorageError, Transactor } from "../../core/index.js"
import { PaymentReminderStore, PaymentRequestStore } from "../../payments/index.js"
import { failedMessage } from "../composing.js"
import { MessageVariables } from "../host-variables.js"
import { NotificationStore, TemplateStore } from "../store.js"
import { type ComposedMail, composed, headOf, idsOf, type Mail, mailOf, templateNames } from "./composing.js"
import type { MailableDocument } from "./document-mail.js"
import { DocumentMailStore } from "./store.js"
import { documentVariables, requestVariables } from "./texts.js"

const BATCH = 200
/** A job that stood still for longer mails nothing of before by itself. */
const REACH = Duration.days(30)
/** Of one e-mail; all of them stand in its text. */
const MOST_ENCLOSED = 20
const HOSTS_AT_ONCE = 10

/** The mail of a document's issue. */
export const issued = (kind: "invoice" | "credit_note", document: MailableDocument): Mail => ({
  stem: `${kind}_issued`,
  key: `${kind}_issued:${document.id}`,
  to: document.customer_email ?? "",
  bcc_emails: document.bcc_emails,
  context_id: document.id,
  document,
  variables: documentVariables(document),
  enclosed: [{ kind, id: document.id, format: document.format, buyer_reference: document.buyer_reference }]
})

/** The mail of what a campaign asks for; undefined where nothing of it is due any more. */
export const requested = (
  mail: Pick<Mail, "key" | "to" | "bcc_emails" | "context_id">,
  invoices: ReadonlyArray<MailableDocument>
): Mail | undefined => {
  const due = invoices.filter(({ due_cents }) => due_cents > 0n)
  const [document] = due
  if (document === undefined) return undefined
  return {
    ...mail,
    stem: "payment_reminder",
    document,
    variables: requestVariables(
      due,
      due.reduce((sum, { due_cents }) => sum + due_cents, 0n)
    ),
    enclosed: due.slice(0, MOST_ENCLOSED).map(({ id }) => ({ kind: "invoice", id, format: null, buyer_reference: null }))
  }
}

export const mailRuns = Effect.gen(function* () {
  const store = yield* DocumentMailStore
  const messages = yield* NotificationStore
  const templates = yield* TemplateStore
  const reminders = yield* PaymentReminderStore
  const requests = yield* PaymentRequestStore
  const { transaction } = yield* Transactor
  const ids = yield* Ids
  const variables = yield* MessageVariables

  const templatesFor = (mails: ReadonlyArray<Mail>) =>
    Effect.map(templates.named(templateNames(mails)), (found) => new Map(found.map((template) => [template.name, template])))

  const write = Effect.fnUntraced(function* (composedMails: ReadonlyArray<ComposedMail>) {
    yield* messages.insert(composedMails.map(({ message }) => message))
    yield* store.enclose(composedMails.flatMap(({ enclosures }) => enclosures))
  })

  /** Mails of a run: what the host says no to is left out, what cannot be made has failed. Asked outside, written in one transaction. */
  const queueAll = Effect.fnUntraced(function* (mails: ReadonlyArray<Mail>, done: Effect.Effect<void, StorageError, CurrentOrganization>) {
    const organization_id: OrganizationId = yield* CurrentOrganization
    const now = yield* DateTime.now
    const known = yield* templatesFor(mails)
    const said = yield* Effect.forEach(mails, (mail) => Effect.either(composed(mail, known, variables, organization_id)), {
      concurrency: HOSTS_AT_ONCE
    })
    const fresh = yield* ids.many(mails.reduce((count, mail) => count + idsOf(mail), 0))
    let taken = 0
    const made = mails.flatMap((mail, index): ReadonlyArray<ComposedMail> => {
      const text = said[index]!
      const own = fresh.slice(taken, taken + idsOf(mail))
      taken += own.length
      if (Either.isRight(text))
        return [mailOf({ mail, template: text.right.template, organization_id, ids: own, now }, text.right.rendered)]
      if (text.left._tag === "TemplateInactive") return []
      const head = headOf({ mail, template: null, organization_id, ids: own, now })
      return [{ message: failedMessage(head, null, text.left.message), enclosures: [] }]
    })
    yield* transaction(Effect.zipRight(write(made), done))
    return made.length
  })

  const issuedOf = Effect.fnUntraced(function* (kind: "invoice" | "credit_note") {
    const since = DateTime.subtractDuration(yield* DateTime.now, REACH)
    let after: string | null = null
    let queued = 0
    while (true) {
      const found: ReadonlyArray<MailableDocument> = yield* store.wanted(kind, { since, after, limit: BATCH })
      if (found.length === 0) return queued
      queued += yield* queueAll(
        found.map((document) => issued(kind, document)),
        Effect.void
      )
      after = found[found.length - 1]!.id
    }
  })

  const remindersOf = Effect.gen(function* () {
    let queued = 0
    while (true) {
      const open = yield* reminders.unsent(BATCH)
      if (open.length === 0) return queued
      const links = yield* requests.invoicesOf([...new Set(open.map(({ payment_request_id }) => payment_request_id))])
      const found = yield* store.documents("invoice", [...new Set(links.map(({ invoice_id }) => invoice_id))])
      const mails = open.flatMap((reminder): ReadonlyArray<Mail> => {
        const own = new Set(links.flatMap((link) => (link.payment_request_id === reminder.payment_request_id ? [link.invoice_id] : [])))
        const { bcc_emails, email: to, id, payment_request_id: context_id } = reminder
        const invoices = found.filter((invoice) => own.has(invoice.id))
        // What was paid meanwhile is not asked for.
        const mail = requested({ key: `payment_reminder:${id}`, to, bcc_emails, context_id }, invoices)
        return mail === undefined ? [] : [mail]
      })
      const now = yield* DateTime.now
      queued += yield* queueAll(
        mails,
        reminders.markSent(
          open.map(({ id }) => id),
          now
        )
      )
    }
  })

  return { issuedOf, remindersOf, templatesFor, write }
})
