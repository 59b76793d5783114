/**
 * The ledger against the documents (M1): every booking is made again from what is stored, by the functions that made it, and
 * compared account by account; what is booked adds up to 0. Pure, but for the pages.
 */
import { Array as Arr, type DateTime, Effect } from "effect"
import type { CurrentOrganization, OrganizationId, StorageError } from "../../core/index.js"
import {
  type Booking,
  creditNoteIssued,
  creditNoteVoided,
  invoiceIssued,
  invoiceVoided,
  type LedgerSourceType,
  paymentReceived,
  refundPaid,
  type SettlementToBook,
  settled,
  settlementReturned,
  type WalletMovementToBook,
  walletMoved
} from "../../ledger/index.js"
import { wholeOf } from "./raw.js"
import type { Violation } from "./violation.js"

/** A document that books, or what books of one; figures as text, absent ones null. */
export interface RawSource {
  readonly source_type: LedgerSourceType
  readonly id: string
  readonly organization_id: string
  readonly customer_id: string
  readonly currency: string
  /** Invoice, note or settlement type; of a movement its kind. */
  readonly type: string
  /** Whether it stands, was voided or returned; of a movement its direction. */
  readonly status: string
  /** Of a note the type of its invoice; of a movement or a refund what it belongs to. */
  readonly belongs_to: string | null
  readonly subtotal_cents: string | null
  readonly progressive_cents: string | null
  readonly coupons_cents: string | null
  readonly tax_cents: string | null
  readonly amount_cents: string
  /** When it was issued or settled; null where that is kept nowhere else. */
  readonly at: DateTime.Utc | null
  /** When it was voided or returned, if that is kept. */
  readonly ended_at: DateTime.Utc | null
}

/** An entry as it is stored. */
export interface RawEntry {
  readonly source_type: string
  readonly source_id: string
  readonly kind: string
  readonly account: string
  readonly customer_id: string
  readonly currency: string
  readonly amount_cents: string
  readonly occurred_at: DateTime.Utc
}

const TABLES: Readonly<Record<LedgerSourceType, string>> = {
  invoice: "invoices",
  credit_note: "credit_notes",
  settlement: "invoice_settlements",
  wallet_transaction: "wallet_transactions",
  payment: "payments",
  payment_refund: "payment_refunds"
}

/** What a booking ought to be, and when, if that is known. */
interface Expected {
  readonly booking: Booking
  readonly at: DateTime.Utc | null
}

const expected = (source: RawSource, amount: bigint, figure: (text: string | null) => bigint): ReadonlyArray<Expected> => {
  const { at, belongs_to, ended_at, status, type } = source
  const document = { ...source, organization_id: source.organization_id as OrganizationId }
  const some = at as DateTime.Utc
  const both = (first: Booking, over: boolean, second: (at: DateTime.Utc) => Booking): ReadonlyArray<Expected> =>
    over
      ? [
          { booking: first, at },
          { booking: second(some), at: ended_at }
        ]
      : [{ booking: first, at }]
  switch (source.source_type) {
    case "invoice": {
      const invoice = {
        ...document,
        invoice_type: type,
        subtotal_cents: figure(source.subtotal_cents),
        progressive_billing_credit_amount_cents: figure(source.progressive_cents),
        coupons_amount_cents: figure(source.coupons_cents),
        tax_amount_cents: figure(source.tax_cents),
        total_cents: amount
      }
      return both(invoiceIssued(invoice, some), status === "voided", () => invoiceVoided(invoice, some))
    }
    case "credit_note": {
      const note = {
        ...document,
        credit_note_type: type,
        invoice_type: belongs_to ?? "",
        sub_total_cents: figure(source.subtotal_cents),
        taxes_amount_cents: figure(source.tax_cents),
        total_amount_cents: amount
      }
      return both(creditNoteIssued(note, some), status === "voided", () => creditNoteVoided(note, some))
    }
    case "settlement": {
      const settlement = { ...document, settlement_type: type as SettlementToBook["settlement_type"], amount_cents: amount }
      return both(settled(settlement, some), status === "returned", () => settlementReturned(settlement, some))
    }
    case "wallet_transaction": {
      const booking = walletMoved(
        {
          ...document,
          transaction_type: status as WalletMovementToBook["transaction_type"],
          transaction_status: type as WalletMovementToBook["transaction_status"],
          amount,
          invoice_id: belongs_to === "invoice" ? source.id : null,
          transfer_id: belongs_to === "transfer" ? source.id : null,
          credit_note_id: belongs_to === "credit_note" ? source.id : null
        },
        some
      )
      return booking === null ? [] : [{ booking, at }]
    }
    case "payment":
      return [{ booking: paymentReceived({ ...document, amount_cents: amount }, some), at }]
    case "payment_refund":
      return [{ booking: refundPaid({ ...document, amount_cents: amount, credit_note_id: belongs_to }, some), at }]
  }
}

