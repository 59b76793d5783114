/** Applications of coupons (M6): what is left of each follows from its uses that stand, and none is used or applied beyond its limit. Pure. */
import type { Violation } from "./violation.js"

export interface RawApplication {
  readonly id: string
  readonly coupon_id: string
  readonly frequency: string
  readonly frequency_duration: number | null
  readonly frequency_duration_remaining: number | null
  readonly status: string
  /** Uses on invoices that were not returned. */
  readonly uses: number
  /** Whether it was made of a coupon that could be applied once, and had been applied before. */
  readonly beyond_once: boolean
}

/** Whether its uses ended it. */
const isUsedUp = ({ frequency, frequency_duration, uses }: RawApplication): boolean =>
  frequency === "once" ? uses >= 1 : frequency === "recurring" && uses >= (frequency_duration ?? 0)

/** What does not hold of an application. */
export const checkApplication = (application: RawApplication): ReadonlyArray<Violation> => {
  const { beyond_once, coupon_id, frequency, frequency_duration, frequency_duration_remaining, id, status, uses } = application
  const found: Array<Violation> = []
  const add = (reason: string) => found.push({ code: "M6", table: "applied_coupons", id, reason })
  const most = frequency === "once" ? 1 : frequency_duration
  if (most !== null && uses > most) add(`used ${uses} times, ${most} at most`)
  if (frequency === "recurring" && frequency_duration_remaining !== (frequency_duration ?? 0) - uses) {
    add(`frequency_duration_remaining ${frequency_duration_remaining} is not ${frequency_duration} less ${uses} uses`)
  }
  if (isUsedUp(application) && status !== "terminated") add(`is ${status} with all its uses taken`)
  if (beyond_once) add(`coupon ${coupon_id} can be applied once, and had been`)
  return found
}
