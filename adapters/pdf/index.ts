/** Documents as PDF: `billwright/pdf`, a printer on pdfmake. No browser, no HTML, nothing fetched. */
import { Effect } from "effect"
import type { TDocumentDefinitions } from "pdfmake/interfaces.js"
import * as printerModule from "pdfmake/js/Printer.js"
import { DocumentFailed, type DocumentPrinter, type PrintedDocument } from "../../src/documents/index.js"
import { type Font, type HostFont, hostFont, shippedFonts } from "./fonts.js"
import { drawableDocument, facturXMetadata, hybridDefinition } from "./hybrid.js"
import { layoutOf, tableLayouts } from "./layout.js"
import { isInInks, logoUrl } from "./logo.js"
import { metadataOf } from "./metadata.js"
import { type FontsOfPdf, shareFonts } from "./parsed-fonts.js"
import { sheetLayout } from "./sheet.js"

export type { HostFont }

export interface PdfOptions {
  /** The logo of an organization, PNG or JPEG of at most 1 MiB; other bytes are left out, and CMYK where an electronic invoice is carried. */
  readonly logo?: (organization_id: string) => Uint8Array | null | Promise<Uint8Array | null>
  /** For scripts beside Latin, Greek, Cyrillic, Devanagari, Arabic and Hebrew; they come before the package's own. */
  readonly fonts?: ReadonlyArray<HostFont>
}

/** Fonts by the names that pdfmake asks for, as files of a system that holds nothing else. */
const filesOf = (fonts: ReadonlyArray<Font>) => {
  const files = new Map<string, () => Uint8Array>(
    fonts.flatMap(({ bold, name, regular }) => [
      [`${name}/regular`, regular],
      [`${name}/bold`, bold]
    ])
  )
  return {
    existsSync: (name: unknown) => typeof name === "string" && files.has(name),
    readFileSync: (name: string) => files.get(name)!()
  }
}

// The module is CommonJS that was ESM once: its class is the default of what loaders call its default, or that itself.
const { default: outer } = printerModule
const PdfPrinter = "default" in outer ? outer.default : outer

/** Nothing is fetched: no address ever comes from a document. */
const noAddresses = { resolve: () => undefined, resolved: () => Promise.resolve() }

/** The document stands on its printer before anything is laid out: the moment to share fonts with it. */
const sharing = <P extends object>(printer: P): P => {
  let pdf: FontsOfPdf | undefined
  const set = (made: FontsOfPdf) => {
    pdf = made
    shareFonts(made)
  }
  return Object.defineProperty(printer, "pdfKitDoc", { get: () => pdf, set })
}

/** What is drawn, and the metadata of an electronic invoice in it. */
const draw = async (definition: TDocumentDefinitions, fonts: ReadonlyArray<Font>, metadata: string | null): Promise<Uint8Array> => {
  const names = Object.fromEntries(fonts.map(({ name }) => [name, { normal: `${name}/regular`, bold: `${name}/bold` }]))
  const printer = sharing(new PdfPrinter(names, filesOf(fonts), noAddresses, () => false))
  const pdf = await printer.createPdfKitDocument(definition, { tableLayouts })
  pdf._addInfo = () => pdf.appendXML(metadataOf(pdf.info))
  if (metadata !== null) pdf.appendXML(metadata)
  const chunks: Array<Uint8Array> = []
  const whole = new Promise<Uint8Array>((resolve, reject) => {
    pdf.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    pdf.on("end", () => resolve(Buffer.concat(chunks)))
    pdf.on("error", reject)
    pdf.end()
  })
  // Nothing of it waits for the event loop: without a turn after each, many documents would hold up the host and its garbage collector.
  await new Promise((resolve) => setImmediate(resolve))
  return whole
}

const attempt = (drawn: () => Promise<Uint8Array>) =>
  Effect.tryPromise({
    try: drawn,
    catch: (error) => new DocumentFailed({ reason: error instanceof Error ? error.message : String(error) })
  })

/**
 * A printer of PDFs for `createBilling({ printer: pdf() })`; needs the package `pdfmake` beside Billwright.
 *
 * @see spec billing 9.5
 */
export const pdf = ({ fonts = [], logo = () => null }: PdfOptions = {}): DocumentPrinter => {
  const [first, ...others] = shippedFonts
  const all = [first!, ...fonts.map(hostFont), ...others]
  /** `cii`: an electronic invoice to be carried, as text. */
  const drawn = (document: PrintedDocument, cii: string | null) =>
    attempt(async () => {
      const picture = await logo(document.organization_id)
      if (cii === null) return draw(layoutOf(document, all, logoUrl(picture)), all, null)
      const page = layoutOf(drawableDocument(document, all), all, picture !== null && isInInks(picture) ? null : logoUrl(picture))
      return draw(hybridDefinition(page, cii, document.issued_at), all, facturXMetadata)
    })
  return {
    media_type: "application/pdf",
    extension: "pdf",
    print: (document) => drawn(document, null),
    printHybrid: drawn,
    sheet: (sheet) => attempt(() => draw(sheetLayout(sheet, all), all, null))
  }
}
