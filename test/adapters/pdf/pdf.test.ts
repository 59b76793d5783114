import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isDrawn, shippedFonts } from "../../../adapters/pdf/fonts.js"
import { pdf } from "../../../adapters/pdf/index.js"
import { logoUrl } from "../../../adapters/pdf/logo.js"
import { runsOf } from "../../../adapters/pdf/runs.js"
import { instant } from "../../../src/core/index.js"
import { documentLocale, languages, type PrintedDocument } from "../../../src/documents/index.js"
import { pdfPages } from "../../support/pdf-text.js"

const blank: PrintedDocument = {
  organization_id: "o",
  locale: "en",
  title: "Invoice",
  number: "INV-1",
  issued_at: Date.UTC(2026, 4, 1),
  stamp: null,
  issuer: ["Acme"],
  bill_to: { label: "Bill to", lines: ["Customer"] },
  facts: [],
  columns: { description: "Description", units: "Units", unit_price: "Price", amount: "Amount" },
  lines: [],
  totals: [],
  notes: [],
  footer: null,
  page: "Page {page} of {pages}"
}
const line = (description: string) => ({ description, details: [], units: "1", unit_price: "1.00", amount: "1.00" })

const print = (document: Partial<PrintedDocument>, options = {}) => Effect.runPromise(pdf(options).print({ ...blank, ...document }))
const textOf = async (document: Partial<PrintedDocument>) => (await pdfPages(await print(document))).join("\n")
const drawn = (text: string) =>
  runsOf(text, shippedFonts)
    .map((run) => run.text)
    .join("")

describe("what is drawn", () => {
  it("hostile text is text: nothing in the file acts", async () => {
    const hostile = [
      "<script>alert(1)</script>",
      '<iframe src="file:///etc/passwd">',
      '<meta http-equiv="refresh" content="0;url=https://evil.example">',
      ") Tj ET /JS (app.alert(1)) /OpenAction",
      "https://evil.example/pay",
      "=cmd|' /C calc'!A0"
    ]
    const bytes = await print({ bill_to: { label: "Bill to", lines: hostile }, lines: hostile.map(line), footer: hostile[0]! })
    const file = Buffer.from(bytes).toString("latin1")
    for (const key of ["/JS", "/JavaScript", "/OpenAction", "/Launch", "/URI", "/EmbeddedFile", "/AA"]) expect(file).not.toContain(key)
    const text = (await pdfPages(bytes)).join("\n").replace(/\s+/g, "")
    for (const payload of hostile) expect(text).toContain(payload.replace(/\s+/g, ""))
  })

  it("totals stand with a line, and with what is to be paid, wherever the pages end", async () => {
    for (const count of [1, 2, 20, 21, 22, 23, 24]) {
      const lines = Array.from({ length: count }, (_, place) => line(`Line ${place + 1}.`))
      const pages = await pdfPages(
        await print({ lines, totals: [{ label: "Total", value: "9.00", strong: true }], notes: ["Please pay."] })
      )
      const last = pages.at(-1)!
      for (const text of [`Line ${count}.`, "Total", "Please pay."]) expect(last).toContain(text)
      expect(pages.join("").match(/Line \d+\./g)?.length).toBe(count)
    }
  })

  it("a stamp is as large as fits on a line", async () => {
    expect((await textOf({ stamp: "STORNIERT" })).split("\n")).toContain("STORNIERT")
  })

  it("every script that the package has a font for", async () => {
    const lines = ["Łódź Ελλάδα Привет Việt ế ₫ ₹ €", "नमस्ते", "שלום", "مرحبا"]
    const text = await textOf({ bill_to: { label: "Bill to", lines } })
    expect(text).toContain(lines[0])
    for (const name of ["latin", "latin-ext", "vietnamese", "greek", "cyrillic", "devanagari", "hebrew", "arabic"]) {
      expect(shippedFonts.map((font) => font.name)).toContain(name)
    }
    expect(new Set(lines.flatMap((each) => runsOf(each, shippedFonts).map(({ font }) => font))).size).toBe(8)
  })

  it("what reads from right to left stands as it is seen, brackets turned, numbers not", () => {
    expect(drawn("abc אבג דהו 123")).toBe("abc 123 דהו אבג")
    expect(drawn("אבג (דהו) abc")).toBe("abc (דהו) אבג")
    // Lines break in the order of reading.
    expect(drawn(`${"אבג ".repeat(12)}סוף`).split("\n")[1]).toContain("סוף")
  })

  it("no text loses a character that can be seen, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.fullUnicodeString({ maxLength: 60 })), (text) => {
        const seen = (all: string) =>
          [...all.replace(/[\s\u3000\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\ufeff()[\]{}<>]/gu, "")].sort()
        expect(seen(drawn(text))).toEqual(seen(text))
      }),
      { numRuns: 500 }
    )
  })

  it("missing glyphs and controls, a long word, and a text of a megabyte, which is cut, leave a whole document", async () => {
    const bytes = await print({
      bill_to: { label: "Bill to", lines: ["中文 🙂 \u0000\u0007\n\u202eevil", ""] },
      notes: ["a".repeat(1 << 20)]
    })
    expect((await pdfPages(bytes)).join("").match(/a/g)!.length).toBeGreaterThanOrEqual(10_000)
    const word = "b".repeat(1000)
    expect((await textOf({ notes: [word] })).replace(/[\s\u200b]/g, "")).toContain(word)
  }, 60_000)

  it("every word, amount and date of every language has its glyphs", () => {
    const at = instant(Date.UTC(2026, 1, 3))
    for (const language of languages) {
      const { amount, date, decimal, money, percent, words } = documentLocale(language)
      const said: ReadonlyArray<string> = [
        ...Object.values(words).flatMap((word) => (typeof word === "string" ? [word] : Object.values<string>(word))),
        ...["EUR", "INR", "USD", "JPY", "KWD"].map((currency) => money(-123_456_789n, currency as never)),
        ...[amount(-123_456n, "EUR" as never), decimal("1234567.5"), percent("0.195"), date(at, "UTC")]
      ]
      const missing = said.flatMap((text) => [...drawn(text)].filter((character) => !isDrawn(shippedFonts, character.codePointAt(0)!)))
      expect(missing, language).toEqual([])
    }
  })

  it("a host's font draws what the package has none for", async () => {
    const cjk = { name: "cjk", unicode_range: "U+4E00-9FFF", regular: shippedFonts[0]!.regular(), bold: shippedFonts[0]!.bold() }
    expect(Buffer.from(await print({ issuer: ["中文"] }, { fonts: [cjk] })).toString("latin1")).toContain("%PDF-")
  })
})

