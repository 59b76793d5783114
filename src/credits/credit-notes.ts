/** The service of credit notes: reads. They are made where invoices are. */
import { Context, Effect, Layer, Schema } from "effect"
import {
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  isUuid,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  type StorageError
} from "../core/index.js"
import { CreditNoteType } from "./credit-note.js"
import { CreditNoteNotFound } from "./errors.js"
import { type CreditNote, type CreditNoteDocument, CreditNoteStatus, CreditStatus, RefundStatus } from "./note.js"
import { CreditNoteStore } from "./note-store.js"

const ListCreditNotes = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  invoice_id: Schema.optional(Schema.String),
  credit_note_type: Schema.optional(CreditNoteType),
  status: Schema.optional(CreditNoteStatus),
  credit_status: Schema.optional(CreditStatus),
  refund_status: Schema.optional(RefundStatus)
})
export type ListCreditNotesInput = typeof ListCreditNotes.Encoded

const decodeList = decodeInput(ListCreditNotes)

export interface CreditNotesShape {
  /** With its items, in order. Fails with `CreditNoteNotFound`. */
  readonly get: (id: string) => Effect.Effect<CreditNoteDocument, CreditNoteNotFound | StorageError, CurrentOrganization>
  /** Sorted by `created_at`. */
  readonly list: (input?: ListCreditNotesInput) => Effect.Effect<Page<CreditNote>, InvalidInput | StorageError, CurrentOrganization>
}

export class CreditNotes extends Context.Tag("billwright/CreditNotes")<CreditNotes, CreditNotesShape>() {
  static readonly layer: Layer.Layer<CreditNotes, never, CreditNoteStore> = Layer.effect(
    CreditNotes,
    Effect.map(CreditNoteStore, (store) =>
      CreditNotes.of({
        get: Effect.fn("CreditNotes.get")(function* (id) {
          const [document] = isUuid(id) ? yield* store.load([id]) : []
          return document ?? (yield* new CreditNoteNotFound({ id }))
        }),
        list: Effect.fn("CreditNotes.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        })
      })
    )
  )
}
