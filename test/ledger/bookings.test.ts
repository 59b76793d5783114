import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { currencies, instant, OrganizationId } from "../../src/core/index.js"
import {
  type Booking,
  chartOfAccounts,
  creditNoteIssued,
  creditNoteVoided,
  invoiceIssued,
  invoiceVoided,
  type LedgerAccount,
  outOfBalance,
  paymentReceived,
  refundPaid,
  settled,
  settlementReturned,
  walletMoved
} from "../../src/ledger/index.js"

const now = instant(Date.UTC(2026, 0, 31))
const later = instant(Date.UTC(2026, 1, 1))

const cents = fc.bigInt({ min: 0n, max: 10n ** 15n })
const positive = fc.bigInt({ min: 1n, max: 10n ** 15n })

const document = fc.record({
  id: fc.uuid(),
  organization_id: fc.constant(OrganizationId.make("01900000-0000-7000-8000-000000000000")),
  customer_id: fc.uuid(),
  currency: fc.constantFrom(...currencies.map(({ code }) => code))
})

const invoice = fc
  .record({
    of: document,
    invoice_type: fc.constantFrom("subscription", "add_on", "credit", "one_off", "progressive_billing"),
    net: cents,
    coupons_amount_cents: cents,
    progressive_billing_credit_amount_cents: cents,
    tax_amount_cents: cents
  })
  .map(({ net, of, ...figures }) => ({
    ...of,
    ...figures,
    subtotal_cents: net + figures.coupons_amount_cents + figures.progressive_billing_credit_amount_cents,
    total_cents: net + figures.tax_amount_cents
  }))

const note = fc
  .record({
    of: document,
    credit_note_type: fc.constantFrom("credit", "refund", "offset"),
    invoice_type: fc.constantFrom("subscription", "credit"),
    sub_total_cents: cents,
    taxes_amount_cents: cents
  })
  .map(({ of, ...figures }) => ({ ...of, ...figures, total_amount_cents: figures.sub_total_cents + figures.taxes_amount_cents }))

const settlement = fc
  .record({
    of: document,
    settlement_type: fc.constantFrom("payment" as const, "credit_note" as const, "wallet_credit" as const),
    amount_cents: positive
  })
  .map(({ of, ...rest }) => ({ ...of, ...rest }))

const given = fc.option(fc.uuid())
const movement = fc
  .record({
    of: document,
    way: fc.constantFrom(
      ["inbound", "granted"] as const,
      ["inbound", "purchased"] as const,
      ["outbound", "invoiced"] as const,
      ["outbound", "voided"] as const
    ),
    amount: positive,
    invoice_id: given,
    transfer_id: given,
    credit_note_id: given
  })
  .map(({ of, way: [transaction_type, transaction_status], ...rest }) => ({ ...of, ...rest, transaction_type, transaction_status }))

const paid = fc.record({ of: document, amount_cents: positive, credit_note_id: given }).map(({ of, ...rest }) => ({ ...of, ...rest }))

const anyBooking: fc.Arbitrary<Booking | null> = fc.oneof(
  invoice.map((one) => invoiceIssued(one, now)),
  invoice.map((one) => invoiceVoided(one, now)),
  note.map((one) => creditNoteIssued(one, now)),
  note.map((one) => creditNoteVoided(one, now)),
  settlement.map((one) => settled(one, now)),
  settlement.map((one) => settlementReturned(one, now)),
  movement.map((one) => walletMoved(one, now)),
  paid.map((one) => paymentReceived(one, now)),
  paid.map((one) => refundPaid(one, now))
)

const sums = (bookings: ReadonlyArray<Booking | null>): Partial<Record<LedgerAccount, bigint>> => {
  const all: Partial<Record<LedgerAccount, bigint>> = {}
  for (const { account, amount_cents } of bookings.flatMap((one) => one?.entries ?? [])) all[account] = (all[account] ?? 0n) + amount_cents
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== 0n))
}

const of = { id: "i", organization_id: OrganizationId.make("01900000-0000-7000-8000-000000000000"), customer_id: "c", currency: "EUR" }
const billed = {
  ...of,
  invoice_type: "subscription",
  subtotal_cents: 10_000n,
  progressive_billing_credit_amount_cents: 2_000n,
  coupons_amount_cents: 1_000n,
  tax_amount_cents: 1_400n,
  total_cents: 8_400n
}
const sold = {
  ...billed,
  invoice_type: "credit",
  progressive_billing_credit_amount_cents: 0n,
  coupons_amount_cents: 0n,
  tax_amount_cents: 0n,
  total_cents: 10_000n
}
const moved = { ...of, invoice_id: null, transfer_id: null, credit_note_id: null }

describe("every booking", () => {
  it("is in balance, in any currency, on each account once, with nothing of 0", () => {
    fc.assert(
      fc.property(anyBooking, (booking) => {
        if (booking === null) return
        expect(outOfBalance(booking)).toBe(0n)
        expect(new Set(booking.entries.map(({ account }) => account)).size).toBe(booking.entries.length)
        expect(booking.entries.every(({ account, amount_cents }) => amount_cents !== 0n && account in chartOfAccounts)).toBe(true)
      }),
      { numRuns: 2_000 }
    )
  })

  it("that takes something back leaves nothing on any account", () => {
    fc.assert(
      fc.property(invoice, note, settlement, (an_invoice, a_note, a_settlement) => {
        expect(sums([invoiceIssued(an_invoice, now), invoiceVoided(an_invoice, later)])).toEqual({})
        expect(sums([creditNoteIssued(a_note, now), creditNoteVoided(a_note, later)])).toEqual({})
        expect(sums([settled(a_settlement, now), settlementReturned(a_settlement, later)])).toEqual({})
      })
    )
  })
})

