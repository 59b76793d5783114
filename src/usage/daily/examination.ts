/** Rows of daily usage held against the events that they were counted from. */
import { DateTime, Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import { type DailyServices, figuresOf } from "./aggregation.js"
import type { DailyUsage } from "./daily-usage.js"

/** A row that is not what its day comes to. */
export interface WrongDay {
  readonly row: DailyUsage
  readonly counted: Pick<DailyUsage, "usage_value" | "events_count">
}

/** With a constant number of statements. */
export const examineDays = (
  { metrics, subscriptions, usage, windows }: Pick<DailyServices, "metrics" | "subscriptions" | "usage" | "windows">,
  rows: ReadonlyArray<DailyUsage>
): Effect.Effect<ReadonlyArray<WrongDay>, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    if (rows.length === 0) return []
    const found = yield* subscriptions.load([...new Set(rows.map((row) => row.subscription_id))])
    const loaded = yield* metrics.load({ ids: [...new Set(rows.map((row) => row.billable_metric_id))], codes: [] })
    const rowOf = new Map(found.map((row) => [row.id as string, row]))
    const metricOf = new Map(loaded.map((metric) => [metric.id as string, metric]))
    const lookup = yield* windows.load(found, yield* DateTime.now)
    const asked = rows.map((row) => ({
      row: rowOf.get(row.subscription_id)!,
      metric: metricOf.get(row.billable_metric_id)!,
      day: row.usage_date
    }))
    const figures = yield* figuresOf(usage, lookup, asked)
    return rows.flatMap((row, index): ReadonlyArray<WrongDay> => {
      const counted = figures[index]!
      return counted.usage_value === row.usage_value && counted.events_count === row.events_count ? [] : [{ row, counted }]
    })
  })
