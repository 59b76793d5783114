/**
 * An electronic invoice by the terms of EN 16931: what a document means, whatever syntax says it. BT and BG are the standard's numbers.
 * Amounts are minor units of `currency`, dates civil (`YYYY-MM-DD`), rates percent as decimal texts.
 */

/** Standard rate, zero rate, exempt, reverse charge, intra-community supply, export outside the EU, not subject to VAT (BT-151). */
export const vatCategories = ["S", "Z", "E", "AE", "K", "G", "O"] as const
export type VatCategory = (typeof vatCategories)[number]

/** What VAT is on a line or allowance. */
export interface Vat {
  /** BT-151, BT-95, BT-118. */
  readonly category: VatCategory
  /** BT-152, BT-96, BT-119, percent; null where nothing is subject to VAT. */
  readonly rate: string | null
}

/** BG-5, BG-8. */
export interface EAddress {
  readonly line1: string | null
  readonly line2: string | null
  readonly city: string | null
  readonly zip_code: string | null
  readonly state: string | null
  /** BT-40, BT-55: ISO 3166, two letters, as EN 16931's list has them. */
  readonly country: string
}

/** BG-4, BG-7. */
export interface EParty {
  /** BT-27, BT-44. */
  readonly name: string
  /** BT-28, where it is another than the name. */
  readonly trading_name: string | null
  /** BT-29. */
  readonly id: string | null
  /** BT-47. */
  readonly registration: string | null
  /** BT-31, BT-48. */
  readonly vat_id: string | null
  /** BT-32. */
  readonly tax_registration: string | null
  /** BT-34, BT-49: an e-mail address. */
  readonly email: string | null
  readonly address: EAddress
}

/** BG-14, BG-26: first and last day. */
export interface EPeriod {
  readonly from: string
  readonly to: string
}

/** BG-20. */
export interface EAllowance {
  /** BT-92. */
  readonly amount_cents: bigint
  /** BT-97. */
  readonly reason: string
  /** BT-98, of UNTDID 5189. */
  readonly reason_code: string | null
  readonly vat: Vat
}

/** BG-23. */
export interface EVatBreakdown extends Vat {
  /** The names of its taxes, for people. */
  readonly name: string
  /** BT-116. */
  readonly base_cents: bigint
  /** BT-117. */
  readonly tax_cents: bigint
  /** BT-120. */
  readonly exemption_reason: string | null
  /** BT-121, of the VATEX list. */
  readonly exemption_code: string | null
}

/** BG-25. */
export interface ELine {
  /** BT-126. */
  readonly id: string
  /** BT-153. */
  readonly name: string
  /** BT-129, of one (unit C62). */
  readonly quantity: string
  /** BT-146, in main units. */
  readonly price: string
  /** BT-131. */
  readonly net_cents: bigint
  readonly period: EPeriod | null
  readonly vat: Vat
}

/** BG-22. */
export interface ETotals {
  /** BT-106. */
  readonly lines_cents: bigint
  /** BT-107. */
  readonly allowances_cents: bigint
  /** BT-109. */
  readonly net_cents: bigint
  /** BT-110. */
  readonly tax_cents: bigint
  /** BT-112. */
  readonly gross_cents: bigint
  /** BT-113. */
  readonly paid_cents: bigint
  /** BT-114: what the books differ by from tax on the document's own bases. */
  readonly rounding_cents: bigint
  /** BT-115. */
  readonly due_cents: bigint
}

export interface EInvoice {
  /** BT-3: 380 or 381. */
  readonly kind: "invoice" | "credit_note"
  /** BT-1. */
  readonly number: string
  /** BT-2. */
  readonly issued_on: string
  /** BT-9. */
  readonly due_on: string | null
  /** BT-5. */
  readonly currency: string
  /** BT-10. */
  readonly buyer_reference: string | null
  /** BT-20. */
  readonly payment_terms: string | null
  /** BT-22. */
  readonly note: string | null
  /** BG-3. */
  readonly preceding: { readonly number: string; readonly issued_on: string | null } | null
  readonly seller: EParty
  readonly buyer: EParty
  /** BT-72 and BT-80, on intra-community supplies. */
  readonly delivery: { readonly on: string | null; readonly country: string } | null
  readonly period: EPeriod | null
  readonly allowances: ReadonlyArray<EAllowance>
  readonly vat: ReadonlyArray<EVatBreakdown>
  readonly totals: ETotals
  readonly lines: ReadonlyArray<ELine>
}
