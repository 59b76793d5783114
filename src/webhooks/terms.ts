/** How webhooks are delivered: when a failed try is repeated, how long is waited, and when an endpoint is given up. Pure. */
import { Context } from "effect"

/** When tries are repeated: after how many seconds each, and by up to which part each wait is lengthened or varied. */
export interface RetrySchedule {
  /** Seconds to wait before each repetition; their number is the most repetitions. */
  readonly seconds: ReadonlyArray<number>
  /** Waits are lengthened by up to this part of themselves, so that many do not come at once. */
  readonly jitter: number
  /** Whether they are shortened by up to that part too. */
  readonly both_ways: boolean
}

const MINUTE = 60
const HOUR = 60 * MINUTE

/** 1, 2, 4, 8, 16 minutes, each lengthened by up to 10 % (O5). */
export const defaultRetries: RetrySchedule = {
  seconds: [0, 1, 2, 3, 4].map((retries) => 2 ** retries * MINUTE),
  jitter: 0.1,
  both_ways: false
}

/** The example of the Standard Webhooks specification: over three days, in nine repetitions, by up to 20 % both ways. */
export const patientRetries: RetrySchedule = {
  seconds: [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  jitter: 0.2,
  both_ways: true
}

/** No receiver is waited for longer than this, whatever it asks for. */
const LONGEST_WAIT = 24 * HOUR

/** Milliseconds until the next try after `retries` repetitions; `random` is from 0 to 1. */
export const waitBefore = ({ both_ways, jitter, seconds }: RetrySchedule, retries: number, random: number): number => {
  const wait = (seconds[Math.min(retries, seconds.length - 1)] ?? 0) * 1000
  return Math.round(wait * (1 + jitter * (both_ways ? 2 * random - 1 : random)))
}

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Milliseconds that a `Retry-After` asks for, at most a day: seconds, or a date; 0 where it says neither. */
export const retryAfter = (header: string | null, now: number): number => {
  const text = header?.trim() ?? ""
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : HTTP_DATE.test(text) ? Date.parse(text) - now : 0
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT * 1000) : 0
}

export interface DeliveryTerms {
  readonly retries: RetrySchedule
  /** How long a try may take in all, name lookup and answer included. */
  readonly timeout_seconds: number
  /** How many webhooks of one endpoint are under way at once; of one that fails it is 1. */
  readonly concurrency: number
  /** An endpoint that failed for so long without a success becomes inactive; null: never. */
  readonly give_up_after_hours: number | null
  /** Webhooks and attempts older than this are purged. */
  readonly retention_days: number
}

export const defaultTerms: DeliveryTerms = {
  retries: defaultRetries,
  timeout_seconds: 15,
  concurrency: 10,
  give_up_after_hours: 120,
  retention_days: 90
}

/** The terms of the host; the default ones unless it says so. */
export class WebhookTerms extends Context.Reference<WebhookTerms>()("billwright/WebhookTerms", {
  defaultValue: (): DeliveryTerms => defaultTerms
}) {}
