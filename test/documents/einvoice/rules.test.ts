import { Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  ciiText,
  documentLocale,
  type EInvoice,
  type EInvoiceProblem,
  eCreditNoteOf,
  eInvoiceOf,
  ublText
} from "../../../src/documents/index.js"
import { settledCents } from "../../../src/invoicing/index.js"
import { breakers } from "./breakers.js"
import { standard, unwritten } from "./coverage.js"
import { credited, issued, type RandomInvoice, randomInvoice, shares, taxTable } from "./documents.js"
import { broken, rules } from "./rules.js"
import { readCii, readUbl } from "./said.js"
import { ublBreakers } from "./ubl-breakers.js"
import { brokenSyntax, ublRules } from "./ubl-rules.js"
import { treeOf } from "./xml-tree.js"

const locale = documentLocale("de")

/** Both syntaxes of a document say the same and keep every rule. */
const judged = (invoice: EInvoice): void => {
  const [ubl, cii] = [ublText(invoice), ciiText(invoice)]
  const said = readUbl(ubl)
  expect(broken(said)).toEqual([])
  const tree = treeOf(ubl)
  expect(brokenSyntax(tree)).toEqual([])
  expect(unwritten.filter(({ touches }) => touches(tree)).map(({ rules }) => rules)).toEqual([])
  expect(readCii(cii)).toEqual(said)
  expect([ublText(invoice), ciiText(invoice)]).toEqual([ubl, cii])
  expect(ubl + cii).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
}

/** The one thing that a whole document of ours may not be able to say: thousandths. */
const refusedFor = (problems: ReadonlyArray<EInvoiceProblem>): void => {
  expect(problems.map(({ term }) => term)).toEqual(["BT-5"])
}

const base: RandomInvoice = {
  lines: [
    {
      tax: "standard",
      units: "3",
      price: "33.33",
      surcharge_cents: 0n,
      progressive_percent: 10n,
      description: "Ladestrom",
      from_day: 0,
      days: 31
    },
    {
      tax: "reduced",
      units: "1",
      price: "20",
      surcharge_cents: 5n,
      progressive_percent: 0n,
      description: "Karte",
      from_day: 0,
      days: 31
    }
  ],
  currency: "EUR",
  mode: "half_away",
  invoice_type: "subscription",
  coupons: [{ percent: "10" }],
  settled_percent: [10n],
  seller_tax_id: "DE123456789",
  hostile: ""
}

const ofTax = (...names: ReadonlyArray<string>): RandomInvoice => ({ ...base, lines: names.map((tax) => ({ ...base.lines[0]!, tax })) })

const electronic = (random: RandomInvoice): EInvoice => Either.getOrThrow(eInvoiceOf(issued(random), taxTable, locale, "PO 7"))

describe("an electronic invoice keeps the business rules of EN 16931", () => {
  it("whatever it bills, in both syntaxes, and comes to what the books have", () => {
    const counts = { said: 0, refused: 0 }
    fc.assert(
      fc.property(randomInvoice, (random) => {
        const document = issued(random)
        const made = eInvoiceOf(document, taxTable, locale, null)
        if (Either.isLeft(made)) {
          counts.refused += 1
          expect(["KWD", "CLF"]).toContain(random.currency)
          refusedFor(made.left)
          return
        }
        counts.said += 1
        const { totals } = made.right
        expect(totals.lines_cents).toBe(document.invoice.subtotal_cents)
        expect(totals.due_cents).toBe(document.invoice.total_cents - settledCents(document.settlements))
        judged(made.right)
      }),
      { numRuns: 150 }
    )
    expect(counts.said).toBeGreaterThan(counts.refused)
  })

  it("a credit note of any part of one too", () => {
    fc.assert(
      fc.property(randomInvoice, shares, (random, parts) => {
        const document = issued(random)
        for (const note of credited(document, parts)) {
          const made = eCreditNoteOf(note, document, taxTable, locale, null)
          if (Either.isLeft(made)) {
            refusedFor(made.left)
            continue
          }
          expect(made.right.totals.due_cents).toBe(note.note.total_amount_cents)
          judged(made.right)
        }
      }),
      { numRuns: 80 }
    )
  })

  it("needs no rounding where the books round as the standard does, each rate once", () => {
    fc.assert(
      fc.property(randomInvoice, (random) => {
        const lines = random.lines.map((line) => ({ ...line, tax: line.tax === "other" ? "standard" : line.tax }))
        const made = eInvoiceOf(issued({ ...random, lines, mode: "half_away" }), taxTable, locale, null)
        if (Either.isRight(made)) expect(made.right.totals.rounding_cents).toBe(0n)
      }),
      { numRuns: 80 }
    )
  })
})

describe("currencies", () => {
  const priced = (currency: string, price: string) => {
    const random = { ...ofTax("standard"), currency, coupons: [], settled_percent: [] }
    const line = { ...random.lines[0]!, units: "1", price, progressive_percent: 0n }
    const made = eInvoiceOf(issued({ ...random, lines: [line] }), taxTable, locale, null)
    return Either.isLeft(made) ? made.left.map(({ term }) => term) : readUbl(ublText(made.right)).totals
  }

  it("without decimals have none, with three two of them, and are refused where the third is not 0", () => {
    // 1,605 × 19 % = 304.95.
    expect(priced("JPY", "1605")).toMatchObject({ net: "1605", tax: "305", gross: "1910", rounding: null, due: "1910" })
    expect(priced("KWD", "10")).toMatchObject({ net: "10.00", tax: "1.90", due: "11.90" })
    // 6.500 × 19 % = 1.235; 6.505.
    expect(priced("KWD", "6.5")).toEqual(["BT-5"])
    expect(priced("KWD", "6.505")).toEqual(["BT-5"])
  })
})

