/** Draws what goes with a message, when it goes out: outside transactions, as the document is then. */
import { Effect } from "effect"
import { CurrentOrganization } from "../../core/index.js"
import { DocumentFailed, type DocumentFile, type Documents } from "../../documents/index.js"
import type { Attachment } from "../gateway.js"
import type { Enclosure } from "./document-mail.js"

/** Fails where a document was voided since, or cannot be drawn. */
export const drawn = (documents: Documents["Type"], enclosures: ReadonlyArray<Enclosure & { readonly document_status: string }>) =>
  Effect.forEach(enclosures, (enclosure) => {
    const { buyer_reference, credit_note_id, document_status, format, invoice_id, organization_id } = enclosure
    const draw = (as: Enclosure["format"]) => {
      const input = as === null ? {} : { format: as, ...(buyer_reference === null ? {} : { buyer_reference }) }
      return invoice_id === null ? documents.creditNote(credit_note_id!, input) : documents.invoice(invoice_id, input)
    }
    const drawing: Effect.Effect<ReadonlyArray<DocumentFile>, unknown, CurrentOrganization> = document_status === "voided"
      ? new DocumentFailed({ reason: "it was voided before it was mailed" })
      : // A page that carries its figures is one file; else they go beside it.
        Effect.all(format === "ubl" || format === "cii" ? [draw(null), draw(format)] : [draw(format)])
    return Effect.provideService(drawing, CurrentOrganization, organization_id)
  }).pipe(Effect.map((files): ReadonlyArray<Attachment> => files.flat()))
