/** The service of documents: invoices and credit notes as files to send. */
import { Context, Effect, Layer, Schema } from "effect"
import { TaxStore } from "../catalog/index.js"
import {
  AdapterMissing,
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  InvalidTransition,
  type StorageError
} from "../core/index.js"
import type { CreditNoteNotFound } from "../credits/index.js"
import { CreditNotes, type InvoiceNotFound, Invoices } from "../invoicing/index.js"
import { localeOf } from "./parties.js"
import type { PrintedDocument } from "./printed.js"
import { printedCreditNote } from "./printed-credit-note.js"
import { printedInvoice, type TaxNames } from "./printed-invoice.js"
import { type DocumentFailed, DocumentPrinters } from "./printer.js"

const Print = Schema.Struct({
  locale: Schema.optional(
    Schema.String.pipe(Schema.pattern(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,6})?$/, { message: () => "expected a locale such as en or nb-NO" }))
  )
})

/** `locale`: language and formats of the document; the issuer's `document_locale` unless given. */
export type PrintInput = typeof Print.Encoded

const decodePrint = decodeInput(Print)

/** A file to send or to store. */
export interface DocumentFile {
  readonly filename: string
  readonly media_type: string
  readonly bytes: Uint8Array
}

type Printed<E> = Effect.Effect<
  DocumentFile,
  E | InvalidInput | InvalidTransition | AdapterMissing | DocumentFailed | StorageError,
  CurrentOrganization
>

export interface DocumentsShape {
  /**
   * A final invoice; a voided one is stamped so. Drawn from what was stored at its issue, so that the same invoice is the same
   * file while nothing is paid.
   *
   * Fails with `InvoiceNotFound`, `InvalidTransition` for a draft, `InvalidInput`, `AdapterMissing` where the host gave no printer, `DocumentFailed`.
   *
   * @see spec billing 9.5
   */
  readonly invoice: (id: string, input?: PrintInput) => Printed<InvoiceNotFound>
  /** A final credit note, the same way. Fails with `CreditNoteNotFound` and like `invoice`. */
  readonly creditNote: (id: string, input?: PrintInput) => Printed<CreditNoteNotFound>
}

/** A file's name holds nothing that a path or a header could be made of. */
const fileName = (title: string, number: string, extension: string): string =>
  `${`${title}-${number}`.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "")}.${extension}`

export class Documents extends Context.Tag("billwright/Documents")<Documents, DocumentsShape>() {
  static readonly layer: Layer.Layer<Documents, never, Invoices | CreditNotes | TaxStore> = Layer.effect(
    Documents,
    Effect.gen(function* () {
      const invoices = yield* Invoices
      const notes = yield* CreditNotes
      const taxes = yield* TaxStore
      const printer = yield* DocumentPrinters

      const namesOf = (ids: ReadonlyArray<string>): Effect.Effect<TaxNames, StorageError, CurrentOrganization> =>
        Effect.map(
          Effect.forEach([...new Set(ids)], (id) => taxes.find({ id })),
          (found) => new Map(found.flatMap((tax) => (tax === undefined ? [] : [[tax.id as string, tax.name] as const])))
        )

      const print = Effect.fnUntraced(function* (kind: string, document: PrintedDocument) {
        if (printer === null) return yield* new AdapterMissing({ adapter: "a printer, such as pdf() of billwright/pdf," })
        const bytes = yield* printer.print(document)
        return { filename: fileName(kind, document.number, printer.extension), media_type: printer.media_type, bytes }
      })

      return Documents.of({
        invoice: Effect.fn("Documents.invoice")(function* (id, input = {}) {
          const { locale } = yield* decodePrint(input)
          const document = yield* invoices.get(id)
          const { parties, status } = document.invoice
          if (status === "draft") return yield* new InvalidTransition({ entity: "Invoice", id, from: status, action: "print" })
          const names = yield* namesOf(document.taxes.map(({ tax_id }) => tax_id))
          return yield* print("invoice", printedInvoice(document, names, locale ?? localeOf(parties)))
        }),
        creditNote: Effect.fn("Documents.creditNote")(function* (id, input = {}) {
          const { locale } = yield* decodePrint(input)
          const document = yield* notes.get(id)
          const { invoice_id, status } = document.note
          if (status === "draft") return yield* new InvalidTransition({ entity: "CreditNote", id, from: status, action: "print" })
          // A foreign key guards that it is there.
          const invoice = yield* Effect.catchTag(invoices.get(invoice_id), "InvoiceNotFound", Effect.die)
          const names = yield* namesOf(document.items.flatMap((item) => item.taxes.map(({ tax_id }) => tax_id)))
          return yield* print("credit-note", printedCreditNote(document, invoice, names, locale ?? localeOf(invoice.invoice.parties)))
        })
      })
    })
  )
}
