/** How campaigns perform. Pure. */
import { Exact } from "../../core/index.js"
import type { DunningCampaign } from "./campaign.js"
import type { RequestSums } from "./store.js"

export interface DunningStatistics {
  readonly campaigns: number
  readonly active_campaigns: number
  readonly requests: { readonly pending: number; readonly succeeded: number; readonly failed: number }
  /** Succeeded requests of all, in per cent with one decimal; `0.0` where there is none. */
  readonly recovery_rate: string
  /** What was asked for last: of requests that succeeded, and of those that are pending. Minor units. */
  readonly amounts: ReadonlyArray<{ readonly currency: string; readonly recovered_cents: bigint; readonly outstanding_cents: bigint }>
}

/** A share in per cent with one decimal, rounded half away from zero; `0.0` of nothing. */
const percentage = (part: number, whole: number): string => {
  if (whole === 0) return "0.0"
  const tenths = Exact.toMinorUnits(Exact.divide(Exact.fromBigInt(BigInt(part) * 1000n), Exact.fromBigInt(BigInt(whole))), 0)
  return `${tenths / 10n}.${tenths % 10n}`
}

export const statisticsOf = (campaigns: ReadonlyArray<DunningCampaign>, sums: ReadonlyArray<RequestSums>): DunningStatistics => {
  const count = (status: RequestSums["payment_status"]) =>
    sums.reduce((total, row) => (row.payment_status === status ? total + row.requests : total), 0)
  const requests = { pending: count("pending"), succeeded: count("succeeded"), failed: count("failed") }
  const amount = (currency: string, status: RequestSums["payment_status"]) =>
    sums.find((row) => row.currency === currency && row.payment_status === status)?.amount_cents ?? 0n
  return {
    campaigns: campaigns.length,
    active_campaigns: campaigns.filter(({ status }) => status === "active").length,
    requests,
    recovery_rate: percentage(requests.succeeded, requests.pending + requests.succeeded + requests.failed),
    amounts: [...new Set(sums.map(({ currency }) => currency))].toSorted().map((currency) => ({
      currency,
      recovered_cents: amount(currency, "succeeded"),
      outstanding_cents: amount(currency, "pending")
    }))
  }
}