describe("an invoice", () => {
  it("is owed by the customer: revenue without what progressive invoices billed, coupons apart, tax", () => {
    expect(sums([invoiceIssued(billed, now)])).toEqual({
      accounts_receivable: 8_400n,
      discounts: 1_000n,
      revenue: -8_000n,
      tax_payable: -1_400n
    })
  })

  it("that sells wallet credits is no revenue", () => {
    expect(sums([invoiceIssued(sold, now)])).toEqual({ accounts_receivable: 10_000n, wallet_purchases: -10_000n })
  })

  it("of 0 books nothing", () => {
    const free = {
      ...billed,
      subtotal_cents: 0n,
      progressive_billing_credit_amount_cents: 0n,
      coupons_amount_cents: 0n,
      tax_amount_cents: 0n,
      total_cents: 0n
    }
    expect(invoiceIssued(free, now).entries).toEqual([])
  })

  it("that is paid leaves money and no debt", () => {
    const payment = { ...of, amount_cents: 9_000n }
    expect(
      sums([
        invoiceIssued(billed, now),
        paymentReceived(payment, now),
        settled({ ...of, settlement_type: "payment", amount_cents: 8_400n }, now)
      ])
    ).toEqual({ cash: 9_000n, unapplied_payments: -600n, discounts: 1_000n, revenue: -8_000n, tax_payable: -1_400n })
  })
})

describe("a credit note", () => {
  const base = { ...of, invoice_type: "subscription", sub_total_cents: 500n, taxes_amount_cents: 100n, total_amount_cents: 600n }

  it("of type credit is owed to the customer until it is used", () => {
    const issued = creditNoteIssued({ ...base, credit_note_type: "credit" }, now)
    expect(sums([issued])).toEqual({ sales_returns: 500n, tax_payable: 100n, customer_credits: -600n })
    expect(sums([issued, settled({ ...of, settlement_type: "credit_note", amount_cents: 600n }, now)])).toEqual({
      sales_returns: 500n,
      tax_payable: 100n,
      accounts_receivable: -600n
    })
  })

  it("of type refund is owed in money until that went back", () => {
    const issued = creditNoteIssued({ ...base, credit_note_type: "refund" }, now)
    expect(sums([issued])).toEqual({ sales_returns: 500n, tax_payable: 100n, refunds_payable: -600n })
    expect(sums([issued, refundPaid({ ...of, amount_cents: 600n, credit_note_id: "n" }, now)])).toEqual({
      sales_returns: 500n,
      tax_payable: 100n,
      cash: -600n
    })
  })

  it("that refunds sold credits takes them out of the wallet, not off revenue", () => {
    const refund = { ...base, invoice_type: "credit", credit_note_type: "refund", sub_total_cents: 600n, taxes_amount_cents: 0n }
    const out = { ...moved, transaction_type: "outbound", transaction_status: "voided", amount: 600n, credit_note_id: "n" } as const
    expect(sums([creditNoteIssued(refund, now), walletMoved(out, now)])).toEqual({ wallet_liability: 600n, refunds_payable: -600n })
  })

  it("that offsets sold credits gives them away, since they come all the same", () => {
    const offset = { ...base, invoice_type: "credit", credit_note_type: "offset", sub_total_cents: 600n, taxes_amount_cents: 0n }
    expect(sums([creditNoteIssued(offset, now)])).toEqual({ promotional_credits: 600n, customer_credits: -600n })
  })
})

describe("a wallet", () => {
  const inbound = { ...moved, transaction_type: "inbound", amount: 1_000n } as const
  const outbound = { ...moved, transaction_type: "outbound", amount: 1_000n } as const

  it("owes what was granted, at the cost of revenue, and what was bought, once it is paid", () => {
    expect(sums([walletMoved({ ...inbound, transaction_status: "granted" }, now)])).toEqual({
      promotional_credits: 1_000n,
      wallet_liability: -1_000n
    })
    expect(sums([invoiceIssued(sold, now), walletMoved({ ...inbound, amount: 10_000n, transaction_status: "purchased" }, now)])).toEqual({
      accounts_receivable: 10_000n,
      wallet_liability: -10_000n
    })
  })

  it("earns what a hold took of it, and what nobody will use", () => {
    expect(sums([walletMoved({ ...outbound, transaction_status: "invoiced" }, now)])).toEqual({
      wallet_liability: 1_000n,
      revenue: -1_000n
    })
    expect(sums([walletMoved({ ...outbound, transaction_status: "voided" }, now)])).toEqual({ wallet_liability: 1_000n, breakage: -1_000n })
  })

  it("leaves to the settlement what pays an invoice, and what comes back of a voided one", () => {
    expect(walletMoved({ ...outbound, transaction_status: "invoiced", invoice_id: "i" }, now)).toBeNull()
    expect(walletMoved({ ...inbound, transaction_status: "granted", invoice_id: "i" }, now)).toBeNull()
  })

  it("owes no more and no less after a transfer to another one", () => {
    const transfer = { transaction_status: "granted", transfer_id: "t" } as const
    expect(sums([walletMoved({ ...outbound, ...transfer }, now), walletMoved({ ...inbound, ...transfer }, now)])).toEqual({})
  })
})
