/** Time travel: the clock jobs run ahead on a copy of the organization, and what they would issue is answered. */
import { Clock, Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomFunctions, type PlanNotFound } from "../catalog/index.js"
import {
  type AdapterMissing,
  addDays,
  type CurrentOrganization,
  decodeInput,
  Instant,
  InvalidInput,
  instant,
  localDate,
  type StorageError,
  standingClock,
  startOfDay
} from "../core/index.js"
import { Wallets } from "../credits/index.js"
import { Billing, type Failure, type InvoiceDocument, InvoiceStore } from "../invoicing/index.js"

import { SubscriptionStore } from "../subscriptions/index.js"
import { Sandbox } from "./database.js"
import { servicesLayer } from "./services.js"

const Simulate = Schema.Struct({
  /** Up to when the clock runs ahead, itself included: later than now, at most ten years. */
  until: Instant
})
export type SimulateInput = typeof Simulate.Encoded

const decodeSimulate = decodeInput(Simulate)

const YEARS_AHEAD = 10

/** What would be issued from now on until an instant, if nothing else happened. */
export interface Simulated {
  readonly from: DateTime.Utc
  readonly until: DateTime.Utc
  /** With fees, taxes and what settles them, in order of issue; ids and numbers are those of the copy. */
  readonly invoices: ReadonlyArray<InvoiceDocument>
  /** Subscriptions or drafts that cannot be billed, and why. */
  readonly failures: ReadonlyArray<Failure>
}

/** The next instant after `now` at which some job may have work: rules of wallets look at every day. */
const nextWorkAfter = Effect.fnUntraced(function* (now: DateTime.Utc, wallets: boolean) {
  const due = yield* (yield* SubscriptionStore).nextDueAfter(now)
  const draft = yield* (yield* InvoiceStore).nextDraftAfter(now)
  const day = wallets ? startOfDay(addDays(localDate(now, "UTC"), 1), "UTC") : null
  return [due, draft, day].reduce((first, at) => (first === null ? at : at === null ? first : DateTime.min(first, at)))
})

/** Runs the jobs at every instant at which they have work, as a host's would. */
const runAhead = Effect.fnUntraced(function* (from: DateTime.Utc, until: DateTime.Utc, stand: (millis: number) => void) {
  const billing = yield* Billing
  const invoices = yield* InvoiceStore
  const wallets = yield* Wallets
  const walletsRun = (yield* wallets.list({ limit: 1 })).items.length > 0
  const before = new Set((yield* invoices.issuedSince(from)).map(({ invoice }) => invoice.id))
  const failures = new Map<string, Failure>()
  let now: DateTime.Utc | null = from
  while (now !== null && DateTime.lessThanOrEqualTo(now, until)) {
    stand(now.epochMillis)
    const billed = yield* billing.billDue()
    const finalized = yield* billing.finalizeDue()
    for (const failure of [...billed.failures, ...finalized.failures]) failures.set(failure.id, failure)
    if (walletsRun) yield* wallets.runDue()
    now = yield* nextWorkAfter(now, walletsRun)
  }
  const issued = yield* invoices.issuedSince(from)
  return { from, until, invoices: issued.filter(({ invoice }) => !before.has(invoice.id)), failures: [...failures.values()] }
})

export class Simulation extends Context.Tag("billwright/Simulation")<
  Simulation,
  {
    /**
     * The invoices that the billing and finalization runs, and the rules of wallets, would issue from now on until an instant.
     * The runs' own code, with a clock that jumps from work to work, on a copy of the organization's rows in memory: no trace is
     * left, and nobody is charged. All rows are read, events too: their number is what it takes.
     *
     * Fails with `InvalidInput` where `until` is not later than now, or more than ten years, `AdapterMissing` where SQLite is
     * not installed, `StorageError`.
     *
     * @see decisions O9
     */
    readonly simulate: (
      input: SimulateInput
    ) => Effect.Effect<Simulated, InvalidInput | AdapterMissing | PlanNotFound | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Simulation, never, Sandbox> = Layer.effect(
    Simulation,
    Effect.gen(function* () {
      const sandbox = yield* Sandbox
      const functions = Layer.succeed(CustomFunctions, yield* CustomFunctions)
      return Simulation.of({
        simulate: Effect.fn("Simulation.simulate")(function* (input) {
          const { until } = yield* decodeSimulate(input)
          const from = instant(yield* Clock.currentTimeMillis)
          if (DateTime.lessThanOrEqualTo(until, from)) {
            return yield* new InvalidInput({ field: "until", reason: "must be later than now" })
          }
          if (DateTime.greaterThan(until, DateTime.add(from, { years: YEARS_AHEAD }))) {
            return yield* new InvalidInput({ field: "until", reason: `must be within ${YEARS_AHEAD} years` })
          }
          const clock = standingClock(from.epochMillis)
          return yield* sandbox.inside(
            runAhead(from, until, clock.stand).pipe(Effect.provide(Layer.provide(servicesLayer, functions)), Effect.withClock(clock))
          )
        })
      })
    })
  )
}
