/** The port of what draws documents; `billwright/pdf` fills it. */
import { Context, type Effect, Schema } from "effect"
import type { PrintedDocument, PrintedSheet } from "./printed.js"

/** A document could not be drawn. */
export class DocumentFailed extends Schema.TaggedError<DocumentFailed>()("DocumentFailed", { reason: Schema.String }) {
  override get message(): string {
    return `the document could not be drawn: ${this.reason}`
  }
}

export interface DocumentPrinter {
  /** Such as `application/pdf`. */
  readonly media_type: string
  /** Such as `pdf`. */
  readonly extension: string
  /** The same document is drawn in the same bytes. */
  readonly print: (document: PrintedDocument) => Effect.Effect<Uint8Array, DocumentFailed>
  /** The same with an electronic invoice in it, as Factur-X has it: PDF/A-3 with `factur-x.xml`. Of printers that can. */
  readonly printHybrid?: (document: PrintedDocument, cii: string) => Effect.Effect<Uint8Array, DocumentFailed>
  /** Draws a sheet of figures, where it can: reports and packs have no file without. */
  readonly sheet?: (sheet: PrintedSheet) => Effect.Effect<Uint8Array, DocumentFailed>
}

/** What the host draws documents with; nothing unless it says so. */
export class DocumentPrinters extends Context.Reference<DocumentPrinters>()("billwright/DocumentPrinters", {
  defaultValue: (): DocumentPrinter | null => null
}) {}
