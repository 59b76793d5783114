/** The state of a case as its `expect` names it, read through the services. A part that is not here cannot be read yet. */
import { type DateTime, Effect } from "effect"
import { type CurrentOrganization, localDate } from "../../../src/core/index.js"
import { Coupons, type CreditNoteDocument, type Wallets } from "../../../src/credits/index.js"
import {
  CreditNotes,
  type Fee,
  type InvoiceDocument,
  Invoices,
  isOverdue,
  type SettlementType,
  UsageThresholds
} from "../../../src/invoicing/index.js"
import { PaymentRequests } from "../../../src/payments/index.js"
import { type Subscription, Subscriptions } from "../../../src/subscriptions/index.js"
import type { State } from "./expectations.js"
import type { Names } from "./names.js"
import { walletStates } from "./wallets.js"
import { allCreditNotes, allInvoices, type World } from "./world.js"

const feeOf = (fee: Fee, names: Names) => ({
  fee_type: fee.fee_type,
  charge: names.ofNullable(fee.charge_id),
  from: fee.period_start,
  to: fee.period_end,
  days: fee.fee_type === "subscription" ? fee.properties.days : undefined,
  units: fee.units,
  amount_cents: fee.amount_cents,
  progressive_cents: fee.progressive_billing_credit_amount_cents,
  coupon_cents: fee.coupons_amount_cents,
  taxes_amount_cents: fee.taxes_amount_cents,
  total_amount_cents: fee.total_amount_cents,
  reason: fee.properties.reason
})

const taxesOf = ({ invoice, taxes }: InvoiceDocument, names: Names) =>
  taxes
    .filter((tax) => tax.taxable_type === "invoice" && tax.taxable_id === invoice.id)
    .map((tax) => ({ code: names.of(tax.tax_id), base_cents: tax.taxable_amount_cents, amount_cents: tax.tax_amount_cents }))

const day = (at: DateTime.Utc | null, timezone: string) => (at === null ? null : localDate(at, timezone))

/** What of an invoice was settled one way, and stands. */
const settledBy = ({ settlements }: InvoiceDocument, type: SettlementType): bigint =>
  settlements
    .filter((settlement) => settlement.settlement_type === type && settlement.returned_at === null)
    .reduce((sum, settlement) => sum + settlement.amount_cents, 0n)

const invoiceOf = (document: InvoiceDocument, { at, names }: World) => {
  const { customer_id, due_date, fees: _, issued_at, subscription_id, timezone, ...invoice } = { ...document.invoice, fees: null }
  const credit_notes_amount_cents = settledBy(document, "credit_note")
  const prepaid_credit_amount_cents = settledBy(document, "wallet_credit")
  const paid_amount_cents = settledBy(document, "payment")
  const settled = credit_notes_amount_cents + prepaid_credit_amount_cents + paid_amount_cents
  const due_cents = invoice.status === "finalized" ? invoice.total_cents - settled : 0n
  const due_on = day(due_date, timezone)
  return {
    ...invoice,
    customer: names.of(customer_id),
    subscription: names.ofNullable(subscription_id),
    credit_notes_amount_cents,
    prepaid_credit_amount_cents,
    paid_amount_cents,
    due_cents,
    issue_date: day(issued_at, timezone),
    due_date: due_on,
    overdue: due_on !== null && isOverdue({ status: invoice.status, due_cents, due_on, timezone }, at()),
    fees: document.fees.map((fee) => feeOf(fee, names)),
    taxes: taxesOf(document, names)
  }
}

/** Every invoice with fees and taxes, in order of creation. */
const documents = Effect.gen(function* () {
  const invoices = yield* Invoices
  return yield* Effect.forEach(yield* allInvoices, ({ id }) => invoices.get(id))
})

