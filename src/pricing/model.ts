/**
 * The charge models and their properties as they are stored: the first spelling of the spec, decimals as texts in units
 * of the currency, whole numbers as texts too.
 */

export const CHARGE_MODELS = [
  "standard",
  "graduated",
  "volume",
  "package",
  "percentage",
  "graduated_percentage",
  "dynamic",
  "custom"
] as const

export type ChargeModel = (typeof CHARGE_MODELS)[number]

/** What every model takes: the properties of an event that split a line into groups. */
export interface Groupable {
  readonly pricing_group_keys?: ReadonlyArray<string>
}

/** Bounds as written; only `to_value` decides (P1). */
export interface Bounds {
  readonly from_value: string
  readonly to_value: string | null
}

export interface PriceRange extends Bounds {
  readonly per_unit_amount: string
  readonly flat_amount: string
}

export interface RateRange extends Bounds {
  /** Per cent: `1.3` is 1.3 %. */
  readonly rate: string
  readonly flat_amount: string
}

export interface StandardProperties extends Groupable {
  readonly amount: string
  readonly min_price?: string
  readonly max_price?: string
}

export interface GraduatedProperties extends Groupable {
  readonly graduated_ranges: ReadonlyArray<PriceRange>
}

export interface VolumeProperties extends Groupable {
  readonly volume_ranges: ReadonlyArray<PriceRange>
}

export interface PackageProperties extends Groupable {
  readonly amount: string
  /** Whole, above 0. */
  readonly package_size: string
  /** Whole. */
  readonly free_units: string
}

export interface PercentageProperties extends Groupable {
  /** Per cent: `1.3` is 1.3 %. */
  readonly rate: string
  /** Per charged event, in units of the currency. */
  readonly fixed_amount?: string
  /** Whole number of events; 0 or absent: no such allowance. */
  readonly free_units_per_events?: string
  /** 0 or absent: no such allowance. */
  readonly free_units_per_total_aggregation?: string
  readonly per_transaction_min_amount?: string
  readonly per_transaction_max_amount?: string
}

export interface GraduatedPercentageProperties extends Groupable {
  readonly graduated_percentage_ranges: ReadonlyArray<RateRange>
}

export interface DynamicProperties extends Groupable {
  /** Event property with the price of an event that carries none of its own; `unit_price` by default. */
  readonly price_field?: string
  /** Event property with its quantity; `quantity` by default. */
  readonly quantity_field?: string
}

export interface CustomProperties extends Groupable {
  /** What the host's function receives; JSON. */
  readonly custom_properties?: Readonly<Record<string, unknown>>
  readonly custom_amount?: string
  readonly unit_price?: string
}

export interface PropertiesOf {
  readonly standard: StandardProperties
  readonly graduated: GraduatedProperties
  readonly volume: VolumeProperties
  readonly package: PackageProperties
  readonly percentage: PercentageProperties
  readonly graduated_percentage: GraduatedPercentageProperties
  readonly dynamic: DynamicProperties
  readonly custom: CustomProperties
}

/** A model with its properties: one alternative for each charge model. */
export type Tariff = { readonly [M in ChargeModel]: { readonly charge_model: M; readonly properties: PropertiesOf[M] } }[ChargeModel]

export const isChargeModel = (value: unknown): value is ChargeModel => (CHARGE_MODELS as ReadonlyArray<unknown>).includes(value)
