/** The texts of a PDF as a reader's program finds them. */
import { getDocument, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs"

const open = (bytes: Uint8Array): Promise<PDFDocumentProxy> =>
  // It takes the bytes away from whoever gave them.
  getDocument({ data: new Uint8Array(bytes), verbosity: 0, isEvalSupported: false }).promise

/** One text for each page, pieces in the order in which they were drawn, no space where none was. */
export const pdfPages = async (bytes: Uint8Array): Promise<ReadonlyArray<string>> => {
  const document = await open(bytes)
  const pages: Array<string> = []
  for (let number = 1; number <= document.numPages; number += 1) {
    const { items } = await (await document.getPage(number)).getTextContent()
    pages.push(items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join(""))
  }
  await document.destroy()
  return pages
}
