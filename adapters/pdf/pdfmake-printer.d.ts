/** The part of pdfmake that draws without its shared instance, whose fonts and policies are the host's. */
declare module "pdfmake/js/Printer.js" {
  import type { TDocumentDefinitions } from "pdfmake/interfaces.js"

  interface Pdf extends NodeJS.ReadableStream {
    readonly info: import("./metadata.js").PdfInfo
    /** Adds to its metadata; `_addInfo` is called at the end, to add what `info` says. */
    readonly appendXML: (xml: string) => void
    _addInfo: () => void
    readonly end: () => void
  }
  interface Printer {
    createPdfKitDocument(definition: TDocumentDefinitions, options: { tableLayouts: unknown }): Promise<Pdf>
  }
  type PrinterClass = new (
    fonts: Record<string, { normal: string; bold: string }>,
    files: { existsSync: (name: unknown) => boolean; readFileSync: (name: string) => Uint8Array },
    addresses: { resolve: () => void; resolved: () => Promise<void> },
    mayRead: (path: string) => boolean
  ) => Printer

  const outer: PrinterClass | { readonly default: PrinterClass }
  // biome-ignore lint/style/noDefaultExport: the module's own
  export default outer
}
