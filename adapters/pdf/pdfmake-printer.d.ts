/** The part of pdfmake that draws without its shared instance, whose fonts and policies are the host's. */
declare module "pdfmake/js/Printer.js" {
  import type { TDocumentDefinitions } from "pdfmake/interfaces.js"

  interface Printer {
    createPdfKitDocument(
      definition: TDocumentDefinitions,
      options: { tableLayouts: unknown }
    ): Promise<NodeJS.ReadableStream & { end: () => void }>
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