describe("the oracle", () => {
  it("knows a document that breaks each rule", () => {
    const documents = {
      mixed: readUbl(ublText(electronic(base))),
      exempt: readUbl(ublText(electronic(ofTax("zero", "exempt", "reverse", "export")))),
      supply: readUbl(ublText(electronic(ofTax("supply")))),
      outside: readUbl(ublText(electronic(ofTax("outside"))))
    }
    expect([...new Set(Object.values(documents).flatMap(broken))]).toEqual([])
    const unproven = [...rules.keys()].filter((id) => !(id in breakers))
    expect(unproven).toEqual([])
    for (const [id, { change, of = "mixed" }] of Object.entries(breakers)) {
      const said = structuredClone(documents[of])
      change(said)
      expect(broken(said), id).toContain(id)
    }
  })
})

describe("the oracle's reach", () => {
  it("is the whole standard: each rule has its judge, or speaks of what is never written", () => {
    const untouched = unwritten.flatMap(({ rules: ids }) => ids)
    const judgedHere = [...rules.keys()]
    expect(standard.filter((id) => !rules.has(id) && !untouched.includes(id))).toEqual([])
    expect([...judgedHere, ...untouched].filter((id) => !standard.includes(id))).toEqual([])
    expect(untouched.filter((id) => rules.has(id))).toEqual([])
  })

  it("and what it asks of UBL", () => {
    const tree = treeOf(ublText(electronic(base)))
    expect(brokenSyntax(tree)).toEqual([])
    expect([...ublRules.keys()].sort()).toEqual(Object.keys(ublBreakers).sort())
    for (const [id, change] of Object.entries(ublBreakers)) expect(brokenSyntax(change(tree)), id).toContain(id)
  })
})

describe("what a document lacks", () => {
  const problemsOf = (random: RandomInvoice, change: (parties: Record<string, Record<string, string | null>>) => void = () => {}) => {
    const document = structuredClone(issued(random))
    change(document.invoice.parties as never)
    const made = eInvoiceOf(
      { ...issued(random), invoice: { ...issued(random).invoice, parties: document.invoice.parties } },
      taxTable,
      locale,
      null
    )
    return Either.isLeft(made) ? made.left.map(({ field, term }) => `${term} ${field}`) : []
  }

  it("is named by its term, all of it at once", () => {
    expect(
      problemsOf(ofTax("supply"), ({ customer, issuer }) => {
        for (const field of ["country", "tax_id"]) {
          issuer![field] = null
          customer![field] = null
        }
        issuer!.name = null
        issuer!.legal_name = " "
      })
    ).toEqual([
      "BT-27 billing_entity.name",
      "BT-40 billing_entity.country",
      "BT-31 billing_entity.tax_id",
      "BT-55 buyer.country",
      "BT-48 buyer.tax_id"
    ])
    for (const country of ["ZZ", "UK", "de"]) {
      expect(
        problemsOf(base, ({ customer }) => {
          customer!.country = country
        })
      ).toEqual(["BT-55 buyer.country"])
    }
  })

  it("Kosovo and Northern Ireland have codes of EN 16931's own", () => {
    const document = issued(base)
    const saidCountry = (country: string) => {
      const parties = { ...document.invoice.parties, customer: { ...document.invoice.parties.customer, country } }
      const made = eInvoiceOf({ ...document, invoice: { ...document.invoice, parties } }, taxTable, locale, null)
      judged(Either.getOrThrow(made))
      return Either.getOrThrow(made).buyer.address.country
    }
    expect(["XK", "1A", "XI"].map(saidCountry)).toEqual(["1A", "1A", "XI"])
  })

  it("a local tax id is enough where tax is charged at home, and none where a VAT identifier is asked for", () => {
    const local = { seller_tax_id: "30/123/45678" }
    expect(problemsOf({ ...base, ...local })).toEqual([])
    const { seller } = electronic({ ...base, ...local })
    expect(seller).toMatchObject({ id: "30/123/45678", vat_id: null, tax_registration: "30/123/45678" })
    expect(problemsOf({ ...ofTax("export"), ...local })).toEqual(["BT-31 billing_entity.tax_id"])
  })

  it("of taxes: none, two, a rate of 0 that does not say why, what is not subject to VAT beside what is", () => {
    const document = issued(base)
    const made = (taxes: typeof document.taxes, table = taxTable) => {
      const either = eInvoiceOf({ ...document, taxes }, table, locale, null)
      return Either.isLeft(either) ? either.left.map(({ field, term }) => `${term} ${field}`) : []
    }
    const onFees = document.taxes.filter(({ taxable_type }) => taxable_type === "fee")
    expect(made([])).toEqual(["BT-151 lines[Ladestrom].taxes", "BT-151 lines[Karte].taxes"])
    expect(made([...onFees, { ...onFees[0]!, id: "twice" }])).toEqual(["BT-151 lines[Ladestrom].taxes"])
    expect(
      made(
        onFees.map((tax) => ({ ...tax, tax_rate: "0" })),
        new Map()
      )
    ).toEqual(["BT-118 taxes.standard.category", "BT-118 taxes.reduced.category"])
    expect(made(onFees.map((tax) => ({ ...tax, tax_rate: "0" })))).toEqual(["BT-119 taxes.standard.rate", "BT-118 taxes.reduced.category"])
    expect(problemsOf(ofTax("outside", "standard"))).toEqual(["BT-118 taxes.category"])
  })
})
