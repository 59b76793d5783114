/** The line of a sale: so many units at a price, a fee of type add_on (add-ons, and lines of one-off invoices). Pure. */
import type { DateTime } from "effect"
import type { TaxRate } from "../../catalog/index.js"
import { Exact, type RoundingMode } from "../../core/index.js"
import type { FeeLine } from "../assemble.js"

/** What is sold. */
export interface SaleLine {
  readonly description: string
  /** Decimal text, ≥ 0. */
  readonly units: string
  /** Minor units of one unit, decimal text, ≥ 0. */
  readonly unit_amount_cents: string
  /** Taxes that were named on the line, by code or id; none: those of the first level that has any (I5). */
  readonly taxes: ReadonlyArray<string>
  /** The application of an add-on that it bills; null on a one-off invoice. */
  readonly applied_add_on_id: string | null
  readonly add_on_id: string | null
  /** The add-on's code. */
  readonly item_code?: string
}

export interface SaleLineTerms {
  readonly exponent: number
  readonly rounding_mode: RoundingMode
  readonly taxes: ReadonlyArray<TaxRate>
  readonly now: DateTime.Utc
}

/** units × unit amount, rounded once. */
export const saleFeeLine = (line: SaleLine, { exponent, now, rounding_mode, taxes }: SaleLineTerms): FeeLine => {
  const unit = Exact.unsafeFromText(line.unit_amount_cents)
  const exact = Exact.multiply(Exact.unsafeFromText(line.units), unit)
  return {
    fee_type: "add_on",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: null,
    applied_add_on_id: line.applied_add_on_id,
    description: line.description,
    metric_code: null,
    units: Exact.toText(Exact.unsafeFromText(line.units)),
    events_count: 0,
    amount_cents: Exact.toMinorUnits(exact, 0, rounding_mode),
    precise_amount_cents: Exact.toText(exact),
    precise_unit_amount: Exact.toText(Exact.divide(unit, Exact.fromBigInt(Exact.pow10(exponent)))),
    progressive_billing_credit_amount_cents: 0n,
    coupons_amount_cents: 0n,
    period_start: now,
    period_end: now,
    properties: {
      rounding_mode,
      ...(line.item_code === undefined ? {} : { item_code: line.item_code }),
      ...(line.taxes.length === 0 ? {} : { tax_ids: taxes.map(({ tax_id }) => tax_id) })
    },
    taxes
  }
}
