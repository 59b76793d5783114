/** The lines of fees that are paid in advance: an event's, and those of what is carried into a window. Pure. */
import type { Charge, ChargeFilter } from "../../catalog/index.js"
import type { BillableMetric } from "../../metering/index.js"
import { explainFee } from "../../pricing/index.js"
import type { AdvanceState, CompiledCharge } from "../../rating/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import type { FeeLine } from "../assemble.js"
import type { Batch } from "../batch.js"
import type { FeeProperties } from "../fee.js"
import { levelsOf } from "../levels.js"
import type { BilledEvent } from "./lines.js"

interface Priced {
  readonly charge: Charge
  readonly metric: BillableMetric
  readonly filter: ChargeFilter | null
  readonly charge_properties: unknown
}

const pricedOf = (compiled: CompiledCharge, { charge_filter_id }: Pick<AdvanceState, "charge_filter_id">): Priced => {
  const { filter, price } = compiled.prices.find((one) => (one.filter?.id ?? null) === charge_filter_id)!
  return { ...compiled.terms, filter, charge_properties: price.properties }
}

/** What both have in common; `plan_id` is the plan that prices it. */
const lineOf = (
  { charge, charge_properties, filter, metric }: Priced,
  line: Pick<AdvanceState, "group" | "period_start" | "period_end">,
  row: Subscription,
  plan_id: string,
  batch: Batch
) => ({
  fee_type: "charge" as const,
  charge_id: charge.id,
  charge_filter_id: filter?.id ?? null,
  commitment_id: null,
  description: filter?.invoice_display_name ?? charge.invoice_display_name ?? metric.name,
  metric_code: metric.code,
  progressive_billing_credit_amount_cents: 0n,
  coupons_amount_cents: 0n,
  period_start: line.period_start,
  period_end: line.period_end,
  properties: {
    charge_model: charge.charge_model,
    charge_properties,
    aggregation_type: metric.aggregation_type,
    rounding_mode: batch.issuerOf(row).rounding_mode,
    ...(filter === null ? {} : { filter: filter.values }),
    ...(Object.keys(line.group).length === 0 ? {} : { group: line.group })
  } satisfies FeeProperties,
  taxes: batch.taxes.of({ ...levelsOf(row, plan_id, batch), charge_id: charge.id })
})

/** The fee of an event. */
export const eventFeeLine = ({ billable, step }: BilledEvent, batch: Batch): FeeLine => {
  const { charge, event, payer, place } = billable
  const { row, windows } = payer
  const { currency_exponent } = charge.compiled
  const head = lineOf(pricedOf(charge.compiled, step.line), step.line, row, windows[place]!.terms.plan_id, batch)
  const { rows, text } = explainFee(step.priced, step.usage, { currency_exponent, rounding_mode: head.properties.rounding_mode })
  return {
    ...head,
    ...step.fee,
    event_id: event.id,
    events_count: 1,
    properties: { ...head.properties, in_advance: "event", breakdown: rows, text }
  }
}

/** The fee of what was carried into a line's window; null where nothing was. */
export const carriedFeeLine = (
  compiled: CompiledCharge,
  line: AdvanceState,
  row: Subscription,
  plan_id: string,
  batch: Batch
): FeeLine | null => {
  if (line.carried === null) return null
  const { breakdown, text, ...figures } = line.carried
  const head = lineOf(pricedOf(compiled, line), line, row, plan_id, batch)
  return { ...head, ...figures, events_count: 0, properties: { ...head.properties, in_advance: "carried", breakdown, text } }
}
