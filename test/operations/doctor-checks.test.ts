import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Exact } from "../../src/core/index.js"
import { checkApplication, type RawApplication } from "../../src/operations/doctor/coupons.js"
import { checkDocument, isRounded } from "../../src/operations/doctor/document.js"
import { checkNote, type RawNote } from "../../src/operations/doctor/notes.js"
import { checkSeries } from "../../src/operations/doctor/numbers.js"
import type { RawDocument } from "../../src/operations/doctor/raw.js"
import { checkWindows, type RawLife } from "../../src/operations/doctor/windows.js"

/** Two fees of 333 with 10 % and a coupon of 100 on the first: 233 + 333 = 566, tax 56.6 → 57. */
const sound: RawDocument = {
  id: "invoice",
  invoice: {
    id: "invoice",
    billing_entity_id: null,
    invoice_number: "INV-20250101-0001",
    status: "finalized",
    currency: "EUR",
    subtotal_cents: "666.0000",
    progressive_billing_credit_amount_cents: "0",
    coupons_amount_cents: "100",
    tax_amount_cents: "57",
    total_cents: "623",
    line_items: [{ amount: "3.33" }, { amount: "3.33" }],
    rounding_mode: "half_away"
  },
  settled_cents: "0",
  coupon_uses_cents: "100",
  fees: [
    {
      id: "one",
      invoice_id: "invoice",
      currency: "EUR",
      amount_cents: "333",
      precise_amount_cents: "332.5",
      progressive_billing_credit_amount_cents: "0",
      coupons_amount_cents: "100",
      taxes_amount_cents: "23",
      total_amount_cents: "256"
    },
    {
      id: "two",
      invoice_id: "invoice",
      currency: "EUR",
      amount_cents: "333",
      precise_amount_cents: "333.333333333333333",
      progressive_billing_credit_amount_cents: "0",
      coupons_amount_cents: "0",
      taxes_amount_cents: "34",
      total_amount_cents: "367"
    }
  ],
  taxes: [
    {
      id: "t",
      taxable_type: "invoice",
      taxable_id: "invoice",
      tax_id: "vat",
      tax_rate: "0.1",
      taxable_amount_cents: "566",
      tax_amount_cents: "57"
    },
    {
      id: "t1",
      taxable_type: "fee",
      taxable_id: "one",
      tax_id: "vat",
      tax_rate: "0.1",
      taxable_amount_cents: "233",
      tax_amount_cents: "23"
    },
    {
      id: "t2",
      taxable_type: "fee",
      taxable_id: "two",
      tax_id: "vat",
      tax_rate: "0.1",
      taxable_amount_cents: "333",
      tax_amount_cents: "34"
    }
  ]
}

const withFee = (change: Partial<RawDocument["fees"][number]>): RawDocument => ({
  ...sound,
  fees: [{ ...sound.fees[0]!, ...change }, sound.fees[1]!]
})
const withInvoice = (change: Partial<RawDocument["invoice"]>): RawDocument => ({ ...sound, invoice: { ...sound.invoice, ...change } })
const withTax = (id: string, change: Partial<RawDocument["taxes"][number]>): RawDocument => ({
  ...sound,
  taxes: sound.taxes.map((tax) => (tax.id === id ? { ...tax, ...change } : tax))
})
const found = (document: RawDocument) => checkDocument(document).map(({ code, id, table }) => `${code} ${table} ${id}`)

