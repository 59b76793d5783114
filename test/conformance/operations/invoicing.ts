/** Operations of amounts on documents: splits, proration, taxes, dates. */
import { type TaxRate, taxLevel } from "../../../src/catalog/index.js"
import { type LocalDate, localDate, type RoundingMode, split } from "../../../src/core/index.js"
import { assemble, type FeeLine } from "../../../src/invoicing/assemble.js"
import { dueOn, finalizableOn, isOverdue } from "../../../src/invoicing/dates.js"
import type { InvoiceStatus } from "../../../src/invoicing/invoice.js"
import { prorate, unused } from "../../../src/invoicing/proration.js"
import type { Operations } from "../runner.js"
import { instantOf } from "./periods.js"

interface TotalsInput {
  readonly taxes: ReadonlyArray<{ readonly code: string; readonly rate: string }>
  readonly fees: ReadonlyArray<{ readonly amount_cents: string; readonly discount_cents?: string; readonly taxes: ReadonlyArray<string> }>
  readonly rounding_mode?: RoundingMode
}

const line = (amount_cents: bigint, coupons_amount_cents: bigint, taxes: ReadonlyArray<TaxRate>): FeeLine => ({
  fee_type: "charge",
  charge_id: null,
  charge_filter_id: null,
  commitment_id: null,
  description: "fee",
  metric_code: null,
  units: "1",
  events_count: 0,
  amount_cents,
  precise_amount_cents: amount_cents.toString(),
  precise_unit_amount: "0",
  progressive_billing_credit_amount_cents: 0n,
  coupons_amount_cents,
  period_start: null,
  period_end: null,
  properties: {},
  taxes
})

const invoiceTotals = ({ fees, rounding_mode = "half_away", taxes }: TotalsInput) => {
  const rates = new Map(taxes.map(({ code, rate }) => [code, { tax_id: code, code, name: code, rate } as TaxRate]))
  const lines = fees.map((fee) =>
    line(
      BigInt(fee.amount_cents),
      BigInt(fee.discount_cents ?? "0"),
      fee.taxes.map((code) => rates.get(code)!)
    )
  )
  const figures = assemble(lines, rounding_mode)
  return {
    ...figures,
    net_cents: figures.subtotal_cents - figures.coupons_amount_cents,
    taxes: taxes.flatMap(({ code }) =>
      figures.tax_shares
        .filter((share) => share.tax.code === code)
        .map(({ amount_cents, base_cents }) => ({ code, base_cents, amount_cents }))
    ),
    fees: figures.fees
  }
}

interface DatesInput {
  readonly billed_at: string
  readonly finalized_at: string
  readonly timezone?: string
  readonly invoice_type?: string
  readonly customer?: { readonly invoice_grace_period?: number; readonly net_payment_term?: number }
  readonly billing_entity?: { readonly invoice_grace_period?: number; readonly net_payment_term?: number }
}

const dates = ({ billed_at, billing_entity, customer, finalized_at, invoice_type = "subscription", timezone = "UTC" }: DatesInput) => {
  const grace = invoice_type === "subscription" ? (customer?.invoice_grace_period ?? billing_entity?.invoice_grace_period ?? 0) : 0
  const term = customer?.net_payment_term ?? billing_entity?.net_payment_term ?? 30
  return {
    finalized_on_or_after: finalizableOn(instantOf(billed_at), grace, timezone),
    issue_date: localDate(instantOf(finalized_at), timezone),
    due_date: dueOn(instantOf(finalized_at), term, timezone)
  }
}

interface OverdueInput {
  readonly status: InvoiceStatus
  readonly due_cents: string
  readonly due_date: string
  readonly timezone: string
  readonly now: string
}

export const invoicingOperations: Operations = {
  split: (input: { amount_cents: string; weights: ReadonlyArray<string> }) => ({
    parts: split(BigInt(input.amount_cents), input.weights.map(BigInt))
  }),
  prorated: (input: { amount_cents: string; days: string; full_days: string; rounding_mode?: RoundingMode }) => ({
    amount_cents: prorate(BigInt(input.amount_cents), Number(input.days), Number(input.full_days), input.rounding_mode)
  }),
  unused: (input: { amount_cents: string; days: string; kept_days: string }) =>
    unused(BigInt(input.amount_cents), Number(input.days), Number(input.kept_days)),
  invoice_totals: invoiceTotals,
  tax_level: taxLevel,
  dates,
  overdue: (input: OverdueInput) => ({
    overdue: isOverdue(
      { status: input.status, due_cents: BigInt(input.due_cents), due_on: input.due_date as LocalDate, timezone: input.timezone },
      instantOf(input.now)
    )
  })
}
