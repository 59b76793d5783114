import { Effect, Either } from "effect"
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs"
import { beforeAll, describe, expect, it } from "vitest"
import { pdf } from "../../../adapters/pdf/index.js"
import { ciiText, documentLocale, eInvoiceOf, printedInvoice } from "../../../src/documents/index.js"
import { pdfPages } from "../../support/pdf-text.js"
import { archiveRules, brokenArchive } from "./archive.js"
import { archiveBreakers } from "./archive-breakers.js"
import { issued, type RandomInvoice, taxTable } from "./documents.js"
import { all, type Tree, textAt, treeOf } from "./xml-tree.js"

const random: RandomInvoice = {
  lines: ["standard", "other"].map((tax) => ({
    tax,
    units: "1",
    price: "0.13",
    surcharge_cents: 0n,
    progressive_percent: 0n,
    description: "Łódź, Αθήνα, शुल्क, 电 🙂",
    from_day: 0,
    days: 31
  })),
  currency: "EUR",
  mode: "half_away",
  invoice_type: "subscription",
  coupons: [],
  settled_percent: [],
  seller_tax_id: "DE123456789",
  hostile: "<AG & Co>"
}

const document = issued(random)
const invoice = Either.getOrThrow(eInvoiceOf(document, taxTable, documentLocale("de"), null))
const cii = ciiText(invoice)
const page = printedInvoice(document, taxTable, "de", invoice)
const print = () => Effect.runPromise(pdf().printHybrid!(page, cii))

/** A picture of one pixel that is half there. */
const seeThrough = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DQAAAEgQGAhKmMIQAAAABJRU5ErkJggg==", "base64")
/** The head of a picture of one pixel in four inks. */
const inInks = Buffer.from("ffd8ffc0001408000100010401110002110003110004110000ffd9", "hex")

/** The objects of a PDF that stand for themselves, by their numbers. */
const objectsOf = (file: string): ReadonlyMap<string, string> =>
  new Map([...file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, id, body]) => [id!, body!]))

