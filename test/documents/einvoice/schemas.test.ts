import { readFileSync } from "node:fs"
import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { validateXML } from "xmllint-wasm"
import { ciiText, documentLocale, type EInvoice, eCreditNoteOf, eInvoiceOf, ublText } from "../../../src/documents/index.js"
import { credited, issued, randomInvoice, shares, taxTable } from "./documents.js"
import { ublSchema } from "./schemas/ubl.js"

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
const [root, ...others] = [
  "CrossIndustryInvoice",
  "QualifiedDataType",
  "ReusableAggregateBusinessInformationEntity",
  "UnqualifiedDataType"
].map(schema)
const ciiSchema = { schema: root!, preload: others }

/** What libxml finds wrong with texts by a schema. */
const errorsOf = async (texts: ReadonlyArray<string>, by: typeof ciiSchema) => {
  const xml = texts.map((contents, at) => ({ fileName: `${at}.xml`, contents }))
  const { errors } = await validateXML({ xml, ...by })
  return errors
}

/** Of changes that break a text, those that the schema takes all the same. */
const unnoticed = async (text: string, by: typeof ciiSchema, changes: Readonly<Record<string, readonly [RegExp, string]>>) => {
  const texts = Object.values(changes).map(([pattern, instead]) => text.replace(pattern, instead))
  expect(texts).not.toContain(text)
  const wrong = new Set((await errorsOf(texts, by)).map(({ loc }) => loc?.fileName))
  return Object.keys(changes).filter((_, at) => !wrong.has(`${at}.xml`))
}

describe("the syntaxes", () => {
  it("CII is as the schema of Factur-X's profile EN 16931 has it", async () => {
    expect(sample.length).toBeGreaterThan(50)
    const texts = sample.map(ciiText)
    expect(await errorsOf(texts, ciiSchema)).toEqual([])
    expect(
      await unnoticed(texts[0]!, ciiSchema, {
        "no country": [/<ram:CountryID>.*?<\/ram:CountryID>/, ""],
        "the wrong order": [/(<ram:LineTotalAmount>[^<]*<\/ram:LineTotalAmount>)(\s*)(<ram:\w+>[^<]*<\/ram:\w+>)/, "$3$2$1"]
      })
    ).toEqual([])
  })

  it("UBL is as the schema of UBL 2.1 has it", async () => {
    const texts = sample.map(ublText)
    expect(await errorsOf(texts, ublSchema)).toEqual([])
    expect(new Set(sample.map(({ kind }) => kind)).size).toBe(2)
    const whole = sample.find(({ allowances, kind }) => kind === "invoice" && allowances.length > 0)!
    expect(
      await unnoticed(ublText(whole), ublSchema, {
        "no number": [/\s*<cbc:ID>.*?<\/cbc:ID>/, ""],
        "no lines": [/<cac:InvoiceLine>[\s\S]*<\/cac:InvoiceLine>/, ""],
        "no seller": [/<cac:AccountingSupplierParty>[\s\S]*<\/cac:AccountingSupplierParty>/, ""],
        "no scheme of a tax": [/<cac:TaxScheme>[\s\S]*?<\/cac:TaxScheme>/, ""],
        "an element twice": [/(<cbc:IssueDate>.*?<\/cbc:IssueDate>)/, "$1$1"],
        "elements in the wrong order": [/(<cbc:IssueDate>.*?<\/cbc:IssueDate>)(\s*)(<cbc:DueDate>.*?<\/cbc:DueDate>)/, "$3$2$1"],
        "a party's tax before its address": [
          /(<cac:PostalAddress>[\s\S]*?<\/cac:PostalAddress>)(\s*)(<cac:PartyTaxScheme>[\s\S]*?<\/cac:PartyTaxScheme>)/,
          "$3$2$1"
        ],
        "totals after the lines": [/(<cac:LegalMonetaryTotal>[\s\S]*?<\/cac:LegalMonetaryTotal>)([\s\S]*)(?=<\/Invoice>)/, "$2$1"],
        "an element of no name": [/<cbc:DueDate>/, "<cbc:Surprise>1</cbc:Surprise><cbc:DueDate>"],
        "an aggregate of no name": [/cac:TaxScheme>/g, "cac:Scheme>"],
        "an element of UBL whose facts are not here": [/(?=<cac:AccountingSupplierParty>)/, "<cac:Signature/>"],
        "an element of the other document": [
          /<cbc:InvoiceTypeCode>(.*)<\/cbc:InvoiceTypeCode>/,
          "<cbc:CreditNoteTypeCode>$1</cbc:CreditNoteTypeCode>"
        ],
        "a day that is none": [/<cbc:IssueDate>.*?</, "<cbc:IssueDate>2026-02-30<"],
        "a day in words": [/<cbc:DueDate>.*?</, "<cbc:DueDate>1 May 2026<"],
        "an amount without a currency": [/ currencyID="\w+"/, ""],
        "an amount with a comma": [/(<cbc:TaxAmount[^>]*>)[^<]*/, "$11,00"],
        "no amount": [/(<cbc:PayableAmount[^>]*>)[^<]*/, "$1"],
        "a quantity that is no number": [/(<cbc:InvoicedQuantity[^>]*>)[^<]*/, "$1one"],
        "an attribute of no name": [/unitCode=/, "unit="],
        "neither an allowance nor a charge": [/<cbc:ChargeIndicator>false/, "<cbc:ChargeIndicator>no"],
        "another namespace": [/xsd:Invoice-2"/, 'xsd:Invoice-3"']
      })
    ).toEqual([])
  })

  it("both are XML to a parser that is not ours", async () => {
    const xml = sample.slice(0, 20).flatMap((invoice, at) => [
      { fileName: `${at}-ubl.xml`, contents: ublText(invoice) },
      { fileName: `${at}-cii.xml`, contents: ciiText(invoice) }
    ])
    expect(await validateXML({ xml, normalization: "c14n" })).toMatchObject({ valid: true, errors: [] })
  })
})
