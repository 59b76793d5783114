/** Estimates of one more event: finds whose it would be, and tries it out in a transaction that is undone. */
import { Clock, DateTime, Effect, Either } from "effect"
import { CustomerNotFound } from "../accounts/index.js"
import { InvalidInput, type InvalidTransition, rehearse } from "../core/index.js"
import type { RunningUsage, UsageLookup } from "../invoicing/index.js"
import {
  type BillableMetric,
  type EventFact,
  isUncounted,
  type MetricNotFound,
  type NewEvent,
  readEvent,
  reader,
  splitReader,
  storedReader,
  type Uncounted
} from "../metering/index.js"
import { compileCharge, type RatingError, type RatingWindow, subjectOf } from "../rating/index.js"
import { type Subscription, SubscriptionNotFound } from "../subscriptions/index.js"
import { type Desk, linesOf, metricOf, mustRun, type Read } from "./desk.js"
import { type Estimate, estimated, instantEstimated, uncountedEstimate } from "./estimate.js"
import { decodeEstimate, type EstimatedEvent, type EstimateInput } from "./usage-input.js"

export type EstimateError = InvalidInput | MetricNotFound | CustomerNotFound | SubscriptionNotFound | InvalidTransition | RatingError

/** An event that might be sent, its metric, and the running window that it would be of, with the charges of that metric only. */
interface Prospect {
  readonly row: Subscription
  readonly fact: EventFact
  readonly metric: BillableMetric
  readonly running: RunningUsage
}

/** Subscriptions that it could be of, with their usage. */
interface Candidates {
  readonly rows: ReadonlyArray<Subscription>
  readonly usage: UsageLookup
}

const candidates = (
  desk: Desk,
  given: EstimatedEvent,
  now: DateTime.Utc
): Read<Candidates, InvalidInput | CustomerNotFound | SubscriptionNotFound> =>
  Effect.gen(function* () {
    if (given.external_subscription_id != null) {
      const { row, usage } = yield* desk.windows.find({ external_id: given.external_subscription_id }, now)
      return { rows: [row], usage }
    }
    const external_id = given.external_customer_id
    if (external_id == null) {
      return yield* new InvalidInput({ field: "external_customer_id", reason: "expected a customer or a subscription" })
    }
    const customer = yield* desk.customers.find({ external_id })
    if (customer === undefined) return yield* new CustomerNotFound({ id: external_id })
    const rows = yield* desk.subscriptions.ofCustomers([customer.id])
    return { rows, usage: yield* desk.windows.load(rows, now) }
  })

const withChargesOf = (metric: BillableMetric, running: RunningUsage): RunningUsage => {
  const charges = running.window.charges.filter((own) => own.metric.id === metric.id)
  return { ...running, window: { ...running.window, charges } }
}

const prospect = (desk: Desk, input: EstimateInput): Read<Prospect, EstimateError> =>
  Effect.gen(function* () {
    const given = yield* decodeEstimate(input)
    const metric = yield* metricOf(desk, given.code)
    const now = yield* DateTime.now
    const { rows, usage } = yield* candidates(desk, given, now)
    const at = (given.timestamp ?? now).epochMillis
    const isOwn = (row: Subscription) => subjectOf(usage.lifeOf(row), metric.id).owned.some(({ from, to }) => from <= at && at < to)
    const row = given.external_subscription_id != null ? rows[0] : rows.find(isOwn)
    if (row === undefined) return yield* new SubscriptionNotFound({ id: given.external_customer_id! })
    const running = yield* mustRun(row, usage.runningOf(row))
    const { external_customer_id, from, to } = running.window
    if (at < from.epochMillis || at >= to.epochMillis) {
      return yield* new InvalidInput({ field: "timestamp", reason: "expected an instant of the running period" })
    }
    const fact = readEvent({ ...given, external_customer_id, transaction_id: yield* desk.ids.next, timestamp: DateTime.unsafeMake(at) })
    if (fact instanceof InvalidInput) return yield* fact
    return { row, fact, metric, running: withChargesOf(metric, running) }
  })

/** The event as it would be stored, or why it would not count. */
const storable = (desk: Desk, { fact, metric }: Prospect): Effect.Effect<NewEvent | Uncounted> =>
  Effect.map(desk.ids.next, (id) => {
    const value = storedReader(metric)(fact.properties)
    return isUncounted(value) ? value : { id, fact, value, split: splitReader(metric)(fact.properties) }
  })

const allLines = (desk: Desk, window: RatingWindow) => Effect.map(linesOf(desk, window), ({ advance, usage }) => [...usage, ...advance])

export const estimateEvent = (desk: Desk, input: EstimateInput): Read<Estimate, EstimateError> =>
  Effect.gen(function* () {
    const given = yield* prospect(desk, input)
    const { running } = given
    const event = yield* storable(desk, given)
    if (isUncounted(event)) return uncountedEstimate(running, event)
    return yield* rehearse(
      desk.unit,
      Effect.gen(function* () {
        const without = yield* allLines(desk, running.window)
        yield* desk.events.append([event], yield* Clock.currentTimeMillis)
        // What is paid in advance is billed to its line as if the event had arrived.
        const { lines, refused } = yield* desk.advanceBilling.draft([given.row], [{ ...event.fact, id: event.id }])
        if (refused[0] !== undefined) return yield* refused[0].error
        yield* desk.advanceLines.save(lines, yield* DateTime.now)
        return estimated(running, without, yield* allLines(desk, running.window))
      })
    )
  })

export const estimateAlone = (desk: Desk, input: EstimateInput): Read<Estimate | null, EstimateError> =>
  Effect.gen(function* () {
    const { fact, metric, running } = yield* prospect(desk, input)
    const reading = reader(metric)(fact.properties)
    if (isUncounted(reading)) return uncountedEstimate(running, reading)
    const { charges, currency_exponent } = running.window
    const compiled = yield* Either.all(charges.map((terms) => compileCharge(terms, currency_exponent, desk.functions)))
    return instantEstimated(running, compiled, { value: reading.value, properties: fact.properties })
  })
