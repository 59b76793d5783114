/** Charges as a caller gives them, nested in a plan. What a model's properties must be is pricing's to say. */
import { Schema } from "effect"
import { AnyObject, JsonObject, listOf, MinorUnits, Text } from "../core/index.js"
import type { GraduatedProperties, PercentageProperties, StandardProperties, Tariff, VolumeProperties } from "../pricing/index.js"

const Flag = Schema.optional(Schema.Boolean)
const DisplayName = Schema.optional(Schema.NullOr(Text.atMost(255)))

/** With an id: that filter, left-out fields as they are. Without: a new one. */
export const FilterEntry = Schema.Struct({
  id: Schema.optional(Schema.String),
  values: Schema.optional(AnyObject),
  properties: Schema.optional(JsonObject),
  invoice_display_name: DisplayName
})
export type FilterEntry = typeof FilterEntry.Type

/** With an id: that charge, left-out fields as they are. Without: a new one, its metric by id or by code. */
export const ChargeEntry = Schema.Struct({
  id: Schema.optional(Schema.String),
  billable_metric_id: Schema.optional(Schema.String),
  metric_code: Schema.optional(Text.atMost(255)),
  charge_model: Schema.optional(Schema.String),
  properties: Schema.optional(JsonObject),
  pay_in_advance: Flag,
  invoiceable: Flag,
  prorated: Flag,
  min_amount_cents: Schema.optional(MinorUnits),
  invoice_display_name: DisplayName,
  /** The whole set, oldest first. */
  filters: Schema.optional(listOf(FilterEntry, 1000))
})
export type ChargeEntry = typeof ChargeEntry.Type

interface Tier {
  readonly up_to: string | null
  readonly unit_price: string
  readonly flat_amount?: string
}

type Tiered<P, R extends keyof P> = Omit<P, R> & { readonly tiers: ReadonlyArray<Tier> }

/** A model with its properties, in the first spelling or in the other one that is read. */
export type TariffInput =
  | Tariff
  | { readonly charge_model: "standard"; readonly properties: Omit<StandardProperties, "amount"> & { readonly unit_price: string } }
  | { readonly charge_model: "graduated"; readonly properties: Tiered<GraduatedProperties, "graduated_ranges"> }
  | { readonly charge_model: "volume"; readonly properties: Tiered<VolumeProperties, "volume_ranges"> }
  | { readonly charge_model: "percentage"; readonly properties: Omit<PercentageProperties, "rate"> & { readonly percentage: string } }

/** Other prices for events that have, for every key, one of the values; `*` takes all declared ones (P5). */
export interface ChargeFilterInput {
  readonly id?: string
  readonly values: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** In place of the charge's properties of the same name. */
  readonly properties?: Readonly<Record<string, unknown>>
  readonly invoice_display_name?: string | null
}

/** What stands beside a charge's model. */
export interface ChargeOptions {
  /** One fee per event, at once (P17); false unless given. */
  readonly pay_in_advance?: boolean
  /** Whether fees in advance are invoiced; true unless given. */
  readonly invoiceable?: boolean
  /** By days of the period (P18); false unless given. */
  readonly prorated?: boolean
  /** Minimum spend of a full period in whole minor units (P19); none unless given. */
  readonly min_amount_cents?: bigint | string
  readonly invoice_display_name?: string | null
  /** Oldest first. */
  readonly filters?: ReadonlyArray<ChargeFilterInput>
}

type MetricInput = { readonly billable_metric_id: string } | { readonly metric_code: string }

/** A new charge: its metric, its model, and what stands beside it. */
export type NewChargeInput = TariffInput & MetricInput & ChargeOptions

/** A charge that the plan has: what is left out stays. Its metric is fixed. */
export type ChargeChangeInput = { readonly id: string } & (TariffInput | { readonly charge_model?: never; readonly properties?: never }) &
  Partial<ChargeOptions>

export type ChargeInput = NewChargeInput | ChargeChangeInput
