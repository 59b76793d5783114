/**
 * A page that carries an electronic invoice: PDF/A-3b with `factur-x.xml` in it, as Factur-X 1 and ZUGFeRD 2 have it. Pure.
 *
 * pdfkit writes the archive's identification, its colour profile and the attachment; what of the metadata is Factur-X's own stands here.
 */
import type { TDocumentDefinitions } from "pdfmake/interfaces.js"
import type { PrintedDocument } from "../../src/documents/index.js"
import { type Font, isDrawn } from "./fonts.js"

const FILE = "factur-x.xml"
const NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

/** What the metadata says of the attachment, and what each of it means: archives take no property that is not declared. */
const PROPERTIES = [
  { name: "DocumentFileName", value: FILE, meaning: "The name of the embedded XML document" },
  { name: "DocumentType", value: "INVOICE", meaning: "The type of the hybrid document" },
  { name: "Version", value: "1.0", meaning: "The version of the XML schema of the embedded document" },
  { name: "ConformanceLevel", value: "EN 16931", meaning: "The profile of the embedded document" }
] as const

const declared = PROPERTIES.map(
  ({ meaning, name }) => `<rdf:li rdf:parseType="Resource">
  <pdfaProperty:name>${name}</pdfaProperty:name>
  <pdfaProperty:valueType>Text</pdfaProperty:valueType>
  <pdfaProperty:category>external</pdfaProperty:category>
  <pdfaProperty:description>${meaning}</pdfaProperty:description>
</rdf:li>`
).join("\n")

export const facturXMetadata = `<rdf:Description rdf:about="" xmlns:fx="${NAMESPACE}">
${PROPERTIES.map(({ name, value }) => `<fx:${name}>${value}</fx:${name}>`).join("\n")}
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>${NAMESPACE}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
${declared}
</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>`

/** The page's definition as an archive with the invoice attached: another way to say the same (`Alternative`). */
export const hybridDefinition = (definition: TDocumentDefinitions, cii: string, issued_at: number): TDocumentDefinitions => {
  const attached = {
    src: `data:text/xml;base64,${Buffer.from(cii, "utf8").toString("base64")}`,
    name: FILE,
    type: "text/xml",
    relationship: "Alternative",
    description: "Factur-X invoice",
    creationDate: new Date(issued_at),
    modifiedDate: new Date(issued_at)
  }
  return { ...definition, version: "1.7", subset: "PDF/A-3b", files: { [FILE]: attached } }
}

/** A text of glyphs alone: an archive may not draw the box of a missing one, so that a question mark stands for it. */
const drawn = (text: string, fonts: ReadonlyArray<Font>): string =>
  [...text]
    .map((character) =>
      isDrawn(fonts, character.codePointAt(0)!)
        ? character
        : /\s/u.test(character)
          ? " "
          : /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(character)
            ? ""
            : "?"
    )
    .join("")

const mapped = <A>(value: A, say: (text: string) => string): A => {
  if (typeof value === "string") return say(value) as A
  if (Array.isArray(value)) return value.map((each) => mapped(each, say)) as A
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapped(each, say)])) as A
}

/** A document whose every text can be drawn. */
export const drawableDocument = (document: PrintedDocument, fonts: ReadonlyArray<Font>): PrintedDocument =>
  mapped(document, (text) => drawn(text, fonts))
