/** The minimum spend of a charge: what is missing to it is a fee of its own (spec pricing 7, decision P19). */
import { fromBigInt, type RoundingMode, share, sign, subtract, toMinorUnits, toText } from "../core/exact.js"

export interface MinimumSpend {
  /** For a full billing period, in whole minor units. */
  readonly min_amount_cents: bigint
  /** The charge's fees of the period as billed: all buckets and groups, rounded. */
  readonly fees_amount_cents: ReadonlyArray<bigint>
  /** Days of the period, and of the full billing period. */
  readonly days: number
  readonly full_days: number
  readonly rounding_mode?: RoundingMode
}

export interface MinimumSpendFee {
  readonly units: "1"
  readonly events_count: 0
  readonly amount_cents: bigint
  readonly precise_amount_cents: string
}

/** minimum × days ÷ full days − fees, rounded once; null where nothing is missing, or less than rounds to a minor unit. */
export const minimumSpendFee = ({
  min_amount_cents,
  fees_amount_cents,
  days,
  full_days,
  rounding_mode = "half_away"
}: MinimumSpend): MinimumSpendFee | null => {
  const due = share(fromBigInt(min_amount_cents), BigInt(days), BigInt(full_days))
  const billed = fees_amount_cents.reduce((sum, fee) => sum + fee, 0n)
  const missing = subtract(due, fromBigInt(billed))
  const amount_cents = toMinorUnits(missing, 0, rounding_mode)
  return sign(missing) <= 0 || amount_cents === 0n
    ? null
    : { units: "1", events_count: 0, amount_cents, precise_amount_cents: toText(missing) }
}
