/** The line of a charge on an invoice, from what rating made of it, with all that explains it kept on it. Pure. */
import type { RatedLine } from "../rating/index.js"
import type { Subscription, UsageWindow } from "../subscriptions/index.js"
import type { FeeLine } from "./assemble.js"
import type { Batch } from "./batch.js"
import type { FeeProperties } from "./fee.js"
import { levelsOf } from "./levels.js"

const propertiesOf = (line: RatedLine): FeeProperties => {
  if (line.kind === "minimum") {
    return { reason: "minimum", days: line.days, full_days: line.full_days, full_amount_cents: line.min_amount_cents.toString() }
  }
  const { rows, text, units, amount, zeroed } = line.explain()
  return {
    charge_model: line.charge.charge_model,
    charge_properties: line.properties,
    aggregation_type: line.metric.aggregation_type,
    breakdown: rows,
    text,
    ...(zeroed ? { raw_units: units, raw_amount: amount } : {}),
    ...(line.filter === null ? {} : { filter: line.filter.values }),
    ...(Object.keys(line.group).length === 0 ? {} : { group: line.group })
  }
}

/** The taxes of a charge's fees, on a document of the batch's issuer; `plan_id` is the plan that prices it. */
export const chargeTaxes = (charge_id: string, row: Subscription, plan_id: string, batch: Batch): FeeLine["taxes"] =>
  batch.taxes.of({ charge_id, ...levelsOf(row, plan_id, batch) })

/** A fee of type charge for a window; `plan_id` is the plan that priced it. */
export const chargeFeeLine = (line: RatedLine, row: Subscription, usage: UsageWindow, batch: Batch, plan_id: string): FeeLine => {
  const issuer = batch.issuerOf(row)
  const filter = line.kind === "usage" ? line.filter : null
  return {
    fee_type: "charge",
    charge_id: line.charge.id,
    charge_filter_id: filter?.id ?? null,
    commitment_id: null,
    description: filter?.invoice_display_name ?? line.charge.invoice_display_name ?? line.metric.name,
    metric_code: line.metric.code,
    events_count: line.events_count,
    ...line.fee,
    progressive_billing_credit_amount_cents: 0n,
    coupons_amount_cents: 0n,
    period_start: usage.from,
    period_end: usage.to,
    properties: { ...propertiesOf(line), rounding_mode: issuer.rounding_mode },
    taxes: chargeTaxes(line.charge.id, row, plan_id, batch)
  }
}
