/** A charge: a billable metric priced on a plan, with other prices for some values of the metric's filter keys. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"
import { MetricId } from "../metering/index.js"
import { CHARGE_MODELS } from "../pricing/index.js"
import { PlanId } from "./plan-id.js"

export const ChargeId = brandedId("ChargeId")
export type ChargeId = typeof ChargeId.Type

export const ChargeFilterId = brandedId("ChargeFilterId")
export type ChargeFilterId = typeof ChargeFilterId.Type

const Properties = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** A price for the events that have, for every key, one of the values (`*`: any declared one) (P5). */
export const ChargeFilter = Schema.Struct({
  id: ChargeFilterId,
  charge_id: ChargeId,
  /** Key → values, or `["*"]`. */
  values: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }),
  /** Only what differs: it stands in place of the charge's properties of the same name. */
  properties: Properties,
  invoice_display_name: Schema.NullOr(Schema.String)
})
export type ChargeFilter = typeof ChargeFilter.Type

export const Charge = Schema.Struct({
  id: ChargeId,
  organization_id: OrganizationId,
  plan_id: PlanId,
  billable_metric_id: MetricId,
  charge_model: Schema.Literal(...CHARGE_MODELS),
  /** Normalised by pricing's `validateCharge`; decimals as text, in units of the plan's currency. */
  properties: Properties,
  /** One fee per event, at once, instead of one a period (P17). */
  pay_in_advance: Schema.Boolean,
  /** Whether a fee in advance is invoiced, or waits for the host to collect it. */
  invoiceable: Schema.Boolean,
  /** Quantities by days of the period (P18). */
  prorated: Schema.Boolean,
  /** Minimum spend of a full period, whole minor units; 0: none (P19). */
  min_amount_cents: Schema.BigIntFromSelf,
  /** What its lines are called on documents; the metric's name where null. */
  invoice_display_name: Schema.NullOr(Schema.String),
  /** Its place in the plan; fees follow it. */
  position: Schema.Int,
  /** When it left the plan's current version (S8); it stays for those who keep an older one. */
  retired_at: Schema.NullOr(Instant),
  /** Oldest first. */
  filters: Schema.Array(ChargeFilter),
  created_at: Instant,
  updated_at: Instant
})
export type Charge = typeof Charge.Type
