/** The metadata of a document (XMP), from the same facts as its information dictionary: archives want both to agree. Pure. */

/** What pdfkit keeps of a document's definition. */
export interface PdfInfo {
  readonly Title?: string
  readonly Author?: string
  readonly Creator?: string
  readonly Producer?: string
  readonly CreationDate?: Date
  readonly ModDate?: Date
}

const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu

const escaped = (text: string): string => text.replace(UNWRITABLE, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

const element = (name: string, text: string | undefined): string => (text === undefined ? "" : `<${name}>${text}</${name}>`)

const instantText = (at: Date | undefined): string | undefined => at && `${at.toISOString().slice(0, 19)}Z`

const list = (kind: "Alt" | "Seq", item: string | undefined): string | undefined =>
  item && `<rdf:${kind}><rdf:li${kind === "Alt" ? ' xml:lang="x-default"' : ""}>${escaped(item)}</rdf:li></rdf:${kind}>`

/** pdfkit writes the same without escaping it. */
export const metadataOf = ({ Author, CreationDate, Creator, ModDate, Producer, Title }: PdfInfo): string =>
  `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
${[
  element("xmp:CreateDate", instantText(CreationDate)),
  element("xmp:ModifyDate", instantText(ModDate)),
  element("xmp:CreatorTool", Creator && escaped(Creator)),
  element("dc:title", list("Alt", Title)),
  element("dc:creator", list("Seq", Author)),
  element("pdf:Producer", Producer && escaped(Producer))
].join("\n")}
</rdf:Description>`
