/** Fees of drafts that are calculated again, as the lines that they came from. Pure. */
import type { FeeLine } from "./assemble.js"
import type { Fee } from "./fee.js"

/** A stored fee as a line again, with the taxes of its level as they are now. */
export const lineOfFee = (fee: Fee, taxes: FeeLine["taxes"]): FeeLine => ({
  fee_type: fee.fee_type,
  charge_id: fee.charge_id,
  charge_filter_id: fee.charge_filter_id,
  commitment_id: fee.commitment_id,
  applied_add_on_id: fee.applied_add_on_id,
  description: fee.description,
  metric_code: fee.metric_code,
  units: fee.units,
  events_count: fee.events_count,
  amount_cents: fee.amount_cents,
  precise_amount_cents: fee.precise_amount_cents,
  precise_unit_amount: fee.precise_unit_amount,
  progressive_billing_credit_amount_cents: fee.progressive_billing_credit_amount_cents,
  coupons_amount_cents: fee.coupons_amount_cents,
  period_start: fee.period_start,
  period_end: fee.period_end,
  properties: fee.properties,
  taxes
})
