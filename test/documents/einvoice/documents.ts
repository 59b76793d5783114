/** Random final invoices and credit notes of every shape that billing makes, by the functions that billing makes them with. */
import { Either } from "effect"
import fc from "fast-check"
import type { Tax } from "../../../src/catalog/index.js"
import { type CurrencyCode, Exact, exponentOf, instant, type RoundingMode } from "../../../src/core/index.js"
import { applyCoupons, type CreditNoteDocument, creditNoteFigures } from "../../../src/credits/index.js"
import type { TaxesById } from "../../../src/documents/index.js"
import { assemble, type FeeLine } from "../../../src/invoicing/assemble.js"
import { draftOf } from "../../../src/invoicing/document.js"
import type { InvoiceDocument, InvoiceType } from "../../../src/invoicing/index.js"
import { creditable, noteDocument } from "../../../src/invoicing/note.js"

const DAY = 86_400_000
const START = Date.UTC(2026, 4, 1)
const NOW = instant(Date.UTC(2026, 5, 1, 9))

const tax = (id: string, rate: string, category: string | null, description: string | null = null): Tax =>
  ({ id, code: id, name: `VAT & ${id}`, rate, category, description }) as unknown as Tax

/** Two of the same rate, one of no category that a list knows, one of each kind without a charge. */
const taxes = [
  tax("standard", "0.19", "S"),
  tax("other", "0.19", null),
  tax("reduced", "0.07", "reduced"),
  tax("odd", "0.0875", "s"),
  tax("zero", "0", "Z"),
  tax("exempt", "0", "E", "Article 132 <medical>"),
  tax("reverse", "0", "AE"),
  tax("supply", "0", "K"),
  tax("export", "0", "G")
]
const outside = tax("outside", "0", "O")
export const taxTable: TaxesById = new Map([...taxes, outside].map((each) => [each.id, each]))

/** A line before it is rounded. */
interface RandomLine {
  readonly tax: string
  readonly units: string
  readonly price: string
  /** Tiers: an amount that units × price is not. */
  readonly surcharge_cents: bigint
  readonly progressive_percent: bigint
  readonly description: string
  readonly from_day: number
  readonly days: number
}

export interface RandomInvoice {
  readonly lines: ReadonlyArray<RandomLine>
  readonly currency: string
  readonly mode: RoundingMode
  readonly invoice_type: InvoiceType
  readonly coupons: ReadonlyArray<{ readonly percent: string } | { readonly cents: bigint }>
  readonly settled_percent: ReadonlyArray<bigint>
  readonly seller_tax_id: string
  readonly hostile: string
}

const feeLine = (line: RandomLine, { currency, invoice_type, mode }: RandomInvoice): FeeLine => {
  const exponent = exponentOf(currency as CurrencyCode)
  const product = Exact.multiply(Exact.unsafeFromText(line.units), Exact.unsafeFromText(line.price))
  const amount_cents = Exact.toMinorUnits(product, exponent, mode) + line.surcharge_cents
  const named = taxTable.get(line.tax)!
  return {
    fee_type: "charge",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: null,
    description: line.description,
    metric_code: null,
    units: line.units,
    events_count: 1,
    amount_cents,
    precise_amount_cents: `${amount_cents}`,
    precise_unit_amount: line.price,
    progressive_billing_credit_amount_cents: (amount_cents * line.progressive_percent) / 100n,
    coupons_amount_cents: 0n,
    period_start: instant(START + line.from_day * DAY),
    period_end: instant(START + (line.from_day + line.days) * DAY),
    properties: {},
    taxes:
      invoice_type === "credit"
        ? []
        : [{ tax_id: named.id, code: named.code, name: named.name, rate: named.rate, category: null, description: null }]
  }
}

const counter = (from: number): Iterator<string> => {
  let at = from
  return { next: () => ({ done: false, value: `00000000-0000-7000-8000-${`${at++}`.padStart(12, "0")}` }) }
}

/** The invoice that billing would issue for it. */
export const issued = (random: RandomInvoice): InvoiceDocument => {
  const { coupons, currency, hostile, invoice_type, lines, mode, seller_tax_id, settled_percent } = random
  const before = lines.map((line) => feeLine(line, random))
  const discounts = applyCoupons(
    { currency, rounding_mode: mode },
    before,
    coupons.map((coupon) => ({
      frequency: "forever" as const,
      frequency_duration_remaining: null,
      discount:
        "percent" in coupon
          ? { coupon_type: "percentage" as const, percentage_rate: coupon.percent }
          : { coupon_type: "fixed_amount" as const, amount_cents: coupon.cents, amount_currency: currency }
    }))
  )
  const figures = assemble(
    before.map((line, at) => ({ ...line, coupons_amount_cents: discounts.fees[at]! })),
    mode
  )
  const head = {
    organization_id: "o",
    customer: {
      id: "c",
      external_id: "c",
      name: `Müller & Söhne ${hostile}`,
      email: "buyer@example.com",
      timezone: "Europe/Berlin",
      billing_metadata: { country: "FR", city: `Lyon ${hostile}`, tax_id: "FR 40.303265045", zip_code: "69001", address_line1: 7 }
    },
    issuer: {
      kind: "organization",
      id: "o",
      name: "Acme",
      legal_name: `Acme GmbH ${hostile}`,
      address_line1: "Hauptstraße 1",
      city: "Berlin",
      country: "DE",
      zip_code: "10115",
      tax_id: seller_tax_id,
      email: "billing@acme.example",
      rounding_mode: mode
    },
    invoice_type,
    subscription_id: null,
    currency,
    billing_period_start: invoice_type === "one_off" ? null : instant(START),
    billing_period_end: invoice_type === "one_off" ? null : instant(START + 31 * DAY),
    billed_at: NOW,
    grace_days: 0
  } as unknown as Parameters<typeof draftOf>[0]
  const draft = draftOf(head, figures, { fresh: counter(0) }, NOW)
  let left = figures.total_cents
  const settlements = settled_percent.map((percent, at) => {
    const amount_cents = (left * percent) / 100n
    left -= amount_cents
    const settlement_type = (["payment", "wallet_credit", "credit_note"] as const)[at % 3]
    return { settlement_type, amount_cents, returned_at: null } as unknown as InvoiceDocument["settlements"][number]
  })
  const invoice = {
    ...draft.invoice,
    status: "finalized" as const,
    invoice_number: "ACME-0042",
    issued_at: NOW,
    due_date: instant(NOW.epochMillis + 30 * DAY)
  }
  return { ...draft, invoice, settlements }
}