/** A note as the case sees it: invoice and fees by their indexes. */
const creditNoteOf = ({ items, note }: CreditNoteDocument, invoices: ReadonlyArray<InvoiceDocument>) => {
  const invoice = invoices.findIndex((document) => document.invoice.id === note.invoice_id)
  return {
    ...note,
    invoice,
    items: items.map((item) => ({
      fee: invoices[invoice]!.fees.findIndex((fee) => fee.id === item.fee_id),
      amount_cents: item.amount_cents,
      net_cents: item.net_amount_cents,
      taxes_amount_cents: item.taxes_amount_cents
    }))
  }
}

const creditNotes = Effect.gen(function* () {
  const notes = yield* CreditNotes
  const all = yield* Effect.forEach(yield* allCreditNotes, ({ id }) => notes.get(id))
  const invoices = yield* documents
  return all.map((document) => creditNoteOf(document, invoices))
})

const subscriptionOf = (row: Subscription, names: Names) => ({
  status: row.status,
  plan: names.of(row.plan_id),
  pending_plan: names.ofNullable(row.previous_plan_id),
  downgraded_at: row.downgraded_at,
  subscription_at: row.subscription_at,
  started_at: row.started_at,
  trial_ended_at: row.trial_ended_at,
  canceled_at: row.canceled_at,
  paused_at: row.paused_at,
  resumed_at: row.resumed_at,
  ended_at: row.status === "terminated" ? row.ending_at : null
})

const allSubscriptions = Effect.flatMap(Subscriptions, (subscriptions) =>
  Effect.map(subscriptions.list({ limit: 1000, order_by: "created_at:asc" }), (page) => page.items)
)

const crossings = ({ names }: World) =>
  Effect.gen(function* () {
    const thresholds = yield* UsageThresholds
    const rows = yield* allSubscriptions
    const found = yield* Effect.forEach(rows, ({ id }) => thresholds.crossings({ subscription_id: id, limit: 1000 }))
    return Object.fromEntries(
      rows.map((row, index) => [row.external_id, found[index]!.items.map((crossing) => names.of(crossing.usage_threshold_id))])
    )
  })

const appliedCoupons = ({ names }: World) =>
  Effect.flatMap(Coupons, (coupons) =>
    Effect.map(coupons.applied({ limit: 1000, order_by: "created_at:asc" }), ({ items }) =>
      items.map(({ coupon_id, customer_id, frequency_duration_remaining, status }) => ({
        coupon: names.of(coupon_id),
        customer: names.of(customer_id),
        status,
        frequency_duration_remaining
      }))
    )
  )

/** Requests as the case sees them, in order of creation: invoices by their indexes. */
const paymentRequests = ({ names }: World) =>
  Effect.gen(function* () {
    const requests = yield* PaymentRequests
    const invoices = (yield* allInvoices).map(({ id }) => id as string)
    const { items } = yield* requests.list({ limit: 1000, order_by: "created_at:asc" })
    return yield* Effect.forEach(items, ({ id }) =>
      Effect.map(requests.get(id), ({ invoice_ids, request }) => ({
        ...request,
        customer: names.of(request.customer_id),
        dunning_campaign: names.ofNullable(request.dunning_campaign_id),
        invoices: invoice_ids.map((invoice_id) => invoices.indexOf(invoice_id)).toSorted((a, b) => a - b)
      }))
    )
  })

export const stateOf = (
  world: World
): State<Coupons | CurrentOrganization | CreditNotes | Invoices | PaymentRequests | Subscriptions | UsageThresholds | Wallets> => ({
  applied_coupons: appliedCoupons(world),
  payment_requests: paymentRequests(world),
  invoices: Effect.map(documents, (all) => all.map((document) => invoiceOf(document, world))),
  credit_notes: creditNotes,
  crossed_thresholds: crossings(world),
  wallets: walletStates,
  subscriptions: Effect.map(allSubscriptions, (rows) =>
    Object.fromEntries(rows.map((row) => [row.external_id, subscriptionOf(row, world.names)]))
  )
})