describe("the doctor on an invoice", () => {
  it("finds nothing on a sound one", () => {
    expect(checkDocument(sound)).toEqual([])
  })

  it.each<[string, RawDocument, ReadonlyArray<string>]>([
    [
      "a fee's amount altered, total adjusted",
      withFee({ amount_cents: "335", total_amount_cents: "258" }),
      ["M2 fees one", "M2 invoices invoice"]
    ],
    [
      "amount and exact amount altered together",
      withFee({ amount_cents: "335", precise_amount_cents: "335", total_amount_cents: "258" }),
      ["M2 fees one"]
    ],
    ["a fee's exact amount altered", withFee({ precise_amount_cents: "400" }), ["M2 fees one"]],
    ["a fee's total altered", withFee({ total_amount_cents: "257" }), ["M2 fees one"]],
    ["a fee's tax altered", withFee({ taxes_amount_cents: "24", total_amount_cents: "257" }), ["M2 fees one"]],
    ["a fee in another currency", withFee({ currency: "USD" }), ["M8 fees one"]],
    ["a fee gone", { ...sound, fees: [sound.fees[0]!] }, ["M2 invoices invoice", "M2 applied_taxes t2"]],
    ["the invoice's tax altered", withInvoice({ tax_amount_cents: "58", total_cents: "624" }), ["M2 invoices invoice"]],
    ["a currency that is none", withInvoice({ currency: "ZZZ" }), ["M8 invoices invoice", "M8 fees one"]],
    ["a share of a tax altered", withTax("t1", { tax_amount_cents: "24" }), ["M2 fees one", "M2 applied_taxes t"]],
    ["a tax's amount altered", withTax("t", { tax_amount_cents: "56" }), ["M2 applied_taxes t"]],
    ["a tax's rate altered", withTax("t", { tax_rate: "0.2" }), ["M2 applied_taxes t"]],
    ["more settled than owed", { ...sound, settled_cents: "624" }, ["M2 invoices invoice"]],
    ["a discount that no coupon gave", { ...sound, coupon_uses_cents: "99" }, ["M6 invoices invoice"]],
    ["a void that gave no coupon back", withInvoice({ status: "voided" }), ["M6 invoices invoice"]],
    [
      "a void that gave no settlement back",
      { ...withInvoice({ status: "voided" }), coupon_uses_cents: "0", settled_cents: "10" },
      ["M2 invoices invoice"]
    ],
    ["paid with something due", { ...withInvoice({ status: "paid" }), settled_cents: "622" }, ["M2 invoices invoice"]],
    ["settled and not paid", { ...sound, settled_cents: "623" }, ["M2 invoices invoice"]],
    ["a draft that was settled", { ...withInvoice({ status: "draft" }), settled_cents: "1" }, ["M2 invoices invoice"]],
    ["the base of a share altered", withTax("t2", { taxable_amount_cents: "300" }), ["M2 fees two", "M2 applied_taxes t"]]
  ])("%s: names the row", (_, document, expected) => {
    expect(found(document)).toEqual(expect.arrayContaining([...expected]))
  })

  it("says what is wrong with which figures", () => {
    expect(checkDocument(withFee({ precise_amount_cents: "400" }))[0]!.reason).toBe(
      "amount_cents 333 is not precise_amount_cents 400 rounded (half_away)"
    )
  })
})

describe("an amount is its exact one rounded", () => {
  const exact = fc.tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 15 }))

  it.each(["half_away", "half_even", "down"] as const)(
    "holds for every amount that is rounded %s, and for no amount that is two off",
    (mode) => {
      fc.assert(
        fc.property(exact, ([coefficient, scale]) => {
          const value = Exact.make(coefficient, scale)
          const rounded = Exact.toMinorUnits(value, 0, mode)
          const text = Exact.toText(value)
          expect(isRounded(rounded, text, mode)).toBe(true)
          expect(isRounded(rounded + 2n, text, mode)).toBe(false)
          expect(isRounded(rounded - 2n, text, mode)).toBe(false)
        })
      )
    }
  )

  it("refuses what is no number", () => {
    expect(isRounded(1n, "NaN", "half_away")).toBe(false)
  })
})

describe("the doctor on a subscription's windows", () => {
  const life = (change: Partial<RawLife> = {}): RawLife => ({
    id: "s",
    status: "active",
    started_at: 0,
    window_start: 20,
    ending_at: null,
    windows: [
      { id: "a", period_start: 0, period_end: 10 },
      { id: "b", period_start: 10, period_end: 20 }
    ],
    ...change
  })
  const codes = (one: RawLife) => checkWindows(one).map(({ id, table }) => `${table} ${id}`)

  it("finds nothing where they tile its life", () => {
    expect(checkWindows(life())).toEqual([])
    expect(checkWindows(life({ status: "terminated", window_start: null, ending_at: 20 }))).toEqual([])
    expect(checkWindows(life({ status: "pending", started_at: null, window_start: null, windows: [] }))).toEqual([])
  })

  it.each<[string, RawLife, string]>([
    ["a gap", life({ windows: [life().windows[0]!, { id: "b", period_start: 11, period_end: 20 }] }), "billed_periods b"],
    ["an overlap", life({ windows: [life().windows[0]!, { id: "b", period_start: 9, period_end: 20 }] }), "billed_periods b"],
    ["a first window after the start", life({ started_at: -5 }), "billed_periods a"],
    ["a running window elsewhere", life({ window_start: 25 }), "subscriptions s"],
    ["a window gone at the end", life({ status: "terminated", window_start: null, ending_at: 30 }), "subscriptions s"],
    ["a window that ends before it starts", life({ windows: [{ id: "a", period_start: 0, period_end: -1 }] }), "billed_periods a"]
  ])("%s: names the row", (_, one, expected) => {
    expect(codes(one)).toContain(expected)
  })
})