/** What is over leaves nothing on any account, whatever taking back looks like; where a booking is missing, that is said already. */
const leftBehind = (due: ReadonlyArray<Expected>, entries: ReadonlyArray<RawEntry>): ReadonlyArray<string> => {
  if (due.length < 2 || due.some(({ booking }) => !entries.some(({ kind }) => kind === booking.kind))) return []
  return Object.entries(Arr.groupBy(entries, ({ account }) => account)).flatMap(([account, of]) => {
    const left = sumOf(of)
    return left === 0n ? [] : [`taken back, and ${account} still has ${left} of it`]
  })
}

const sumOf = (entries: ReadonlyArray<RawEntry>): bigint =>
  entries.reduce((sum, { amount_cents }) => sum + (wholeOf(amount_cents) ?? 0n), 0n)

/** What of a source is not booked as it ought to be. */
const checkSource = (source: RawSource, entries: ReadonlyArray<RawEntry>): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (reason: string) => found.push({ code: "M1", table: TABLES[source.source_type], id: source.id, reason })
  const texts = [source.subtotal_cents, source.progressive_cents, source.coupons_cents, source.tax_cents, source.amount_cents]
  // A figure that is no whole number is M9's.
  if (texts.some((text) => text !== null && wholeOf(text) === undefined)) return found
  const due = expected(source, wholeOf(source.amount_cents)!, (text) => (text === null ? 0n : wholeOf(text)!))
  const own = entries.filter((entry) => entry.source_type === source.source_type)
  const of = Arr.groupBy(own, ({ kind }) => kind)
  for (const { at, booking } of due.filter((one) => one.booking.entries.length > 0)) {
    const booked = of[booking.kind]
    if (booked === undefined) {
      add(`not booked as ${booking.kind}`)
      continue
    }
    const amounts = new Map(booked.map(({ account, amount_cents }) => [account, wholeOf(amount_cents)]))
    for (const account of new Set([...booking.entries.map((entry) => entry.account as string), ...amounts.keys()])) {
      const ought = booking.entries.find((entry) => entry.account === account)?.amount_cents ?? 0n
      if (amounts.get(account) !== ought)
        add(`${booking.kind}: ${account} is booked with ${amounts.get(account) ?? "nothing"}, not ${ought}`)
    }
    for (const { account, currency, customer_id, occurred_at } of booked) {
      if (currency !== source.currency) add(`${booking.kind}: ${account} is booked in ${currency}, not ${source.currency}`)
      if (customer_id !== source.customer_id) add(`${booking.kind}: ${account} is booked on another customer`)
      if (at !== null && occurred_at.epochMillis !== at.epochMillis) add(`${booking.kind}: ${account} is booked at another time`)
    }
  }
  for (const reason of leftBehind(due, own)) add(reason)
  for (const entry of entries) {
    if (entry.source_type !== source.source_type || !due.some(({ booking }) => booking.kind === entry.kind && booking.entries.length > 0)) {
      add(`${entry.account} is booked with ${entry.amount_cents} as ${entry.source_type} ${entry.kind}, which it is not`)
    }
  }
  return found
}

const inLedger = (id: string, reason: string): Violation => ({ code: "M1", table: "ledger_entries", id, reason })

/** What of a page of sources and of the entries of the same ids does not hold. */
const checkBooked = (sources: ReadonlyArray<RawSource>, entries: ReadonlyArray<RawEntry>): ReadonlyArray<Violation> => {
  const of = Arr.groupBy(entries, ({ source_id }) => source_id)
  const known = new Set(sources.map(({ id }) => id))
  return [
    ...sources.flatMap((source) => checkSource(source, of[source.id] ?? [])),
    ...Object.entries(of).flatMap(([id, booked]) => {
      const kinds = Arr.groupBy(booked, ({ currency, kind }) => `${kind} in ${currency}`)
      const wrong = Object.entries(kinds).filter(([, of_kind]) => sumOf(of_kind) !== 0n)
      return [
        ...wrong.map(([kind, of_kind]) => inLedger(id, `${kind}: debits less credits are ${sumOf(of_kind)}`)),
        ...(known.has(id) ? [] : [inLedger(id, `booked without a ${booked[0]!.source_type} of that id`)])
      ]
    })
  ]
}

/** What a page reads: the sources, and the entries of all ids from the page before to its last one, or to the end. */
export interface BookedPage {
  readonly sources: ReadonlyArray<RawSource>
  readonly entries: ReadonlyArray<RawEntry>
}

const PAGE = 1000

/** The whole ledger, page by page. */
export const examineLedger = (
  read: (after: string | null, limit: number) => Effect.Effect<BookedPage, StorageError, CurrentOrganization>
): Effect.Effect<ReadonlyArray<Violation>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const violations: Array<Violation> = []
    const totals = new Map<string, bigint>()
    for (let after: string | null = null, more = true; more; ) {
      const { entries, sources }: BookedPage = yield* read(after, PAGE)
      violations.push(...checkBooked(sources, entries))
      for (const { amount_cents, currency } of entries) totals.set(currency, (totals.get(currency) ?? 0n) + (wholeOf(amount_cents) ?? 0n))
      more = sources.length === PAGE
      after = sources.at(-1)?.id ?? null
    }
    for (const [currency, total] of totals) {
      if (total !== 0n) violations.push(inLedger(currency, `debits less credits in ${currency} are ${total}`))
    }
    return violations
  })
