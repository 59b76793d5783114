/** Rows as the doctor reads them: every figure as the text that the database shows, since what is to be checked may not decode. */

export interface RawInvoice {
  readonly id: string
  readonly billing_entity_id: string | null
  readonly invoice_number: string | null
  readonly status: string
  readonly currency: string
  readonly subtotal_cents: string
  readonly progressive_billing_credit_amount_cents: string
  readonly coupons_amount_cents: string
  readonly tax_amount_cents: string
  readonly total_cents: string
  /** The mirror of the fees. */
  readonly line_items: ReadonlyArray<{ readonly amount: string }>
  readonly rounding_mode: string
}

export interface RawFee {
  readonly id: string
  readonly invoice_id: string
  readonly currency: string
  readonly amount_cents: string
  readonly precise_amount_cents: string
  readonly progressive_billing_credit_amount_cents: string
  readonly coupons_amount_cents: string
  readonly taxes_amount_cents: string
  readonly total_amount_cents: string
}

export interface RawTax {
  readonly id: string
  readonly taxable_type: string
  readonly taxable_id: string
  readonly tax_id: string
  readonly tax_rate: string
  readonly taxable_amount_cents: string
  readonly tax_amount_cents: string
}

/** An invoice with its fees, by position, and the taxes on it and on them. */
export interface RawDocument {
  readonly id: string
  readonly invoice: RawInvoice
  readonly fees: ReadonlyArray<RawFee>
  readonly taxes: ReadonlyArray<RawTax>
  /** The sum of the settlements that stand. */
  readonly settled_cents: string
  /** The sum of the uses of coupons that were not returned. */
  readonly coupon_uses_cents: string
}

/** Whole minor units from their text; zeros after the point are none. */
export const wholeOf = (text: string): bigint | undefined =>
  /^-?[0-9]+(?:\.0*)?$/.test(text) ? BigInt(text.replace(/\..*$/, "")) : undefined