describe("the doctor on a series of numbers", () => {
  const number = (counter: number, issued_at = counter) => ({
    id: `i${counter}`,
    invoice_number: `ACME-${String(counter).padStart(4, "0")}`,
    issued_at
  })
  const counter = (next: bigint) => ({ table: "billing_entities", id: "e", next })
  const check = (counters: ReadonlyArray<number>, next: bigint, raises: ReadonlyArray<readonly [bigint, bigint]> = []) =>
    checkSeries({
      numbers: counters.map((one) => number(one)),
      raises: raises.map(([from, to]) => ({ from, to })),
      counter: counter(next)
    }).map(({ id, reason, table }) => `${table} ${id}: ${reason}`)

  it("finds nothing where it is without gap, in whatever order it comes", () => {
    expect(check([3, 1, 2], 4n)).toEqual([])
    expect(check([], 1n)).toEqual([])
  })

  it("a gap that was made by raising the counter is meant, also in two steps and at the beginning", () => {
    expect(check([1, 2, 100, 101], 102n, [[3n, 100n]])).toEqual([])
    expect(
      check([100], 200n, [
        [1n, 50n],
        [50n, 100n],
        [101n, 200n]
      ])
    ).toEqual([])
  })

  it.each([
    ["a gap", [1, 3], 4n, "invoices i3: a gap before ACME-0003: expected 2"],
    ["the first missing", [2], 3n, "invoices i2: a gap before ACME-0002: expected 1"],
    ["the last missing", [1], 3n, "billing_entities e: would give 3 next, the series goes on with 2"],
    ["a counter behind its series", [1, 2], 2n, "billing_entities e: would give 2 next, the series goes on with 3"],
    ["all missing", [], 2n, "billing_entities e: would give 2 next, the series goes on with 1"]
  ])("%s is named", (_, counters, next, expected) => {
    expect(check(counters, next)).toContain(expected)
  })

  it("a number twice, a number without counter, and numbers further out of order than clocks are apart are named", () => {
    const numbers = [
      number(1, 30 * 3_600_000),
      { ...number(2, 4), id: "late" },
      { ...number(2, 30 * 3_600_000), id: "twice" },
      { id: "x", invoice_number: "X", issued_at: 7 }
    ]
    const found = checkSeries({ numbers, raises: [], counter: null }).map(({ id, reason }) => `${id}: ${reason}`)
    expect(found).toEqual([
      "x: X has no counter",
      "late: ACME-0002 was issued before the number that precedes it",
      "twice: ACME-0002 was given twice"
    ])
  })
})

describe("the doctor on an application of a coupon", () => {
  const recurring: RawApplication = {
    id: "a",
    coupon_id: "c",
    frequency: "recurring",
    frequency_duration: 3,
    frequency_duration_remaining: 1,
    status: "active",
    uses: 2,
    beyond_once: false
  }
  const once: RawApplication = { ...recurring, frequency: "once", frequency_duration: null, frequency_duration_remaining: null, uses: 0 }

  it("finds nothing on sound ones", () => {
    const sound = [
      recurring,
      { ...recurring, uses: 3, frequency_duration_remaining: 0, status: "terminated" },
      { ...recurring, status: "terminated" },
      once,
      { ...once, uses: 1, status: "terminated" },
      { ...once, frequency: "forever", uses: 40 }
    ]
    expect(sound.flatMap(checkApplication)).toEqual([])
  })

  it.each<[string, RawApplication]>([
    ["a use that was not counted", { ...recurring, uses: 1 }],
    ["uses beyond the duration", { ...recurring, uses: 4, frequency_duration_remaining: -1, status: "terminated" }],
    ["active with nothing left", { ...recurring, uses: 3, frequency_duration_remaining: 0 }],
    ["one for one invoice used twice", { ...once, uses: 2, status: "terminated" }],
    ["one for one invoice still active after it", { ...once, uses: 1 }],
    ["a second application of a coupon for one", { ...once, beyond_once: true }]
  ])("finds %s", (_, application) => {
    expect(checkApplication(application)).toMatchObject([{ code: "M6", table: "applied_coupons", id: "a" }])
  })
})

describe("a note's own invoice", () => {
  const note: RawNote = {
    id: "note",
    credit_note_type: "credit",
    status: "finalized",
    credit_status: "available",
    refund_status: null,
    total_amount_cents: "120",
    sub_total_cents: "100",
    taxes_amount_cents: "20",
    credit_amount_cents: "120",
    refund_amount_cents: "0",
    balance_amount_cents: "50",
    items_net_cents: "100",
    items_taxes_cents: "20",
    used_cents: "70",
    own_cents: "0",
    returned_cents: "0",
    refunds_open: 0,
    beyond_cents: "0"
  }
  const offset = { ...note, credit_note_type: "offset", credit_status: null, credit_amount_cents: "0", balance_amount_cents: "0" }
  const reasons = (one: RawNote) => checkNote(one).map(({ code, reason }) => `${code} ${reason}`)

  it("is not paid by a credit, and alone by an offset", () => {
    expect(reasons(note)).toEqual([])
    expect(reasons({ ...note, own_cents: "30" })).toEqual(["M5 a credit that settles 30 of its own invoice"])
    expect(reasons({ ...offset, used_cents: "120", own_cents: "120" })).toEqual([])
    expect(reasons({ ...offset, used_cents: "120", own_cents: "100" })).toEqual(["M5 an offset that settles 20 of another invoice"])
  })
})
