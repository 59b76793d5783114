/** The figures of reports from what was counted. Pure, in whole numbers. */
import { Exact } from "../core/index.js"

/** First entries of a period. */
export interface Counters {
  readonly total_leads: number
  readonly surveys_completed: number
  readonly installations_completed: number
  readonly closure_packs_submitted: number
}

/** Jobs of a period: how many, the milliseconds that they took in all, and how many were within the time agreed. */
export interface Durations {
  readonly jobs: bigint
  readonly millis: bigint
  readonly within: bigint
}

const DAY = 86_400_000n

/** Milliseconds of days of 24 hours. */
export const daysInMillis = (days: number): bigint => BigInt(days) * DAY

/** A whole number of units of 10^−decimals, as text with all decimals. */
const fixed = (units: bigint, decimals: number): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0")
  return `${units < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** Mean days with 1 decimal, rounded once, half away from zero; null without a job. */
export const averageDays = ({ jobs, millis }: Durations): string | null =>
  jobs === 0n ? null : fixed(Exact.roundQuotient(millis * 10n, jobs * DAY), 1)

/** Percent within the time agreed, 2 decimals; null without a job (F4). */
export const complianceRate = ({ jobs, within }: Durations): string | null =>
  jobs === 0n ? null : fixed(Exact.roundQuotient(within * 10_000n, jobs), 2)

/** Minor units in the currency's main unit, 4 decimals (no currency has more). */
export const mainUnits = (cents: bigint, exponent: number): string => fixed(cents * 10n ** BigInt(4 - exponent), 4)
