/** From figures to a document's rows: invoice, fees and applied taxes, with ids and dates. Pure. */
import type { DateTime } from "effect"
import type { Customer, Issuer } from "../accounts/index.js"
import { type CurrencyCode, exponentOf, localDate, type OrganizationId, startOfDay } from "../core/index.js"
import { type AssembledDocument, lineItem, unitAmountCents } from "./assemble.js"
import { dueOn, finalizableOn } from "./dates.js"
import type { Fee, FeeId } from "./fee.js"
import type { Invoice, InvoiceId, InvoiceType, Parties } from "./invoice.js"
import type { AppliedTaxRow, InvoiceDocument, Issue, NumberSeries } from "./store.js"

/** Whose document it is, and what it bills. */
export interface DocumentHead {
  readonly organization_id: OrganizationId
  readonly customer: Customer
  readonly issuer: Issuer
  readonly invoice_type: InvoiceType
  readonly subscription_id: string | null
  readonly currency: CurrencyCode
  readonly billing_period_start: DateTime.Utc | null
  readonly billing_period_end: DateTime.Utc | null
  /** The instant that it bills, whenever the run comes. */
  readonly billed_at: DateTime.Utc
  /** The issuer where it was named on the document itself. */
  readonly named_billing_entity_id?: string | null
  /** Days of grace after the local day of `billed_at`. */
  readonly grace_days: number
}

/** How many ids a document needs: its own, its fees', its taxes'. */
export const idsNeeded = (figures: AssembledDocument): number =>
  1 + figures.tax_shares.length + figures.fees.reduce((count, fee) => count + 1 + fee.tax_shares.length, 0)

/** What of a customer's metadata stands on its documents. */
const ON_DOCUMENTS = ["legal_name", "address_line1", "address_line2", "city", "state", "country", "zip_code", "tax_id"] as const

const billedAs = ({ billing_metadata }: Customer): Parties["customer"] =>
  Object.fromEntries(
    ON_DOCUMENTS.flatMap((key) => {
      const text = billing_metadata[key]
      return typeof text === "string" && text.trim() !== "" ? [[key, text.slice(0, 255)]] : []
    })
  )

const partiesOf = (issuer: Issuer, customer: Customer): Parties => ({
  issuer: {
    name: issuer.name,
    legal_name: issuer.legal_name,
    address_line1: issuer.address_line1,
    address_line2: issuer.address_line2,
    city: issuer.city,
    state: issuer.state,
    country: issuer.country,
    zip_code: issuer.zip_code,
    tax_id: issuer.tax_id,
    email: issuer.email,
    document_locale: issuer.document_locale,
    invoice_footer: issuer.invoice_footer
  },
  customer: { external_id: customer.external_id, name: customer.name, email: customer.email, ...billedAs(customer) },
  rounding_mode: issuer.rounding_mode
})

/** From when a draft may be finalized: the beginning of the local day of what it bills + the days of grace. */
export const finalizableFrom = (head: DocumentHead): DateTime.Utc =>
  startOfDay(finalizableOn(head.billed_at, head.grace_days, head.customer.timezone), head.customer.timezone)

/** Where a document's ids come from: of one that is calculated anew the invoice keeps its own, and so do fees that stay, by position. */
export interface DocumentIds {
  readonly fresh: Iterator<string>
  readonly invoice_id?: string
  readonly fee_ids?: ReadonlyArray<string | undefined>
}

/** The draft of an invoice; fresh ids are taken in order, the invoice's own first. */
export const draftOf = (head: DocumentHead, figures: AssembledDocument, ids: DocumentIds, now: DateTime.Utc): InvoiceDocument => {
  const next = (): string => ids.fresh.next().value as string
  const { organization_id } = head
  const exponent = exponentOf(head.currency)
  const stamps = { created_at: now, updated_at: now }
  const invoice: Invoice = {
    id: (ids.invoice_id ?? next()) as InvoiceId,
    organization_id,
    invoice_number: null,
    customer_id: head.customer.id,
    subscription_id: head.subscription_id,
    billing_entity_id: head.issuer.kind === "billing_entity" ? head.issuer.id : null,
    named_billing_entity_id: head.named_billing_entity_id ?? null,
    status: "draft",
    invoice_type: head.invoice_type,
    billing_period_start: head.billing_period_start,
    billing_period_end: head.billing_period_end,
    subtotal_cents: figures.subtotal_cents,
    tax_amount_cents: figures.tax_amount_cents,
    total_cents: figures.total_cents,
    prepaid_credit_amount_cents: 0n,
    coupons_amount_cents: figures.coupons_amount_cents,
    progressive_billing_credit_amount_cents: figures.progressive_billing_credit_amount_cents,
    currency: head.currency,
    line_items: figures.fees.map((fee) => lineItem(fee, head.currency)),
    parties: partiesOf(head.issuer, head.customer),
    timezone: head.customer.timezone,
    billed_at: head.billed_at,
    finalize_at: finalizableFrom(head),
    due_date: null,
    issued_at: null,
    paid_at: null,
    ...stamps
  }
  const taxes: Array<AppliedTaxRow> = []
  const applied = (taxable_type: AppliedTaxRow["taxable_type"], taxable_id: string, shares: AssembledDocument["tax_shares"]) => {
    for (const share of shares) {
      taxes.push({
        id: next(),
        organization_id,
        tax_id: share.tax.tax_id,
        taxable_type,
        taxable_id,
        tax_rate: share.tax.rate,
        taxable_amount_cents: share.base_cents,
        tax_amount_cents: share.amount_cents,
        ...(taxable_type === "invoice"
          ? { tax_name: share.tax.name, tax_category: share.tax.category, tax_description: share.tax.description }
          : { tax_name: null, tax_category: null, tax_description: null }),
        ...stamps
      })
    }
  }
  applied("invoice", invoice.id, figures.tax_shares)
  const fees = figures.fees.map(({ tax_shares, taxes: _, ...line }, position): Fee => {
    const id = (ids.fee_ids?.[position] ?? next()) as FeeId
    applied("fee", id, tax_shares)
    return {
      id,
      organization_id,
      invoice_id: invoice.id,
      subscription_id: head.subscription_id,
      customer_id: head.customer.id,
      currency: head.currency,
      unit_amount_cents: unitAmountCents(line.precise_unit_amount, exponent),
      payment_status: "pending",
      position,
      event_id: null,
      ...line,
      applied_add_on_id: line.applied_add_on_id ?? null,
      ...stamps
    }
  })
  return { invoice, fees, taxes, settlements: [] }
}

/** The counter that an issuer's documents are numbered from. */
export const seriesOf = (issuer: Issuer, now: DateTime.Utc): NumberSeries =>
  issuer.kind === "billing_entity"
    ? { kind: "billing_entity", billing_entity_id: issuer.id }
    : { kind: "organization", document: "INV", day: localDate(now, issuer.timezone) }

/**
 * How a draft is issued now: its due date is the local day of issue + the payment term, and with nothing due it is paid.
 *
 * @see decisions I2, I8, I12
 */
export const issueOf = (
  invoice: Invoice,
  { due_cents, prepaid_cents }: { readonly due_cents: bigint; readonly prepaid_cents: bigint },
  series: NumberSeries,
  net_payment_term: number,
  now: DateTime.Utc
): Issue => ({
  invoice_id: invoice.id,
  series,
  prepaid_credit_amount_cents: prepaid_cents,
  status: due_cents === 0n ? "paid" : "finalized",
  issued_at: now,
  due_date: startOfDay(dueOn(now, net_payment_term, invoice.timezone), invoice.timezone)
})
