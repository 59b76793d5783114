/**
 * The rows of an explanation: how an amount came about, checkable by hand (units × price = total). Computed figures are
 * exact; what the charge configures stays the text that was configured.
 */
import { type Exact, toText } from "../core/exact.js"

interface TierFigures {
  readonly from_value: string
  readonly to_value: string | null
  readonly units: Exact
  readonly flat_unit_amount: string
  readonly per_unit_total_amount: Exact
  readonly total_with_flat_amount: Exact
}

/** graduated, volume: one tier. */
export interface PriceTierRow extends TierFigures {
  readonly per_unit_amount: string
}

/** graduated_percentage: one tier. */
export interface RateTierRow extends TierFigures {
  readonly rate: string
}

export interface PackageRow {
  readonly free_units: string
  readonly paid_units: Exact
  readonly packages: bigint
  readonly per_package_size: string
  readonly per_package_unit_amount: string
}

/** free_units + paid_units = units; the last three totals add up to the amount. */
export interface PercentageRow {
  readonly units: Exact
  readonly free_units: Exact
  readonly paid_units: Exact
  readonly free_events: bigint
  readonly paid_events: bigint
  readonly rate: string
  readonly per_unit_total_amount: Exact
  readonly fixed_fee_unit_amount: string
  readonly fixed_fee_total_amount: Exact
  readonly min_max_adjustment_total_amount: Exact
}

/** custom: whatever the host's function adds. */
export type CustomRow = Readonly<Record<string, string | null>>

export type BreakdownRow = PriceTierRow | RateTierRow | PackageRow | PercentageRow | CustomRow

/** A row as it is stored on a fee: every figure a text, at most 15 decimals. */
export type RowTexts = Readonly<Record<string, string | null>>

const figureText = (figure: string | null | bigint | Exact): string | null =>
  figure === null || typeof figure === "string" ? figure : typeof figure === "bigint" ? figure.toString() : toText(figure)

export const rowTexts = (row: BreakdownRow): RowTexts =>
  Object.fromEntries(Object.entries<string | null | bigint | Exact>({ ...row }).map(([name, figure]) => [name, figureText(figure)]))
