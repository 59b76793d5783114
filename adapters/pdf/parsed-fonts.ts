/**
 * Fonts are parsed once a process, not once a document: that is a third of a page's work. pdfkit takes bytes alone, so that what it
 * made of them is kept beside the bytes and given to the documents that come after.
 */

/** A font as pdfkit keeps it in a document, and what its parser made of the bytes. */
interface EmbeddedFont {
  readonly name: string | null
  readonly id: string
  readonly font: unknown
}

/** What of a pdfkit document its fonts are kept in. */
export interface FontsOfPdf {
  font: (source: unknown, ...rest: ReadonlyArray<unknown>) => FontsOfPdf
  _font: EmbeddedFont
  _fontCount: number
  readonly _fontFamilies: Record<string, EmbeddedFont>
}

type Embed = new (pdf: FontsOfPdf, font: unknown, id: string) => EmbeddedFont

const parsed = new WeakMap<Uint8Array, { readonly font: unknown; readonly Embed: Embed }>()

/** Lets a document take its fonts from those that were parsed, and leave the others that it parses. */
export const shareFonts = (pdf: FontsOfPdf): void => {
  const parse = pdf.font.bind(pdf)
  pdf.font = (source, ...rest) => {
    const known = source instanceof Uint8Array ? parsed.get(source) : undefined
    if (known !== undefined) {
      pdf._fontCount += 1
      const font = new known.Embed(pdf, known.font, `F${pdf._fontCount}`)
      pdf._font = font
      pdf._fontFamilies[font.name !== null && pdf._fontFamilies[font.name] === undefined ? font.name : font.id] = font
      return pdf
    }
    const before = new Set(Object.values(pdf._fontFamilies))
    parse(source, ...rest)
    // One that pdfkit found to be the same as another is not a font of its own.
    if (source instanceof Uint8Array && !before.has(pdf._font)) {
      parsed.set(source, { font: pdf._font.font, Embed: pdf._font.constructor as Embed })
    }
    return pdf
  }
}
