/** The service of e-mails of documents: asked for by hand, or wanted when they are issued. Messages like others, which the job `sendDue` carries out. */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import { type CustomerNotFound, Customers } from "../../accounts/index.js"
import {
  AdapterMissing,
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { CreditNoteNotFound } from "../../credits/index.js"
import { type DocumentFailed, DocumentPrinters, Documents, type EInvoiceRefused } from "../../documents/index.js"
import { InvoiceNotFound } from "../../invoicing/index.js"
import { NothingDue, type PaymentReminderStore, type PaymentRequestStore } from "../../payments/index.js"
import { CustomerHasNoEmail } from "../errors.js"
import { MessageGateways } from "../gateway.js"
import { MessageVariables } from "../host-variables.js"
import { ListMessages, type ListMessagesInput, type Notification } from "../notification.js"
import { NotificationStore, type TemplateStore } from "../store.js"
import { type ComposingError, composed, idsOf, type Mail, mailOf } from "./composing.js"
import {
  type CustomerMailing,
  type MailableDocument,
  MailDocument,
  type MailDocumentInput,
  SetMailing,
  type SetMailingInput
} from "./document-mail.js"
import { issued, mailRuns } from "./runs.js"
import { DocumentMailStore } from "./store.js"

const decodeMail = decodeInput(MailDocument)
const decodeMailing = decodeInput(SetMailing)
const decodeList = decodeInput(ListMessages)

type Mailed<E> = Effect.Effect<
  Notification,
  | E
  | ComposingError
  | InvalidInput
  | InvalidTransition
  | CustomerHasNoEmail
  | AdapterMissing
  | EInvoiceRefused
  | DocumentFailed
  | StorageError,
  CurrentOrganization
>

/** What a run queued. */
export interface MailRun {
  readonly invoices: number
  readonly credit_notes: number
  readonly reminders: number
}

export interface DocumentMailsShape {
  /**
   * Queues an e-mail of a final invoice to its customer, the page attached, and where they want it the electronic invoice. Once for each invoice,
   * by hand or at its issue, unless `again`; a repeat answers the message that there is.
   *
   * Fails with `InvoiceNotFound`, `InvalidTransition` for a draft or a voided one, `CustomerHasNoEmail`, `EInvoiceRefused` naming what an electronic
   * one lacks, `AdapterMissing` without a printer or a gateway of e-mail, `TemplateInactive`, `MissingVariable`, `TextTooLong`, `HostFailed` for texts of
   * the host, `InvalidInput`.
   *
   * @see spec billing 9.5
   */
  readonly sendInvoice: (id: string, input?: MailDocumentInput) => Mailed<InvoiceNotFound>
  /** The same for what is still due of an invoice, once a day. Fails like `sendInvoice`, with `NothingDue`. */
  readonly sendReminder: (id: string, input?: MailDocumentInput) => Mailed<InvoiceNotFound | NothingDue>
  /** The same for a credit note. Fails with `CreditNoteNotFound` and like `sendInvoice`. */
  readonly sendCreditNote: (id: string, input?: MailDocumentInput) => Mailed<CreditNoteNotFound>
  /** What was mailed to a customer, with what became of it; newest first. `context_id`: about one document. */
  readonly list: (
    customer_id: string,
    input?: ListMessagesInput
  ) => Effect.Effect<Page<Notification>, InvalidInput | StorageError, CurrentOrganization>
  /** What a customer wants; null where nothing was said. Fails with `CustomerNotFound`. */
  readonly mailing: (customer_id: string) => Effect.Effect<CustomerMailing | null, CustomerNotFound | StorageError, CurrentOrganization>
  /** Says it: from then on, nothing of before is mailed by itself. Fails with `CustomerNotFound`, `InvalidInput`. */
  readonly setMailing: (
    customer_id: string,
    input: SetMailingInput
  ) => Effect.Effect<CustomerMailing, CustomerNotFound | InvalidInput | StorageError, CurrentOrganization>
  /**
   * Queues what was issued in the last thirty days for customers who want it and was not mailed yet, and the reminders of campaigns; each once. A
   * text that cannot be made is a failed message. A job for every minute; not inside a transaction.
   */
  readonly mailDue: () => Effect.Effect<MailRun, StorageError, CurrentOrganization>
}

type Needs =
  | DocumentMailStore
  | NotificationStore
  | TemplateStore
  | PaymentReminderStore
  | PaymentRequestStore
  | Customers
  | Documents
  | Transactor
  | Ids

export class DocumentMails extends Context.Tag("billwright/DocumentMails")<DocumentMails, DocumentMailsShape>() {
  static readonly layer: Layer.Layer<DocumentMails, never, Needs> = Layer.effect(
    DocumentMails,
    Effect.gen(function* () {
      const store = yield* DocumentMailStore
      const messages = yield* NotificationStore
      const customers = yield* Customers
      const documents = yield* Documents
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const { issuedOf, remindersOf, templatesFor, write } = yield* mailRuns
      const gateways = yield* MessageGateways
      const printer = yield* DocumentPrinters
      const variables = yield* MessageVariables

      const keyed = (key: string | null) =>
        key === null ? Effect.succeed(undefined) : Effect.map(messages.keyed([key]), ([found]) => found)

      /** The message of a mail that is not there yet; that of another call, where one came first. */
      const queue = Effect.fnUntraced(function* (mail: Mail) {
        const organization_id = yield* CurrentOrganization
        const { rendered, template } = yield* composed(mail, yield* templatesFor([mail]), variables, organization_id)
        const made = mailOf({ mail, template, organization_id, ids: yield* ids.many(idsOf(mail)), now: yield* DateTime.now }, rendered)
        return yield* transaction(
          Effect.gen(function* () {
            yield* write([made])
            return (yield* keyed(mail.key)) ?? made.message
          })
        )
      })

      const ready = Effect.suspend(() => {
        if (!gateways.has("email"))
          return new AdapterMissing({ adapter: "a gateway of e-mail, such as smtp() of billwright/messaging/smtp," })
        return printer === null ? new AdapterMissing({ adapter: "a printer, such as pdf() of billwright/pdf," }) : Effect.void
      })

      const send = Effect.fnUntraced(function* <E, F = never>(
        kind: "invoice" | "credit_note",
        id: string,
        input: MailDocumentInput,
        missing: () => E,
        asked: (mail: Mail, document: MailableDocument) => Either.Either<Mail, F> = Either.right
      ) {
        const { again, to, ...wanted } = yield* decodeMail(input)
        const [document] = isUuid(id) ? yield* store.documents(kind, [id]) : []
        if (document === undefined) return yield* Effect.fail(missing())
        if (document.status !== "finalized" && document.status !== "paid") {
          const entity = kind === "invoice" ? "Invoice" : "CreditNote"
          return yield* new InvalidTransition({ entity, id, from: document.status, action: "mail" })
        }
        const told = issued(kind, { ...document, ...named(wanted) })
        const mail = yield* asked(told, document)
        const key = again ? null : mail.key
        const known = yield* keyed(key)
        if (known !== undefined) return known
        const address = to ?? document.customer_email
        if (address === null) return yield* new CustomerHasNoEmail({ customer_id: document.customer_id })
        yield* ready
        const [{ buyer_reference, format }] = told.enclosed as readonly [Mail["enclosed"][number]]
        if (format !== null) {
          // What it lacks is said now; the page is drawn when it goes out.
          const figures = { format: format === "ubl" ? format : ("cii" as const), ...(buyer_reference === null ? {} : { buyer_reference }) }
          if (kind === "invoice") yield* Effect.catchTag(documents.invoice(id, figures), "InvoiceNotFound", Effect.die)
          else yield* Effect.catchTag(documents.creditNote(id, figures), "CreditNoteNotFound", Effect.die)
        }
        return yield* queue({ ...mail, to: address, key })
      })

      const reminding = (mail: Mail, { due_cents, id }: MailableDocument, day: string): Either.Either<Mail, NothingDue> =>
        due_cents === 0n
          ? Either.left(new NothingDue({ invoice_id: id }))
          : Either.right({ ...mail, stem: "invoice_reminder", key: `invoice_reminder:${id}:${day}` })

      return DocumentMails.of({
        sendInvoice: Effect.fn("DocumentMails.sendInvoice")((id, input = {}) =>
          send("invoice", id, input, () => new InvoiceNotFound({ id }))
        ),

        sendReminder: Effect.fn("DocumentMails.sendReminder")(function* (id, input = {}) {
          const day = DateTime.formatIsoDateUtc(yield* DateTime.now)
          return yield* send(
            "invoice",
            id,
            input,
            () => new InvoiceNotFound({ id }),
            (mail, document) => reminding(mail, document, day)
          )
        }),

        sendCreditNote: Effect.fn("DocumentMails.sendCreditNote")((id, input = {}) =>
          send("credit_note", id, input, () => new CreditNoteNotFound({ id }))
        ),

        list: Effect.fn("DocumentMails.list")(function* (customer_id, input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          const names = [customer_id, given.context_id ?? customer_id].every(isUuid)
          return pageOf<Notification>(request, names ? yield* messages.page(customer_id, given, request) : { rows: [], total: 0 })
        }),

        mailing: Effect.fn("DocumentMails.mailing")(function* (customer_id) {
          const { id } = yield* customers.get({ id: customer_id })
          return (yield* store.mailing(id)) ?? null
        }),

        setMailing: Effect.fn("DocumentMails.setMailing")(function* (customer_id, input) {
          const given = yield* decodeMailing(input)
          return yield* transaction(
            Effect.gen(function* () {
              const { id, organization_id } = yield* customers.get({ id: customer_id })
              const now = yield* DateTime.now
              const before = yield* store.mailing(id)
              const unsaid = { on_issue: false, format: null, buyer_reference: null, bcc_emails: [], since: now, created_at: now }
              const after: CustomerMailing = { ...unsaid, ...before, ...named(given), id, organization_id, updated_at: now }
              const mailing = { ...after, since: after.on_issue && before?.on_issue !== true ? now : after.since }
              yield* store.saveMailing(mailing)
              return mailing
            })
          )
        }),

        mailDue: Effect.fn("DocumentMails.mailDue")(function* () {
          const invoices = yield* issuedOf("invoice")
          const credit_notes = yield* issuedOf("credit_note")
          return { invoices, credit_notes, reminders: yield* remindersOf }
        })
      })
    })
  )
}
