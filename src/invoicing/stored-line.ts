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

/** What tells a line of an invoice from its others, however often it is calculated. */
const keyOf = ({
  charge_filter_id,
  charge_id,
  commitment_id,
  fee_type,
  period_start,
  properties: { group, in_advance, reason }
}: Keyed): string =>
  JSON.stringify([fee_type, charge_id, charge_filter_id, commitment_id, period_start?.epochMillis ?? null, group ?? {}, in_advance, reason])

type Keyed = Pick<Fee, "charge_filter_id" | "charge_id" | "commitment_id" | "fee_type" | "period_start" | "properties">

/** Lines with the descriptions that were given by hand to the fees that they take the place of. */
export const renamedAs = (fees: ReadonlyArray<Fee>, lines: ReadonlyArray<FeeLine>): ReadonlyArray<FeeLine> => {
  const renamed = new Map(fees.flatMap((fee) => (fee.properties.renamed === true ? [[keyOf(fee), fee.description] as const] : [])))
  if (renamed.size === 0) return lines
  return lines.map((line) => {
    const description = renamed.get(keyOf(line))
    return description === undefined ? line : { ...line, description, properties: { ...line.properties, renamed: true } }
  })
}
