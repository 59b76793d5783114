/**
 * Charges paid in advance, at ingestion: each event that costs something becomes a fee in the transaction that stores it, on an
 * invoice of its own, or without one where its charge is not invoiceable (P17, invoicing.md 9.5).
 */
import { Array as Arr, Context, DateTime, Effect, Either, Layer } from "effect"
import type { VersionTerms } from "../../catalog/index.js"
import { type CurrentOrganization, instant, StorageError } from "../../core/index.js"
import {
  type AcceptedEvent,
  EventBilling,
  EventSequence,
  type SequencedEvent,
  type UnbillableEvent,
  type UsageRequest,
  UsageStore
} from "../../metering/index.js"
import {
  type AdvanceState,
  AdvanceStore,
  type BilledBefore,
  earlierOf,
  emptyLine,
  type Heights,
  heightsOf,
  pendingLine,
  type RatingError,
  subjectOf
} from "../../rating/index.js"
import { type Subscription, SubscriptionStore, waitingRef } from "../../subscriptions/index.js"
import { type Batch, Batches, refsOfBilled } from "../batch.js"
import { usageLife } from "../window.js"
import { billedInArrears, linesAfter } from "./arrears.js"
import { type Billable, billables, isBilledHere, type Payer, payerOf } from "./billable.js"
import { carriedRequest, carriedShare, levelOf } from "./carried.js"
import { eventFeeLine } from "./fee-line.js"
import { keyText, type Later, laterKeys, priceFor } from "./keys.js"
import { type BilledEvent, billAll } from "./lines.js"
import { AdvancePosting } from "./posting.js"
import { itemsOf } from "./switches.js"
import { timelineOf } from "./timeline.js"

/** What events come to, before anything is written. */
interface Drafted {
  readonly billed: ReadonlyArray<BilledEvent>
  readonly refused: ReadonlyArray<UnbillableEvent>
  readonly lines: ReadonlyArray<AdvanceState>
  readonly batch: Batch
}

const NOTHING = { billed: [], refused: [], lines: [] } as const

/** A charge that cannot be compiled was changed in the database by somebody else. */
const corrupt = (error: RatingError) => new StorageError({ operation: "advance.bill", reason: "corrupt", cause: error })

const unique = (all: ReadonlyArray<Billable>): ReadonlyArray<Billable> =>
  all.filter(({ charge }) => charge.compiled.terms.metric.aggregation_type === "unique_count")

