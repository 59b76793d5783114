/** Usage as it is shown: a period's charges with their lines, from what rating made of them. Pure. */
import type { DateTime } from "effect"
import type { ChargeTerms } from "../catalog/index.js"
import { Exact } from "../core/index.js"
import type { RunningUsage } from "../invoicing/index.js"
import type { AggregationType, ChargeModel, FeeFigures, Group } from "../pricing/index.js"
import type { AdvanceLine, UsageLine } from "../rating/index.js"

/** A bucket and group of a charge. Decimal texts of at most 15 places; `amount_cents` in whole minor units. */
export interface LineUsage extends FeeFigures {
  /** Null for the events that no filter takes. */
  readonly charge_filter_id: string | null
  /** The filter's keys and values. */
  readonly filter: Readonly<Record<string, ReadonlyArray<string>>> | null
  /** The values of the pricing group keys; null: the events lack it. Empty without such keys. */
  readonly group: Group
  readonly events_count: number
  /** Only where the charge is paid in advance: what was billed, and the level as it is now, not below 0 (P17). */
  readonly billed_units?: string
  readonly current_units?: string
}

/** A charge with its lines; its figures are their sums. */
export interface ChargeUsage {
  readonly charge_id: string
  readonly billable_metric_id: string
  readonly metric_code: string
  /** What its lines are called on documents. */
  readonly name: string
  readonly aggregation_type: AggregationType
  readonly charge_model: ChargeModel
  readonly pay_in_advance: boolean
  readonly units: string
  readonly events_count: number
  readonly amount_cents: bigint
  readonly lines: ReadonlyArray<LineUsage>
}

/** A subscription's usage of a period [`period_start`, `period_end`), priced as the invoice is. */
export interface PeriodUsage {
  readonly subscription_id: string
  readonly external_subscription_id: string
  readonly external_customer_id: string
  readonly plan_id: string
  readonly plan_version: number
  readonly currency: string
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
  readonly charges: ReadonlyArray<ChargeUsage>
  /** The charges added up; without base fee, minimum spends, commitment and taxes. */
  readonly amount_cents: bigint
  /** What of it progressive invoices have billed already, and was not given back. */
  readonly progressive_billed_cents: bigint
}

/** A line of rating with the figures that it is shown with. */
export interface Figured {
  readonly line: UsageLine | AdvanceLine
  readonly fee: FeeFigures
}

const lineUsage = ({ fee, line }: Figured): LineUsage => ({
  charge_filter_id: line.filter?.id ?? null,
  filter: line.filter?.values ?? null,
  group: line.group,
  events_count: line.events_count,
  units: fee.units,
  amount_cents: fee.amount_cents,
  precise_amount_cents: fee.precise_amount_cents,
  precise_unit_amount: fee.precise_unit_amount,
  ...("current_units" in line ? { billed_units: fee.units, current_units: line.current_units } : {})
})

const chargeUsage = ({ charge, metric }: ChargeTerms, lines: ReadonlyArray<LineUsage>): ChargeUsage => ({
  charge_id: charge.id,
  billable_metric_id: metric.id,
  metric_code: metric.code,
  name: charge.invoice_display_name ?? metric.name,
  aggregation_type: metric.aggregation_type,
  charge_model: charge.charge_model,
  pay_in_advance: charge.pay_in_advance,
  units: Exact.toText(Exact.sum(lines.map(({ units }) => Exact.unsafeFromText(units)))),
  events_count: lines.reduce((sum, line) => sum + line.events_count, 0),
  amount_cents: lines.reduce((sum, line) => sum + line.amount_cents, 0n),
  lines
})

/** The usage of a running window: every charge of the plan, in plan order, used or not. */
export const periodUsage = (
  { terms, window }: RunningUsage,
  figured: ReadonlyArray<Figured>,
  progressive_billed_cents: bigint
): PeriodUsage => {
  const charges = terms.charges.map((own) =>
    chargeUsage(own, figured.filter(({ line }) => line.charge.id === own.charge.id).map(lineUsage))
  )
  return {
    subscription_id: window.subscription_id,
    external_subscription_id: window.external_subscription_id,
    external_customer_id: window.external_customer_id,
    plan_id: terms.plan_id,
    plan_version: terms.version,
    currency: terms.plan.currency,
    period_start: window.from,
    period_end: window.to,
    charges,
    amount_cents: charges.reduce((sum, charge) => sum + charge.amount_cents, 0n),
    progressive_billed_cents
  }
}
