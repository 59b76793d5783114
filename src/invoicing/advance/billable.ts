/** Which charges an event is billed to at once: of the subscription that it belongs to, in the window that it lies in. Pure. */
import { Array as Arr, Either } from "effect"
import { type Exact, exponentOf } from "../../core/index.js"
import {
  type AcceptedEvent,
  bucketOf,
  type FoldPeriod,
  foldPeriod,
  groupOf,
  isUncounted,
  type Reader,
  reader,
  termsOf
} from "../../metering/index.js"
import { type AdvanceKey, type CompiledCharge, chargesInAdvance, groupRecord, type RatingError, subjectOf } from "../../rating/index.js"
import type { Subscription } from "../../subscriptions/index.js"
import type { Batch } from "../batch.js"
import { usageLife } from "../window.js"
import { isOfPeriod, type TimedWindow, windowAt } from "./timeline.js"

/** A charge with its way to find an event's bucket. */
export interface ReadyCharge {
  readonly compiled: CompiledCharge
  readonly bucket: (properties: AcceptedEvent["properties"]) => number
}

/** A window made ready: its charges paid in advance by the code of their metric, and its days. */
export interface ReadyWindow extends TimedWindow {
  readonly charges: Readonly<Record<string, ReadonlyArray<ReadyCharge>>>
  readonly period: FoldPeriod
}

/** A subscription with its windows, oldest first. */
export interface Payer {
  readonly row: Subscription
  readonly external_customer_id: string
  readonly windows: ReadonlyArray<ReadyWindow>
}

/** An event that counts, on one charge. */
export interface Billable {
  readonly payer: Payer
  /** The place of the window that it lies in. */
  readonly dated: number
  /** The place of the window whose line takes it: its own, or, where that is not billed in advance, the first one after it that is. */
  readonly place: number
  readonly charge: ReadyCharge
  readonly key: AdvanceKey
  readonly event: AcceptedEvent
  readonly value: Exact.Exact
  readonly item: string
}

export const payerOf = (row: Subscription, windows: ReadonlyArray<TimedWindow>, batch: Batch): Either.Either<Payer, RatingError> =>
  Either.map(
    Either.all(
      windows.map((window) =>
        Either.map(
          chargesInAdvance({ charges: window.terms.charges, currency_exponent: exponentOf(window.terms.plan.currency) }),
          (charges): ReadyWindow => ({
            ...window,
            charges: Arr.groupBy(
              charges.map((compiled) => ({ compiled, bucket: bucketOf(compiled.buckets) })),
              ({ compiled }) => compiled.terms.metric.code
            ),
            period: foldPeriod(window.usage)
          })
        )
      )
    ),
    (ready) => ({ row, external_customer_id: batch.customerOf(row).external_id, windows: ready })
  )

/** The line of an event on a charge, in a window of its payer. */
export const lineKey = (
  payer: Payer,
  window: ReadyWindow,
  { bucket, compiled }: ReadyCharge,
  { properties }: Pick<AcceptedEvent, "properties">
): AdvanceKey => {
  const index = bucket(properties)
  const { group_by } = termsOf(compiled.buckets, index)
  return {
    subscription_id: payer.row.id,
    charge_id: compiled.terms.charge.id,
    charge_filter_id: compiled.prices[index]!.filter?.id ?? null,
    group: groupRecord(group_by, groupOf(group_by, properties)),
    period_start: window.usage.from
  }
}

/** Whether an event that names no subscription is a payer's own, by metric and window; asked once each (P10). */
const ownership = (batch: Batch) => {
  const known = new Map<ReadyWindow, Map<string, ReadonlyArray<{ readonly from: number; readonly to: number }>>>()
  return ({ row }: Payer, window: ReadyWindow, metric_id: string, at: number): boolean => {
    const metrics = known.get(window) ?? new Map()
    known.set(window, metrics)
    const owned = metrics.get(metric_id) ?? subjectOf(usageLife(row, window.terms, batch), metric_id).owned
    metrics.set(metric_id, owned)
    return owned.some((stretch: { readonly from: number; readonly to: number }) => stretch.from <= at && at < stretch.to)
  }
}

/** Whether the line that takes an event bills it: in the event's own period alone; lines of other periods are only moved. */
export const isBilledHere = ({ dated, payer: { windows }, place }: Billable): boolean => {
  const window = windows[place]!
  return dated === place || (window.opened && !window.left_alone && isOfPeriod(window, windows[dated]!))
}

/**
 * Where an event is taken: in its own window, or, of a recurring metric that this one does not bill in advance, in the first one after
 * it that does.
 */
const takenIn = ({ windows }: Payer, dated: number, code: string): number => {
  if (windows[dated]!.charges[code] !== undefined) return dated
  return windows.findIndex(({ charges }, place) => place > dated && charges[code]?.[0]?.compiled.terms.metric.recurring === true)
}

/** What is billed of events, in their order, each on its charges in plan order. */
export const billables = (payers: ReadonlyArray<Payer>, events: ReadonlyArray<AcceptedEvent>, batch: Batch): ReadonlyArray<Billable> => {
  const isOwn = ownership(batch)
  const named = new Map(payers.map((payer) => [payer.row.external_id, payer]))
  const unnamed = Arr.groupBy(payers, (payer) => payer.external_customer_id)
  const readers = new Map<string, Reader>()
  return events.flatMap((event) => {
    const { code, external_customer_id, external_subscription_id } = event
    const whose = external_subscription_id === null ? (unnamed[external_customer_id] ?? []) : [named.get(external_subscription_id)]
    return whose.flatMap((payer) => {
      const dated = payer === undefined ? -1 : windowAt(payer.windows, event.at)
      if (payer === undefined || dated < 0 || payer.windows[dated]!.left_alone) return []
      const place = takenIn(payer, dated, code)
      const window = payer.windows[place]
      if (window === undefined) return []
      return (window.charges[code] ?? []).flatMap((charge): ReadonlyArray<Billable> => {
        const { metric } = charge.compiled.terms
        if (external_subscription_id === null && !isOwn(payer, window, metric.id, event.at)) return []
        const read = readers.get(metric.id) ?? reader(metric)
        readers.set(metric.id, read)
        const reading = read(event.properties)
        if (isUncounted(reading)) return []
        const key = lineKey(payer, window, charge, event)
        return [{ payer, dated, place, charge, key, event, value: reading.value, item: reading.item }]
      })
    })
  })
}
