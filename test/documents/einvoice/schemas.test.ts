import { readFileSync } from "node:fs"
import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { validateXML } from "xmllint-wasm"
import { ciiText, documentLocale, type EInvoice, eCreditNoteOf, eInvoiceOf, ublText } from "../../../src/documents/index.js"
import { credited, issued, randomInvoice, shares, taxTable } from "./documents.js"
import { misplaced } from "./schemas/ubl.js"
import { treeOf } from "./xml-tree.js"

const locale = documentLocale("fr")

/** Electronic documents of many shapes, the same in every run. */
const sample: ReadonlyArray<EInvoice> = fc.sample(fc.tuple(randomInvoice, shares), { numRuns: 40, seed: 7 }).flatMap(([random, parts]) => {
  const document = issued(random)
  const notes = credited(document, parts).map((note) => eCreditNoteOf(note, document, taxTable, locale, "PO & 7"))
  return [eInvoiceOf(document, taxTable, locale, null), ...notes].flatMap((made) => (Either.isRight(made) ? [made.right] : []))
})

const schema = (name: string) => ({
  fileName: `${name}_100.xsd`,
  contents: readFileSync(new URL(`./schemas/factur-x/${name}_100.xsd`, import.meta.url), "utf8")
})
const [root, ...preload] = [
  "CrossIndustryInvoice",
  "QualifiedDataType",
  "ReusableAggregateBusinessInformationEntity",
  "UnqualifiedDataType"
].map(schema)

/** What libxml finds wrong with texts, by the profile's schema. */
const wrongWith = async (texts: ReadonlyArray<string>) => {
  const xml = texts.map((contents, at) => ({ fileName: `${at}.xml`, contents }))
  const { errors } = await validateXML({ xml, schema: root!, preload })
  return errors.map(({ rawMessage }) => rawMessage)
}

describe("the syntaxes", () => {
  it("CII is as the schema of Factur-X's profile EN 16931 has it", async () => {
    expect(sample.length).toBeGreaterThan(50)
    expect(await wrongWith(sample.map(ciiText))).toEqual([])
    const [cii] = sample.map(ciiText)
    const missing = cii!.replace(/<ram:CountryID>.*?<\/ram:CountryID>/, "")
    const turned = cii!.replace(/(<ram:LineTotalAmount>[^<]*<\/ram:LineTotalAmount>)(\s*)(<ram:\w+>[^<]*<\/ram:\w+>)/, "$3$2$1")
    expect(turned).not.toBe(cii)
    for (const broken of [missing, turned]) expect(await wrongWith([broken])).not.toEqual([])
  })

  it("UBL 2.1 has its elements in their order, with what each needs", async () => {
    expect(sample.flatMap((invoice) => misplaced(treeOf(ublText(invoice))))).toEqual([])
    expect(new Set(sample.map(({ kind }) => kind)).size).toBe(2)
    const ubl = ublText(sample[0]!)
    const broken = [
      ubl.replace(/\s*<cbc:ID>.*?<\/cbc:ID>/, ""),
      ubl.replace(/ currencyID="\w+"/, ""),
      ubl.replace(/(<cbc:IssueDate>.*?<\/cbc:IssueDate>)(\s*)(<cbc:DueDate>.*?<\/cbc:DueDate>)/, "$3$2$1"),
      ubl.replace("cac:TaxScheme", "cac:Scheme").replace("/cac:TaxScheme", "/cac:Scheme")
    ]
    for (const text of broken) expect(misplaced(treeOf(text))).not.toEqual([])
  })

  it("both are XML to a parser that is not ours", async () => {
    const xml = sample.slice(0, 20).flatMap((invoice, at) => [
      { fileName: `${at}-ubl.xml`, contents: ublText(invoice) },
      { fileName: `${at}-cii.xml`, contents: ciiText(invoice) }
    ])
    expect(await validateXML({ xml, normalization: "c14n" })).toMatchObject({ valid: true, errors: [] })
  })
})
