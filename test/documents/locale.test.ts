import { describe, expect, it } from "vitest"
import { instant } from "../../src/core/index.js"
import { documentLocale, languageOf, languages, words } from "../../src/documents/index.js"

const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ")

describe("a document's locale", () => {
  it.each([
    ["en", "€1,193,680.17", "1,193,680.17", "1,234.0033", "19%", "4 May 2026"],
    ["en-US", "€1,193,680.17", "1,193,680.17", "1,234.0033", "19%", "May 4, 2026"],
    ["de", "1.193.680,17 €", "1.193.680,17", "1.234,0033", "19 %", "4. Mai 2026"],
    ["fr", "1 193 680,17 €", "1 193 680,17", "1 234,0033", "19 %", "4 mai 2026"],
    ["hi", "€11,93,680.17", "11,93,680.17", "1,234.0033", "19%", "4 मई 2026"],
    ["ar", "‏1,193,680.17 €", "1,193,680.17", "1,234.0033", "19‎%‎", "4 مايو 2026"]
  ])("%s", (tag, money, amount, decimal, percent, date) => {
    const locale = documentLocale(tag)
    // May 4, 01:00 in Tokyo is still May 3 in UTC.
    const at = instant(Date.UTC(2026, 4, 3, 16))
    expect(spaced(locale.money(119_368_017n, "EUR" as never))).toBe(money)
    expect(spaced(locale.amount(119_368_017n, "EUR" as never))).toBe(amount)
    expect(spaced(locale.decimal("1234.0033"))).toBe(decimal)
    expect(spaced(locale.percent("0.19"))).toBe(percent)
    expect(spaced(locale.date(at, "Asia/Tokyo"))).toBe(date === "4 May 2026" ? "May 4, 2026" : date)
  })

  it("has all decimals of a currency, and none where it has none", () => {
    const { money } = documentLocale("en")
    expect([money(5n, "KWD" as never), money(500n, "JPY" as never), money(-5n, "EUR" as never)].map(spaced)).toEqual([
      "KWD 0.005",
      "¥500",
      "-€0.05"
    ])
  })

  it("keeps every digit of a long price", () => {
    const { decimal } = documentLocale("en")
    expect(decimal("123456789012345678901234.000000000000001")).toBe("123,456,789,012,345,678,901,234.000000000000001")
    expect(decimal("2", 2)).toBe("2.00")
  })

  it("says English where a language is not shipped, in the locale's own formats", () => {
    expect(languageOf("nb-NO")).toBe("en")
    expect(spaced(documentLocale("nb-NO").amount(123_456n, "NOK" as never))).toBe("1 234,56")
    expect(documentLocale("nonsense-locale-tag!").amount(123_456n, "NOK" as never)).toBe("1,234.56")
  })

  it("every language has every word, with the same things to fill in", () => {
    const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort()
    const flat = (language: (typeof languages)[number]) => Object.entries({ ...words[language], ...words[language].reasons })
    for (const language of languages) {
      for (const [key, text] of flat(language)) {
        if (typeof text !== "string") continue
        expect(text.trim(), `${language} ${key}`).not.toBe("")
        expect(blanks(text), `${language} ${key}`).toEqual(blanks(flat("en").find(([name]) => name === key)![1] as string))
      }
    }
  })
})
