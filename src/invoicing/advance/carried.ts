/** What a recurring metric carries into a window, as rating asks for it and as it is answered. Pure. */
import type { DateTime } from "effect"
import { Exact } from "../../core/index.js"
import { type BucketUsage, NOTHING_MORE, type UsageRequest } from "../../metering/index.js"
import { type AdvanceKey, type Carried, type CompiledCharge, groupRecord, subjectOf } from "../../rating/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import type { Batch } from "../batch.js"
import { usageLife } from "../window.js"
import type { ReadyWindow } from "./billable.js"
import type { TimedWindow } from "./timeline.js"

/** All that a subscription used of a metric before a window, or before an earlier instant, by the buckets and groups of a charge, not rounded (pricing 2.6). */
export const carriedRequest = (
  row: Subscription,
  { terms, usage }: Pick<TimedWindow, "terms" | "usage">,
  { buckets, terms: { metric } }: CompiledCharge,
  batch: Batch,
  until: DateTime.Utc = usage.from
): UsageRequest => ({
  subject: subjectOf(usageLife(row, terms, batch), metric.id),
  metric: { ...metric, rounding_function: null, rounding_precision: null },
  period: { from: row.started_at ?? row.starts_at, to: until, timezone: usage.timezone },
  buckets,
  needs: NOTHING_MORE
})

/** A group that something was used in, and how much of it is carried. */
export interface CarriedGroup
  extends Pick<AdvanceKey, "charge_filter_id" | "group">,
    Pick<Carried, "level" | "precise_total_amount_cents" | "currency_exponent"> {}

/** The groups of an answer that some event belongs to. */
export const carriedGroups = (
  { currency_exponent, prices }: CompiledCharge,
  counted: ReadonlyArray<BucketUsage>
): ReadonlyArray<CarriedGroup> =>
  counted.flatMap((groups, bucket) => {
    const { filter, terms } = prices[bucket]!
    return groups.flatMap(({ group, usage }): ReadonlyArray<CarriedGroup> => {
      if (usage.events_count === 0) return []
      const { precise_total_amount_cents: cents, value: level } = usage
      return [
        {
          charge_filter_id: filter?.id ?? null,
          group: groupRecord(terms.group_by, group),
          level,
          ...(cents === undefined ? {} : { precise_total_amount_cents: cents, currency_exponent })
        }
      ]
    })
  })

const groupText = (group: AdvanceKey["group"]): string => JSON.stringify(Object.entries(group).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Whether two keys name the same bucket and group of a charge. */
export const isSameGroup = (
  a: Pick<AdvanceKey, "charge_filter_id" | "group">,
  b: Pick<AdvanceKey, "charge_filter_id" | "group">
): boolean => a.charge_filter_id === b.charge_filter_id && groupText(a.group) === groupText(b.group)

/** What is carried into one line. */
export const levelOf = (
  compiled: CompiledCharge,
  key: Pick<AdvanceKey, "charge_filter_id" | "group">,
  counted: ReadonlyArray<BucketUsage>
): Carried => carriedGroups(compiled, counted).find((group) => isSameGroup(group, key)) ?? { level: Exact.zero }

/** The days of a window that what is carried counts for, where the charge is prorated. */
export const carriedShare = ({ terms }: CompiledCharge, { period }: Pick<ReadyWindow, "period">): Pick<Carried, "share"> =>
  terms.charge.prorated ? { share: { days: period.days, full_days: period.full_days } } : {}
