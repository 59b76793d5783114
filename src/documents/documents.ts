/** The service of documents: invoices and credit notes as files to send. */
import { Context, Effect, type Either, Layer, Schema } from "effect"
import { TaxStore } from "../catalog/index.js"
import {
  AdapterMissing,
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  InvalidTransition,
  type StorageError,
  Text
} from "../core/index.js"
import type { CreditNoteNotFound } from "../credits/index.js"
import { CreditNotes, type InvoiceDocument, type InvoiceNotFound, Invoices } from "../invoicing/index.js"
import {
  ciiText,
  type EInvoice,
  type EInvoiceProblem,
  EInvoiceRefused,
  eCreditNoteOf,
  eInvoiceOf,
  type TaxesById,
  taxesAtIssue,
  ublText
} from "./einvoice/index.js"
import { documentLocale } from "./locale.js"
import { localeOf, withBuyer } from "./parties.js"
import type { PrintedDocument } from "./printed.js"
import { printedCreditNote } from "./printed-credit-note.js"
import { printedInvoice } from "./printed-invoice.js"
import { type DocumentFailed, DocumentPrinters } from "./printer.js"

const field = Schema.optional(Text.atMost(255))

const Print = Schema.Struct({
  locale: Schema.optional(
    Schema.String.pipe(Schema.pattern(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,6})?$/, { message: () => "expected a locale such as en or nb-NO" }))
  ),
  format: Schema.optional(Schema.Literal("factur_x", "ubl", "cii")),
  buyer: Schema.optionalWith(
    Schema.Struct({
      legal_name: field,
      address_line1: field,
      address_line2: field,
      city: field,
      state: field,
      country: field,
      zip_code: field,
      tax_id: field
    }),
    { default: () => ({}) }
  ),
  buyer_reference: Schema.optional(Text.atMost(255))
})

/**
 * `locale`: language and formats of the document; the issuer's `document_locale` unless given. `format`: an electronic invoice of EN 16931, as
 * `ubl` or `cii` alone or as a page that carries it (`factur_x`); the page alone unless given. `buyer`: what the document does not say of its
 * customer. `buyer_reference`: the buyer's own word for the document (BT-10).
 */
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
  E | InvalidInput | InvalidTransition | EInvoiceRefused | AdapterMissing | DocumentFailed | StorageError,
  CurrentOrganization
>

export interface DocumentsShape {
  /**
   * A final invoice; a voided one is stamped so. Drawn from what was stored at its issue, so that the same invoice is the same
   * file while nothing is paid.
   *
   * Fails with `InvoiceNotFound`, `InvalidTransition` for a draft, or for a voided one that is to be electronic, `EInvoiceRefused` naming every
   * term that an electronic one lacks, `InvalidInput`, `AdapterMissing` where the host gave no printer, `DocumentFailed`.
   *
   * @see spec billing 9.5
   */
  readonly invoice: (id: string, input?: PrintInput) => Printed<InvoiceNotFound>
  /** A final credit note, the same way. Fails with `CreditNoteNotFound` and like `invoice`. */
  readonly creditNote: (id: string, input?: PrintInput) => Printed<CreditNoteNotFound>
}

type Format = NonNullable<PrintInput["format"]>

/** An electronic document on its way: its page says what it says. */
interface Sending {
  readonly id: string
  readonly kind: string
  readonly document: (spoken: EInvoice) => PrintedDocument
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

      const taxesOf = ({ taxes: applied }: InvoiceDocument): Effect.Effect<TaxesById, StorageError, CurrentOrganization> =>
        Effect.map(taxes.findAll([...new Set(applied.map(({ tax_id }) => tax_id))]), (found) => taxesAtIssue(applied, found))

      const missing = (adapter: string) => new AdapterMissing({ adapter })

      const print = Effect.fnUntraced(function* (kind: string, document: PrintedDocument) {
        if (printer === null) return yield* missing("a printer, such as pdf() of billwright/pdf,")
        const bytes = yield* printer.print(document)
        return { filename: fileName(kind, document.number, printer.extension), media_type: printer.media_type, bytes }
      })

      const electronic = Effect.fnUntraced(function* (
        { document, id, kind }: Sending,
        format: Format,
        said: Either.Either<EInvoice, ReadonlyArray<EInvoiceProblem>>
      ) {
        const invoice = yield* Effect.mapError(said, (problems) => new EInvoiceRefused({ id, problems }))
        if (format !== "factur_x") {
          const xml = format === "ubl" ? ublText(invoice) : ciiText(invoice)
          return { filename: fileName(kind, invoice.number, "xml"), media_type: "application/xml", bytes: new TextEncoder().encode(xml) }
        }
        if (printer?.printHybrid === undefined) return yield* missing("a printer of Factur-X, such as pdf() of billwright/pdf,")
        const bytes = yield* printer.printHybrid(document(invoice), ciiText(invoice))
        return { filename: fileName(kind, invoice.number, printer.extension), media_type: printer.media_type, bytes }
      })

      return Documents.of({
        invoice: Effect.fn("Documents.invoice")(function* (id, input = {}) {
          const { buyer, buyer_reference = null, format, locale } = yield* decodePrint(input)
          const document = withBuyer(yield* invoices.get(id), buyer)
          const { parties, status } = document.invoice
          const refused = (action: string) => new InvalidTransition({ entity: "Invoice", id, from: status, action })
          if (status === "draft") return yield* refused("print")
          const table = yield* taxesOf(document)
          const tag = locale ?? localeOf(parties)
          if (format === undefined) return yield* print("invoice", printedInvoice(document, table, tag))
          if (status === "voided") return yield* refused("become electronic")
          const said = eInvoiceOf(document, table, documentLocale(tag), buyer_reference)
          return yield* electronic(
            { id, kind: "invoice", document: (spoken) => printedInvoice(document, table, tag, spoken) },
            format,
            said
          )
        }),
        creditNote: Effect.fn("Documents.creditNote")(function* (id, input = {}) {
          const { buyer, buyer_reference = null, format, locale } = yield* decodePrint(input)
          const document = yield* notes.get(id)
          const { credit_status, invoice_id, status } = document.note
          const refused = (from: string, action: string) => new InvalidTransition({ entity: "CreditNote", id, from, action })
          if (status === "draft") return yield* refused(status, "print")
          // A foreign key guards that it is there.
          const invoice = withBuyer(yield* Effect.catchTag(invoices.get(invoice_id), "InvoiceNotFound", Effect.die), buyer)
          const table = yield* taxesOf(invoice)
          const tag = locale ?? localeOf(invoice.invoice.parties)
          if (format === undefined) return yield* print("credit-note", printedCreditNote(document, invoice, table, tag))
          if (credit_status === "voided") return yield* refused(credit_status, "become electronic")
          const said = eCreditNoteOf(document, invoice, table, documentLocale(tag), buyer_reference)
          const page = (spoken: EInvoice) => printedCreditNote(document, invoice, table, tag, spoken)
          return yield* electronic({ id, kind: "credit-note", document: page }, format, said)
        })
      })
    })
  )
}
