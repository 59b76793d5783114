/** From lines to a document: discounts, taxes and totals in the order of decision I1. Pure. */
import type { DateTime } from "effect"
import type { TaxRate } from "../catalog/index.js"
import { type CurrencyCode, Exact, Money, type RoundingMode, sumOf } from "../core/index.js"
import type { FeeProperties, FeeType } from "./fee.js"
import type { LineItem } from "./invoice.js"
import { type TaxShare, taxesOf } from "./taxes.js"

/** A line that is to become a fee: rounded once already, less what progressive invoices and coupons take, with the taxes of its level. */
export interface FeeLine {
  readonly fee_type: FeeType
  readonly charge_id: string | null
  readonly charge_filter_id: string | null
  readonly commitment_id: string | null
  /** Of an add-on; absent on everything else. */
  readonly applied_add_on_id?: string | null
  /** Only of what is paid in advance. */
  readonly event_id?: string
  readonly description: string
  readonly metric_code: string | null
  readonly units: string
  readonly events_count: number
  readonly amount_cents: bigint
  readonly precise_amount_cents: string
  readonly precise_unit_amount: string
  readonly progressive_billing_credit_amount_cents: bigint
  readonly coupons_amount_cents: bigint
  readonly period_start: DateTime.Utc | null
  readonly period_end: DateTime.Utc | null
  readonly properties: FeeProperties
  readonly taxes: ReadonlyArray<TaxRate>
}

/** A line with its figures. */
export interface AssembledFee extends FeeLine {
  readonly taxes_amount_cents: bigint
  readonly total_amount_cents: bigint
  readonly tax_shares: ReadonlyArray<TaxShare>
}

/** An invoice's figures; `total = subtotal − progressive − coupons + tax`, and each is the sum of its fees' parts. */
export interface AssembledDocument {
  readonly fees: ReadonlyArray<AssembledFee>
  readonly tax_shares: ReadonlyArray<TaxShare>
  readonly subtotal_cents: bigint
  readonly progressive_billing_credit_amount_cents: bigint
  readonly coupons_amount_cents: bigint
  readonly tax_amount_cents: bigint
  readonly total_cents: bigint
}

/**
 * The figures of a document from its lines, in their order.
 *
 * @see decisions I1, N3, N4
 */
export const assemble = (lines: ReadonlyArray<FeeLine>, mode: RoundingMode): AssembledDocument => {
  const nets = lines.map((line) => line.amount_cents - line.progressive_billing_credit_amount_cents - line.coupons_amount_cents)
  const taxed = taxesOf(
    lines.map((line, index) => ({ net_cents: nets[index]!, taxes: line.taxes })),
    mode
  )
  const fees = lines.map((line, index): AssembledFee => {
    const tax_shares = taxed.fees[index]!
    const taxes_amount_cents = sumOf(tax_shares, (share) => share.amount_cents)
    return { ...line, taxes_amount_cents, total_amount_cents: nets[index]! + taxes_amount_cents, tax_shares }
  })
  return {
    fees,
    tax_shares: taxed.taxes,
    subtotal_cents: sumOf(fees, (fee) => fee.amount_cents),
    progressive_billing_credit_amount_cents: sumOf(fees, (fee) => fee.progressive_billing_credit_amount_cents),
    coupons_amount_cents: sumOf(fees, (fee) => fee.coupons_amount_cents),
    tax_amount_cents: sumOf(taxed.taxes, (share) => share.amount_cents),
    total_cents: sumOf(fees, (fee) => fee.total_amount_cents)
  }
}

/** A unit price in main units as one in minor units: `1.95` at exponent 2 is `195`. */
export const unitAmountCents = (precise_unit_amount: string, exponent: number): string =>
  Exact.toText(Exact.shift(Exact.unsafeFromText(precise_unit_amount), exponent))

/** The contract's mirror of a fee on its invoice. */
export const lineItem = (fee: AssembledFee, currency: CurrencyCode): LineItem => ({
  description: fee.description,
  quantity: fee.units,
  unit_price: fee.precise_unit_amount,
  amount: Money.toText(Money.make(fee.amount_cents, currency)),
  charge_id: fee.charge_id,
  metric_code: fee.metric_code
})
