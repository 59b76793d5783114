/** The port to what e-mails of documents are made from, and to what goes with them. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { CustomerMailing, Enclosure, MailableDocument } from "./document-mail.js"

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

type Kind = "invoice" | "credit_note"

export interface DocumentMailStoreShape {
  /** With the message that they go with; of messages that are not there none are kept. */
  readonly enclose: (enclosures: ReadonlyArray<Enclosure>) => Effect.Effect<void, StorageError>
  /** Of every organization: what goes with these messages, in order, with the status of the document now. */
  readonly enclosed: (
    messages: ReadonlyArray<{ readonly organization_id: string; readonly id: string }>
  ) => Effect.Effect<ReadonlyArray<Enclosure & { readonly document_status: string }>, StorageError>
  /** By id; with what their customers want. */
  readonly documents: (kind: Kind, ids: ReadonlyArray<string>) => Call<ReadonlyArray<MailableDocument>>
  /**
   * Final ones with an id above `after`, ascending, at most `limit`, issued at or after `since`, whose customers have an address and want them when
   * they are issued, and of which there is no message by the key `<stem>:<id>`.
   */
  readonly wanted: (
    kind: Kind,
    range: { readonly since: DateTime.Utc; readonly after: string | null; readonly limit: number }
  ) => Call<ReadonlyArray<MailableDocument>>
  readonly mailing: (customer_id: string) => Call<CustomerMailing | undefined>
  /** The only one of its customer. */
  readonly saveMailing: (mailing: CustomerMailing) => Effect.Effect<void, StorageError>
}

export class DocumentMailStore extends Context.Tag("billwright/DocumentMailStore")<DocumentMailStore, DocumentMailStoreShape>() {}