/** Bills events to locked subscriptions, inside the transaction that the caller opened. */
export class AdvanceBilling extends Context.Tag("billwright/AdvanceBilling")<
  AdvanceBilling,
  {
    /** What stored events would come to; nothing is written. The number of statements does not grow with the events. */
    readonly draft: (
      rows: ReadonlyArray<Subscription>,
      events: ReadonlyArray<AcceptedEvent>
    ) => Effect.Effect<Drafted | typeof NOTHING, StorageError, CurrentOrganization>
    /** Bills stored events, in order of acceptance. Where some cannot be billed they are answered, and nothing is written. */
    readonly bill: (
      rows: ReadonlyArray<Subscription>,
      events: ReadonlyArray<AcceptedEvent>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<UnbillableEvent>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    AdvanceBilling,
    never,
    AdvancePosting | AdvanceStore | Batches | EventSequence | SubscriptionStore | UsageStore
  > = Layer.effect(
    AdvanceBilling,
    Effect.gen(function* () {
      const posting = yield* AdvancePosting
      const store = yield* AdvanceStore
      const batches = yield* Batches
      const sequence = yield* EventSequence
      const subscriptions = yield* SubscriptionStore
      const usage = yield* UsageStore

      const payersOf = Effect.fnUntraced(function* (rows: ReadonlyArray<Subscription>, events: ReadonlyArray<AcceptedEvent>) {
        let [earliest, latest] = [Number.POSITIVE_INFINITY, 0]
        for (const { at } of events) [earliest, latest] = [Math.min(earliest, at), Math.max(latest, at)]
        const since = instant(earliest)
        const closed = yield* subscriptions.closedSince(rows.map(({ id }) => ({ subscription_id: id, since })))
        // The database keeps a plan that a subscription refers to.
        const batch = yield* Effect.catchTag(batches.load(rows, closed.flatMap(refsOfBilled)), "PlanNotFound", Effect.die)
        const closedOf = Arr.groupBy(closed, (window) => window.subscription_id)
        const codes = new Set(events.map(({ code }) => code))
        const carries = ({ charges }: VersionTerms): boolean =>
          charges.some(({ charge, metric }) => charge.pay_in_advance && metric.recurring && codes.has(metric.code))
        // Lines of windows to come, which events dated ahead have begun, are moved too.
        const ahead = rows.filter((row) => {
          const waiting = waitingRef(row)
          return carries(batch.termsOf(row)) || (waiting !== null && carries(batch.terms(waiting)))
        })
        const last = yield* store.lastOf(ahead.map(({ id }) => id))
        const payers = rows.map((row) => {
          const until = Math.max(latest, last.get(row.id)?.epochMillis ?? latest)
          return payerOf(row, timelineOf(row, closedOf[row.id] ?? [], batch, until), batch)
        })
        return { batch, payers: yield* Effect.mapError(Either.all(payers), corrupt) }
      })

      /** The lines of the events: those that are known, and those that they open, with what is carried into windows that billing has not come to. */
      const bookOf = Effect.fnUntraced(function* (all: ReadonlyArray<Billable>, batch: Batch) {
        const keys = new Map(all.flatMap((each) => [each, ...laterKeys(each)].map(({ key }) => [keyText(key), key] as const)))
        const lines = new Map((yield* store.find([...keys.values()])).map((line) => [keyText(line), line]))
        const missing = new Map(
          all.flatMap((each) => (lines.has(keyText(each.key)) || !isBilledHere(each) ? [] : [[keyText(each.key), each] as const]))
        )
        const asked = new Map<string, UsageRequest>()
        const nameOf = ({ charge, key }: Billable): string =>
          `${key.subscription_id} ${key.period_start.epochMillis} ${charge.compiled.terms.charge.id}`
        for (const each of missing.values()) {
          const window = each.payer.windows[each.place]!
          if (window.opened || !each.charge.compiled.terms.metric.recurring || asked.has(nameOf(each))) continue
          asked.set(nameOf(each), carriedRequest(each.payer.row, window, each.charge.compiled, batch))
        }
        const answers = asked.size === 0 ? [] : yield* usage.aggregate([...asked.values()])
        const carried = new Map([...asked.keys()].map((name, index) => [name, answers[index]!]))
        for (const [text, each] of missing) {
          const { compiled } = each.charge
          const window = each.payer.windows[each.place]!
          const price = priceFor(compiled, each.key)
          const line = emptyLine(each.key, window.usage.to, price)
          const counted = carried.get(nameOf(each))
          lines.set(
            text,
            counted === undefined
              ? line
              : pendingLine(line, price, { ...levelOf(compiled, each.key, counted), ...carriedShare(compiled, window) })
          )
        }
        const ahead = [...missing].filter(([, { payer, place }]) => !payer.windows[place]!.opened)
        return { lines, counted: new Set(ahead.map(([text]) => text)) }
      })

      /** What plans in arrears bill before lines that the events move; statements only where one does. */
      const paidBefore = Effect.fnUntraced(function* (all: ReadonlyArray<Billable>, batch: Batch) {
        const known = new Map<string, { readonly payer: Payer; readonly later: Later; readonly untils: ReadonlyArray<number> }>()
        for (const each of all) {
          for (const later of linesAfter(each)) {
            const name = keyText(later.key)
            if (!known.has(name))
              known.set(name, {
                payer: each.payer,
                later,
                untils: billedInArrears(each.payer.windows, later.window, later.charge.compiled.terms.metric.id)
              })
          }
        }
        const lines = [...known].filter(([, { untils }]) => untils.length > 0)
        if (lines.length === 0) return new Map<string, Heights>()
        const windows = lines.map(([, { later, payer }]) => ({
          subscription_id: payer.row.id,
          charge_id: later.window.terms.charges[0]!.charge.id,
          full_from: later.window.usage.full_from,
          from: later.window.usage.from
        }))
        const before = yield* store.billedBefore([
          ...new Map(windows.map((window) => [`${window.subscription_id} ${window.from.epochMillis}`, window])).values()
        ])
        const asked = lines.map(([name, { later, payer, untils }]) => {
          const { compiled } = later.charge
          const from = later.window.usage.from.epochMillis
          const ends = untils.map((until): BilledBefore => {
            return { subscription_id: payer.row.id, from, metric_id: compiled.terms.metric.id, until, line: null }
          })
          const own = before.filter((one) => one.subscription_id === payer.row.id && one.from === from)
          const earlier = earlierOf([...own, ...ends], compiled.terms, later.window.terms.charges)!
          return {
            name,
            later,
            earlier,
            requests: earlier.marks.map(({ until }) => carriedRequest(payer.row, later.window, compiled, batch, instant(until)))
          }
        })
        const answers = (yield* usage.aggregate(asked.flatMap(({ requests }) => requests)))[Symbol.iterator]()
        return new Map(
          asked.map(({ earlier, later: { charge, key }, name, requests }) => {
            const bucket = charge.compiled.prices.findIndex(({ filter }) => (filter?.id ?? null) === key.charge_filter_id)
            const counted = requests.map(() => answers.next().value!)
            return [name, heightsOf({ ...earlier, counted }, charge.compiled, bucket, key.group)]
          })
        )
      })

      /** The events of the items that unique counts are asked about, in order of acceptance. */
      const historyOf = Effect.fnUntraced(function* (all: ReadonlyArray<Billable>, batch: Batch) {
        const asked = new Map<string, { readonly payer: Payer; readonly each: Billable; readonly items: Set<string> }>()
        const nameOf = (payer: Payer, metric_id: string): string => `${payer.row.id} ${metric_id}`
        for (const each of unique(all)) {
          const name = nameOf(each.payer, each.charge.compiled.terms.metric.id)
          const known = asked.get(name) ?? { payer: each.payer, each, items: new Set<string>() }
          known.items.add(each.item)
          asked.set(name, known)
        }
        const found = yield* sequence.ofItems(
          [...asked.values()].map(({ each, items, payer }) => {
            const { metric } = each.charge.compiled.terms
            const { row, windows } = payer
            const period = { from: row.started_at ?? row.starts_at, to: windows.at(-1)!.usage.to }
            const subject = subjectOf(usageLife(row, windows[each.place]!.terms, batch), metric.id)
            return { subject, metric, period, items: [...items] }
          })
        )
        const byItem = new Map([...asked.keys()].map((name, index) => [name, Arr.groupBy(found[index]!, ({ item }) => item)]))
        return (payer: Payer, metric_id: string, item: string): ReadonlyArray<SequencedEvent> =>
          byItem.get(nameOf(payer, metric_id))?.[item] ?? []
      })

      const draft = Effect.fn("AdvanceBilling.draft")(function* (rows: ReadonlyArray<Subscription>, events: ReadonlyArray<AcceptedEvent>) {
        if (rows.length === 0 || events.length === 0) return NOTHING
        const { batch, payers } = yield* payersOf(rows, events)
        const all = billables(payers, events, batch)
        if (all.length === 0) return NOTHING
        const book = yield* bookOf(all, batch)
        const history = yield* historyOf(all, batch)
        const fresh = new Set(events.map(({ id }) => id))
        const found = billAll(
          all,
          { ...book, paid: yield* paidBefore(all, batch) },
          () => itemsOf(history, fresh),
          ({ row }) => batch.issuerOf(row).rounding_mode
        )
        return { ...found, batch, lines: [...book.lines.values()] }
      })

      return AdvanceBilling.of({
        draft,
        bill: Effect.fn("AdvanceBilling.bill")(function* (rows, events, now) {
          const drafted = yield* draft(rows, events)
          if (!("batch" in drafted)) return []
          const { batch, billed, lines, refused } = drafted
          if (refused.length > 0) return refused
          yield* store.save(lines, now)
          const fees = billed.flatMap((each) =>
            each.step.fee.amount_cents === 0n
              ? []
              : [
                  {
                    row: each.billable.payer.row,
                    terms: each.billable.payer.windows[each.billable.place]!.terms,
                    line: eventFeeLine(each, batch),
                    billed_at: instant(Math.max(each.billable.event.at, each.step.line.period_start.epochMillis)),
                    invoiceable: each.billable.charge.compiled.terms.charge.invoiceable
                  }
                ]
          )
          yield* posting.post(fees, batch, now)
          return []
        })
      })
    })
  )
}

/** Events are billed as they arrive; subscriptions are billed in turns, their rows locked. */
export const eventBillingLayer: Layer.Layer<EventBilling, never, AdvanceBilling | SubscriptionStore> = Layer.effect(
  EventBilling,
  Effect.gen(function* () {
    const advance = yield* AdvanceBilling
    const subscriptions = yield* SubscriptionStore
    return EventBilling.of({
      takeTurns: (arrivals) => (arrivals.length === 0 ? Effect.succeed([]) : subscriptions.lockPaidInAdvance(arrivals)),
      bill: Effect.fn("EventBilling.bill")(function* (ids, events) {
        return yield* advance.bill(yield* subscriptions.load(ids), events, yield* DateTime.now)
      })
    })
  })
)
