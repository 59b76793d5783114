/** Parts of a base fee by days (decision S2), always in whole minor units (N3). */
import { Exact, type RoundingMode, split } from "../core/index.js"

/**
 * The part of `amount_cents` for `days` of `full_days`, rounded once.
 *
 * @see decisions S2, N7
 */
export const prorate = (amount_cents: bigint, days: number, full_days: number, mode: RoundingMode = "half_away"): bigint =>
  full_days === 0 ? 0n : Exact.roundQuotient(amount_cents * BigInt(days), BigInt(full_days), mode)

/** What of a base fee for `days` stays and what is given back when only `kept_days` stand: a split, ties to what is kept. */
export const unused = (
  amount_cents: bigint,
  days: number,
  kept_days: number
): { readonly kept_cents: bigint; readonly given_back_cents: bigint } => {
  const [kept_cents, given_back_cents] = split(amount_cents, [BigInt(kept_days), BigInt(days - kept_days)]) as [bigint, bigint]
  return { kept_cents, given_back_cents }
}
