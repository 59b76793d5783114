/** Which stretches of the index of usage a request reads. Pure. */
import { instant } from "../../../../src/core/index.js"
import type { UsageRequest } from "../../../../src/metering/index.js"
import type { ColumnType } from "../../table.js"
import { subjectOfCustomer, subjectOfSubscription } from "../append.js"

/** Events of one subject and code, [from, to) in milliseconds; all of them before the request's period or all within it, unless joined. */
export interface Range {
  /** The request's place among those of a statement. */
  readonly request: number
  readonly within: boolean
  readonly subject: string
  readonly code: string
  readonly from: number
  readonly to: number
  /** Where the request's period begins. */
  readonly period_from: number
}

/** What of a request decides which events it reads. */
export type Reading = Pick<UsageRequest, "subject" | "metric" | "period">

const part = (
  request: number,
  { metric, period }: Reading,
  within: boolean,
  subject: string,
  from: number,
  to: number
): ReadonlyArray<Range> =>
  from < to ? [{ request, within, subject, code: metric.code, from, to, period_from: period.from.epochMillis }] : []

/**
 * The stretches of a request: of those that name its subscription, and of the customer's own ones that name none; for a
 * recurring metric each in two parts, or `joined` in one.
 */
export const rangesOf = (request: Reading, place: number, joined = false): ReadonlyArray<Range> => {
  const { metric, period, subject } = request
  const [from, to] = [period.from.epochMillis, period.to.epochMillis]
  const read = (name: string, since: number, until: number): ReadonlyArray<Range> =>
    joined && metric.recurring
      ? part(place, request, true, name, since, Math.min(to, until))
      : [
          ...(metric.recurring ? part(place, request, false, name, since, Math.min(from, until)) : []),
          ...part(place, request, true, name, Math.max(from, since), Math.min(to, until))
        ]
  return [
    ...read(subjectOfSubscription(subject.external_subscription_id), subject.since, to),
    ...subject.owned.flatMap((own) => read(subjectOfCustomer(subject.external_customer_id), Math.max(own.from, subject.since), own.to))
  ]
}

/** Ranges as rows of a statement's parameter; `keys` are the properties that each request reads. */
export const RANGE_COLUMNS = [
  ["request", "integer"],
  ["within", "boolean"],
  ["subject", "text"],
  ["code", "text"],
  ["from_at", "instant"],
  ["to_at", "instant"],
  ["period_from", "instant"]
] as const satisfies ReadonlyArray<readonly [string, ColumnType]>

export const rangeRow = ({ code, from, period_from, request, subject, to, within }: Range): ReadonlyArray<unknown> => [
  request,
  within,
  subject,
  code,
  instant(from),
  instant(to),
  instant(period_from)
]