describe("a page that carries an electronic invoice", () => {
  let bytes: Uint8Array
  let file: string
  let objects: ReadonlyMap<string, string>
  let metadata: Tree

  beforeAll(async () => {
    bytes = await print()
    file = Buffer.from(bytes).toString("latin1")
    objects = objectsOf(file)
    const xmp = Buffer.from(file.match(/<x:xmpmeta[\s\S]*<\/x:xmpmeta>/)![0], "latin1").toString("utf8")
    metadata = treeOf(xmp.replace(/>\s+</g, "><").trim())
  })

  const object = (reference: string | undefined): string => objects.get(/(\d+) 0 R/.exec(reference ?? "")?.[1] ?? "") ?? ""
  const descriptions = () => all(metadata, "rdf:RDF", "rdf:Description")
  const said = (name: string) => descriptions().flatMap((each) => textAt(each, name) ?? [])

  it("is the same bytes each time", async () => {
    expect(Buffer.compare(bytes, await print())).toBe(0)
  })

  it("says that it is PDF/A-3b and Factur-X of profile EN 16931, and declares what it says that with", () => {
    expect(file.startsWith("%PDF-1.7")).toBe(true)
    expect([said("pdfaid:part"), said("pdfaid:conformance")]).toEqual([["3"], ["B"]])
    expect(["DocumentFileName", "DocumentType", "Version", "ConformanceLevel"].map((name) => said(`fx:${name}`))).toEqual([
      ["factur-x.xml"],
      ["INVOICE"],
      ["1.0"],
      ["EN 16931"]
    ])
    const fx = descriptions().find(({ attributes }) => "xmlns:fx" in attributes)!
    const schema = all(metadata, "rdf:RDF", "rdf:Description", "pdfaExtension:schemas", "rdf:Bag", "rdf:li")[0]!
    expect(textAt(schema, "pdfaSchema:namespaceURI")).toBe(fx.attributes["xmlns:fx"])
    expect(
      all(schema, "pdfaSchema:property", "rdf:Seq", "rdf:li")
        .map((each) => `fx:${textAt(each, "pdfaProperty:name")}`)
        .sort()
    ).toEqual(fx.children.map(({ name }) => name).sort())
  })

  it("has metadata that agrees with its information dictionary, names escaped", () => {
    expect(said("xmp:CreateDate")).toEqual(["2026-06-01T09:00:00Z"])
    expect(said("xmp:ModifyDate")).toEqual(["2026-06-01T09:00:00Z"])
    expect(descriptions().flatMap((each) => textAt(each, "dc:title", "rdf:Alt", "rdf:li") ?? [])).toEqual(["Rechnung ACME-0042"])
    expect(descriptions().flatMap((each) => textAt(each, "dc:creator", "rdf:Seq", "rdf:li") ?? [])).toEqual(["Acme GmbH <AG & Co>"])
    const info = object(/\/Info (\d+ 0 R)/.exec(file)?.[1])
    const entry = (name: string) => object(new RegExp(`/${name} (\\d+ 0 R)`).exec(info)?.[1])
    expect(entry("Title")).toBe("(Rechnung ACME-0042)")
    expect([entry("CreationDate"), entry("ModDate")]).toEqual(["(D:20260601090000Z)", "(D:20260601090000Z)"])
  })

  it("carries the invoice's XML as another way to say the same, from its catalog and by its name", async () => {
    const catalog = [...objects.values()].find((body) => body.includes("/Type /Catalog"))!
    const specification = object(/\/AF \[([^\]]*)\]/.exec(catalog)?.[1])
    expect(specification).toContain("/Type /Filespec")
    expect(specification).toContain("/AFRelationship /Alternative")
    expect(specification).toContain("/UF (factur-x.xml)")
    const stream = object(/\/EF <<\s*\/F (\d+ 0 R)/.exec(specification)?.[1])
    expect(stream).toContain("/Subtype /text#2Fxml")
    expect(stream).toMatch(/\/ModDate \(D:20260601090000Z\)/)
    const reader = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise
    const attachments = (await reader.getAttachments()) as Record<string, { filename: string; content: Uint8Array }>
    expect(Object.keys(attachments)).toEqual(["factur-x.xml"])
    expect(new TextDecoder().decode(attachments["factur-x.xml"]!.content)).toBe(cii)
    await reader.destroy()
  })

  it("keeps every rule of archives, and so do many pages under a logo, of colours that an archive takes", async () => {
    expect(brokenArchive(bytes)).toEqual([])
    const under = async (logo: Uint8Array, lines: number) => {
      const drawn = { ...page, lines: Array.from({ length: lines }, () => page.lines[0]!) }
      return Buffer.from(await Effect.runPromise(pdf({ logo: () => logo }).printHybrid!(drawn, cii)))
    }
    const [shining, left] = [await under(seeThrough, 30), await under(inInks, 1)]
    expect([brokenArchive(shining), brokenArchive(left)]).toEqual([[], []])
    expect([shining, left].map((file) => file.includes("/Subtype /Image"))).toEqual([true, false])
    expect([...shining.toString("latin1").matchAll(/\/Type \/Page\b/g)].length).toBeGreaterThan(1)
    // A page that is no archive has no such limits.
    expect(Buffer.from(await Effect.runPromise(pdf({ logo: () => inInks }).print(page))).includes("/DeviceCMYK")).toBe(true)
  })

  it("would not keep one that it broke", () => {
    for (const id of archiveRules.keys()) {
      const changes = archiveBreakers[id.split(" ")[0]!] ?? []
      expect(changes.length, id).toBeGreaterThan(0)
      for (const [at, change] of changes.entries()) expect(brokenArchive(change(file)), `${id}, ${at}`).toContain(id)
    }
  })

  it("draws no missing glyph, and the figures that its XML says", async () => {
    const [text] = await pdfPages(bytes)
    expect(text).toContain("Łódź, Αθήνα")
    expect(text).toMatch(/, \? \?/)
    // 0.13 twice at 19 %: the books have 0.02 twice, the standard 0.05 of 0.26.
    expect(invoice.totals).toMatchObject({ tax_cents: 5n, rounding_cents: -1n, due_cents: 30n })
    const rows = page.totals.map(({ label, value }) => `${label}: ${value}`.replace(/[\u00a0\u202f]/g, " "))
    expect(rows).toContain("VAT & standard, VAT & other 19 % auf 0,26 €: 0,05 €")
    expect(rows).toContain("Rundung: -0,01 €")
    expect(rows).toContain("Gesamtbetrag: 0,30 €")
  })
})