describe("pages", () => {
  it("repeat the head of the table and are counted", async () => {
    const pages = await pdfPages(await print({ lines: Array.from({ length: 60 }, (_, at) => line(`Line ${at}`)) }))
    expect(pages.length).toBeGreaterThan(1)
    for (const [at, page] of pages.entries()) expect(page).toContain(`Page ${at + 1} of ${pages.length}`)
    expect(pages[1]).toContain("Description")
    expect(pages.join("")).toContain("Line 59")
  })
})

describe("a logo", () => {
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64")

  it("is drawn from the bytes that the host gives for the organization", async () => {
    const asked: Array<string> = []
    const bytes = await print(
      {},
      {
        logo: (id: string) => {
          asked.push(id)
          return png
        }
      }
    )
    expect(asked).toEqual(["o"])
    expect(Buffer.from(bytes).toString("latin1")).toContain("/Image")
  })

  it("is left out where it is not a picture, or larger than a mebibyte", async () => {
    expect(logoUrl(new TextEncoder().encode("file:///etc/passwd"))).toBeNull()
    expect(logoUrl(Buffer.concat([png, Buffer.alloc(1 << 20)]))).toBeNull()
    expect(logoUrl(png)).toContain("data:image/png")
    expect(Buffer.from(await print({}, { logo: () => new Uint8Array([1, 2, 3]) })).toString("latin1")).not.toContain("/Subtype /Image")
  })

  it("fails typed where the bytes are no whole picture", async () => {
    const outcome = await Effect.runPromise(Effect.either(pdf({ logo: () => png.subarray(0, 20) }).print(blank)))
    expect(outcome).toMatchObject({ _tag: "Left", left: { _tag: "DocumentFailed" } })
  })
})
