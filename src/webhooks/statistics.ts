/** How deliveries to an endpoint went. Pure. */
import { Exact } from "../core/index.js"
import type { StatusCount } from "./store.js"

export interface EndpointStatistics {
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  /** Succeeded ones of those that are over, in per cent with one decimal; null where none is. */
  readonly success_rate: string | null
}

const perCent = (part: number, whole: number): string => {
  const tenths = Exact.toMinorUnits(Exact.divide(Exact.fromBigInt(BigInt(part) * 1000n), Exact.fromBigInt(BigInt(whole))), 0)
  return `${tenths / 10n}.${tenths % 10n}`
}

export const statisticsOf = (counts: ReadonlyArray<StatusCount>): EndpointStatistics => {
  const of = (status: StatusCount["status"]) => counts.reduce((sum, row) => (row.status === status ? sum + row.webhooks : sum), 0)
  const [succeeded, failed] = [of("succeeded"), of("failed")]
  const over = succeeded + failed
  return { total: over + of("pending"), succeeded, failed, success_rate: over === 0 ? null : perCent(succeeded, over) }
}
