/** Which stretches of the index of usage a request reads. Pure. */
import { instant } from "../../../../src/core/index.js"
import type { UsageRequest } from "../../../../src/metering/index.js"
import type { ColumnType } from "../../table.js"
import { subjectOfCustomer, subjectOfSubscription } from "../append.js"

/** Events of one subject and code, [from, to) in milliseconds; all of them before the request's period or all within it. */
export interface Range {
  /** The request's place among those of a statement. */
  readonly request: number
  readonly within: boolean
  readonly subject: string
  readonly code: string
  readonly from: number
  readonly to: number
}

/** What of a request says which events it reads. */
type Reach = Pick<UsageRequest, "metric" | "period" | "subject">

const part = (request: number, { metric }: Reach, within: boolean, subject: string, from: number, to: number): ReadonlyArray<Range> =>
  from < to ? [{ request, within, subject, code: metric.code, from, to }] : []

/** The stretches of a request: of those that name its subscription, and of the customer's own ones that name none. */
export const rangesOf = (request: Reach, place: number): ReadonlyArray<Range> => {
  const { metric, period, subject } = request
  const [from, to] = [period.from.epochMillis, period.to.epochMillis]
  const read = (name: string, since: number, until: number): ReadonlyArray<Range> => [
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
  ["to_at", "instant"]
] as const satisfies ReadonlyArray<readonly [string, ColumnType]>

export const rangeRow = ({ code, from, request, subject, to, within }: Range): ReadonlyArray<unknown> => [
  request,
  within,
  subject,
  code,
  instant(from),
  instant(to)
]