/** Notes that give back shares of the fees one after the other, each of what the ones before left. */
export const credited = (document: InvoiceDocument, shares: ReadonlyArray<ReadonlyArray<bigint>>): ReadonlyArray<CreditNoteDocument> => {
  const notes: Array<CreditNoteDocument> = []
  for (const share of shares) {
    const items = notes.flatMap((note) => note.items)
    const fees = document.fees.map((fee) => creditable({ fee, taxes: document.taxes }, items))
    const requests = fees.flatMap((fee, at) => {
      const left = fee.amount_cents - fee.progressive_billing_credit_amount_cents - fee.credited.amount_cents
      const amount_cents = (left * (share[at % share.length] ?? 0n)) / 100n
      return amount_cents > 0n ? [{ fee_id: fee.fee_id, amount_cents }] : []
    })
    if (requests.length === 0) continue
    const figures = Either.getOrThrow(creditNoteFigures(requests, fees, document.invoice.parties.rounding_mode))
    const head = { credit_note_type: "credit", reason: "other", cause: "manual", description: "broken, <sorry>: #101#102" } as const
    const note = noteDocument(document.invoice, figures, head, counter((notes.length + 1) * 1_000), NOW)
    notes.push({ ...note, note: { ...note.note, status: "finalized", number: `CN-${notes.length}`, issued_at: NOW } })
  }
  return notes
}

const line = (of: ReadonlyArray<string>, exponent: number): fc.Arbitrary<RandomLine> =>
  fc.record({
    tax: fc.constantFrom(...of),
    units: fc.constantFrom("0", "1", "3", "182.5", "0.333333333333333"),
    price: fc.oneof(
      fc.constantFrom("0", "0.0033", "0.4584", "1.95", "333", "0.000000000000001"),
      fc.integer({ min: 0, max: 500_000 }).map((cents) => `${Math.floor(cents / 100)}.${`${cents % 100}`.padStart(2, "0")}`)
    ),
    // Thousandths only at times: they cannot be said.
    surcharge_cents: fc.bigInt({ min: 0n, max: 5_000n }).map((cents) => (exponent > 2 ? cents * 100n : cents)),
    progressive_percent: fc.constantFrom(0n, 0n, 0n, 33n, 100n),
    description: fc.constantFrom("Ladestrom, kWh", 'a < b & c > "d"', "]]>", "\u0000\u0007\ud800 \ufffe", "  ", "शुल्क 🙂"),
    from_day: fc.integer({ min: 0, max: 20 }),
    days: fc.integer({ min: 0, max: 10 })
  })

/** Of one currency and a mixture of taxes: `K` and its like stand beside others, `O` alone. */
export const randomInvoice: fc.Arbitrary<RandomInvoice> = fc
  .tuple(
    fc.constantFrom("EUR", "EUR", "EUR", "EUR", "USD", "JPY", "JPY", "KWD", "CLF"),
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.subarray(
          taxes.map(({ id }) => id as string),
          { minLength: 1, maxLength: 4 }
        )
      },
      { weight: 1, arbitrary: fc.constant(["outside"]) }
    )
  )
  .chain(([currency, of]) =>
    fc.record({
      lines: fc.array(line(of, exponentOf(currency as CurrencyCode)), { minLength: 1, maxLength: 6 }),
      currency: fc.constant(currency),
      mode: fc.constantFrom<RoundingMode>("half_away", "half_away", "half_even", "down"),
      invoice_type: fc.constantFrom<InvoiceType>("subscription", "subscription", "one_off", "progressive_billing", "credit"),
      coupons: fc.array(
        fc.oneof(
          fc.constantFrom("10", "33.333", "100").map((percent) => ({ percent })),
          fc.bigInt({ min: 1n, max: 10_000n }).map((cents) => ({ cents }))
        ),
        { maxLength: 2 }
      ),
      settled_percent: fc.array(fc.constantFrom(0n, 10n, 37n, 100n), { maxLength: 3 }),
      seller_tax_id: fc.constantFrom("DE123456789", "DE 123 456 789"),
      hostile: fc.constantFrom("", "<script>", "&amp;", "\u0001\u200b")
    })
  )

export const shares: fc.Arbitrary<ReadonlyArray<ReadonlyArray<bigint>>> = fc.array(
  fc.array(fc.constantFrom(0n, 1n, 33n, 50n, 100n), { minLength: 1, maxLength: 3 }),
  { minLength: 1, maxLength: 3 }
)
