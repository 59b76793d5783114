/** Balances over time: day by day, and until when they last. Pure. */
import { addDays, daysBetween, type LocalDate, startOfDay } from "../../core/index.js"
import type { MovementSums, Stretch } from "./store.js"

/** A local day of the customer; minor units. */
export interface BalanceDay {
  readonly day: LocalDate
  readonly inbound_cents: bigint
  readonly outbound_cents: bigint
  /** At the end of the day. */
  readonly balance_cents: bigint
}

/** The days from `from` to `until`, both counted. */
export const daysOf = (from: LocalDate, until: LocalDate): ReadonlyArray<LocalDate> =>
  Array.from({ length: Math.max(0, daysBetween(from, until) + 1) }, (_, index) => addDays(from, index))

/** From a day's first instant to the next one's. */
export const stretchOfDay = (day: LocalDate, timezone: string): Stretch => ({
  from: startOfDay(day, timezone),
  to: startOfDay(addDays(day, 1), timezone)
})

/** The running balance: what came before, and each day's movements. */
export const balanceDays = (
  before: MovementSums,
  days: ReadonlyArray<LocalDate>,
  sums: ReadonlyArray<MovementSums>
): ReadonlyArray<BalanceDay> => {
  let balance_cents = before.inbound_cents - before.outbound_cents
  return days.map((day, index) => {
    const { inbound_cents, outbound_cents } = sums[index]!
    balance_cents += inbound_cents - outbound_cents
    return { day, inbound_cents, outbound_cents, balance_cents }
  })
}

/** ⌈balance ÷ average daily outbound⌉ where `outbound_cents` went out within `days`; null where nothing did. */
export const daysLeft = (balance_cents: bigint, outbound_cents: bigint, days: number): number | null =>
  outbound_cents === 0n ? null : Number((balance_cents * BigInt(days) + outbound_cents - 1n) / outbound_cents)
