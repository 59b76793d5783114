/** Taxes as a calculation sees them: rates by what they are applied to. */
import type { TaxableType, TaxId } from "./tax.js"

/** A tax as a calculation needs it; `rate` is a fraction as decimal text. */
export interface TaxRate {
  readonly tax_id: TaxId
  readonly code: string
  readonly name: string
  readonly rate: string
  readonly category: string | null
  readonly description: string | null
}

/** A fee as the levels see it; what it does not have is left out or null. */
export interface TaxedFee {
  /** Taxes that were named on a one-off line. */
  readonly line?: ReadonlyArray<TaxRate> | undefined
  readonly charge_id?: string | null | undefined
  readonly add_on_id?: string | null | undefined
  readonly commitment_id?: string | null | undefined
  readonly plan_id?: string | null | undefined
  readonly customer_id: string
  readonly billing_entity_id?: string | null | undefined
}

/** Whose taxes to load. */
export interface TaxQuery {
  readonly customer_ids?: ReadonlyArray<string> | undefined
  readonly plan_ids?: ReadonlyArray<string> | undefined
  readonly charge_ids?: ReadonlyArray<string> | undefined
  readonly commitment_ids?: ReadonlyArray<string> | undefined
  readonly add_on_ids?: ReadonlyArray<string> | undefined
  readonly billing_entity_ids?: ReadonlyArray<string> | undefined
  /** Taxes that are named themselves, on lines of one-off invoices: by code, or by id. */
  readonly tax_codes?: ReadonlyArray<string> | undefined
  readonly tax_ids?: ReadonlyArray<string> | undefined
}

/** A tax of a fee as an outside system names it: what tells one from another is in `code`, its rate included. */
export interface SuppliedTax {
  readonly code: string
  readonly name: string
  /** A fraction as decimal text, at most 15 decimals. */
  readonly rate: string
}

/** Applications by `<taxable_type>:<taxable_id>`, the taxes of the organization level, each in order of application; and those that were named. */
export interface AppliedRates {
  readonly applied: ReadonlyMap<string, ReadonlyArray<TaxRate>>
  readonly organization: ReadonlyArray<TaxRate>
  readonly named: ReadonlyArray<TaxRate>
  /** Whether a tax integration gives the rates in place of them. */
  readonly supplied: boolean
}

export const taxableKey = (type: TaxableType, id: string): string => `${type}:${id}`
