/** What a version of a plan says, as the JSON column `plan_versions.terms`: charges with filters, and the commitment. */
import { DateTime } from "effect"
import type { Charge, Commitment, FullPlan } from "../../../src/catalog/index.js"
import { instant } from "../../../src/core/index.js"

/** Money as digits, instants as ISO text: JSON has neither. */
type Stored<A> = { readonly [K in keyof A]: A[K] extends bigint ? string : A[K] extends DateTime.Utc ? string : A[K] }

export interface TermsJson {
  readonly charges: ReadonlyArray<Stored<Charge>>
  readonly commitment: Stored<Commitment> | null
}

const times = (row: { readonly created_at: DateTime.Utc; readonly updated_at: DateTime.Utc }) => ({
  created_at: DateTime.formatIso(row.created_at),
  updated_at: DateTime.formatIso(row.updated_at)
})

const timesOf = (row: { readonly created_at: string; readonly updated_at: string }) => ({
  created_at: instant(Date.parse(row.created_at)),
  updated_at: instant(Date.parse(row.updated_at))
})

export const termsJson = ({ charges, commitment }: FullPlan): TermsJson => ({
  charges: charges.map((charge) => ({ ...charge, min_amount_cents: charge.min_amount_cents.toString(), ...times(charge) })),
  commitment: commitment && { ...commitment, amount_cents: commitment.amount_cents.toString(), ...times(commitment) }
})

export const termsOf = ({ charges, commitment }: TermsJson): Pick<FullPlan, "charges" | "commitment"> => ({
  charges: charges.map((charge) => ({ ...charge, min_amount_cents: BigInt(charge.min_amount_cents), ...timesOf(charge) })),
  commitment: commitment && { ...commitment, amount_cents: BigInt(commitment.amount_cents), ...timesOf(commitment) }
})

/** The values of a filter key in one column: a value as it is, several as a JSON list. */
export const valueText = (values: ReadonlyArray<string>): string =>
  values.length === 1 && !values[0]!.startsWith("[") ? values[0]! : JSON.stringify(values)

export const valuesOf = (text: string): ReadonlyArray<string> =>
  text.startsWith("[") ? (JSON.parse(text) as ReadonlyArray<string>) : [text]
