/** The service that prices windows of usage: the lines of many subscriptions, aggregated, priced and rounded, each explained. */
import { Context, Effect, Either, Layer } from "effect"
import { type ChargeTerms, CustomFunctions } from "../catalog/index.js"
import {
  type CurrencyExponent,
  type CurrentOrganization,
  instant,
  LARGEST_AMOUNT,
  type StorageError,
  sumOf,
  type UsagePeriod
} from "../core/index.js"
import { NOTHING_MORE, type UsageRequest, UsageStore } from "../metering/index.js"
import { ChargeNotRatable } from "../pricing/index.js"
import { AdvanceStore } from "./advance-store.js"
import { type CompiledCharge, compileCharge } from "./charge.js"
import { type BilledBefore, type Earlier, earlierOf } from "./continued.js"
import { linesOf, type RatedLine } from "./lines.js"
import { subjectOf } from "./ownership.js"
import type { RatingWindow } from "./window.js"

/** Why a window cannot be rated: one of its charges. */
export type RatingError = ChargeNotRatable

interface RatingOptions {
  /** Whether what is missing to a minimum spend makes a line: it does on invoices (the default), not in views of usage. */
  readonly minimum_spend?: boolean
}

export interface RatingShape {
  /**
   * The lines of each window, in plan order (filters by age, the charge's own bucket last, its minimum after them), those
   * without amount, units and events left off. A window with a charge that cannot be rated answers the reason alone.
   * The number of statements does not grow with the windows.
   *
   * @see spec pricing 3.3, 9; decisions P5, P10, P19
   */
  readonly rateWindows: (
    windows: ReadonlyArray<RatingWindow>,
    options?: RatingOptions
  ) => Effect.Effect<ReadonlyArray<Either.Either<ReadonlyArray<RatedLine>, RatingError>>, StorageError, CurrentOrganization>
}

/** By time, so that each side of a change of plan bills its own part. */
const isBilledByTime = ({ charge, metric }: ChargeTerms): boolean => charge.prorated || metric.aggregation_type === "weighted_sum"

/** Whether a charge makes lines for a window: not in advance, and not left to the plan that follows (invoicing 5). */
const isPricedHere = (window: RatingWindow, terms: ChargeTerms): boolean =>
  !terms.charge.pay_in_advance && !(terms.metric.recurring && !isBilledByTime(terms) && window.priced_next.has(terms.metric.id))

/** The period that a window's usage is asked for. */
export const periodOf = ({ from, full_from, full_to, superseded, timezone, to }: RatingWindow): UsagePeriod => ({
  from,
  to,
  full_from,
  full_to,
  timezone,
  superseded
})

const requestOf = (window: RatingWindow, { buckets, needs, terms: { metric } }: CompiledCharge): UsageRequest => ({
  subject: subjectOf(window, metric.id),
  metric,
  period: periodOf(window),
  buckets,
  needs
})

/** Whether a window may go on from what earlier plans of its period billed: it was cut by a change of plan. */
const mayContinue = (window: RatingWindow): boolean =>
  window.from.epochMillis > window.full_from.epochMillis &&
  window.from.epochMillis > window.started_at.epochMillis &&
  window.charges.some((terms) => terms.metric.recurring && isPricedHere(window, terms))

/** What there was of a charge at an instant before its window, in its buckets. */
const thereRequest = (window: RatingWindow, { buckets, terms: { metric } }: CompiledCharge, until: number): UsageRequest => ({
  subject: subjectOf(window, metric.id),
  metric: { ...metric, rounding_function: null, rounding_precision: null },
  period: { from: window.started_at, to: instant(until), timezone: window.timezone },
  buckets,
  needs: NOTHING_MORE
})

/** A charge with the place of its request, and what it goes on from, with a request for each mark. */
interface PlannedCharge {
  readonly charge: CompiledCharge
  readonly request: number
  readonly before: { readonly earlier: Earlier; readonly requests: ReadonlyArray<number> } | null
}

interface Planned {
  readonly window: RatingWindow
  readonly charges: Either.Either<ReadonlyArray<PlannedCharge>, RatingError>
}

/**
 * Lines whose fees together no document holds cannot be billed: an event with a quantity of another scale makes them. Nobody else waits for it.
 */
const billable = (lines: ReadonlyArray<RatedLine>): Either.Either<ReadonlyArray<RatedLine>, RatingError> => {
  if (sumOf(lines, ({ fee }) => fee.amount_cents) <= LARGEST_AMOUNT) return Either.right(lines)
  const { charge, metric } = lines.reduce((most, line) => (line.fee.amount_cents > most.fee.amount_cents ? line : most))
  const reason = `usage of ${metric.code} makes more than ${LARGEST_AMOUNT} minor units`
  return Either.left(new ChargeNotRatable({ charge_model: charge.charge_model, reason }))
}

export class Rating extends Context.Tag("billwright/Rating")<Rating, RatingShape>() {
  static readonly layer: Layer.Layer<Rating, never, UsageStore | AdvanceStore> = Layer.effect(
    Rating,
    Effect.gen(function* () {
      const store = yield* UsageStore
      const advance = yield* AdvanceStore
      const functions = yield* CustomFunctions

      /** Compiles each charge once per run. */
      const compiler = () => {
        const known = new Map<ChargeTerms, Either.Either<CompiledCharge, RatingError>>()
        return (terms: ChargeTerms, exponent: CurrencyExponent) => {
          const compiled = known.get(terms) ?? compileCharge(terms, exponent, functions)
          known.set(terms, compiled)
          return compiled
        }
      }

      const plan = (
        windows: ReadonlyArray<RatingWindow>,
        billed: ReadonlyArray<BilledBefore>,
        requests: Array<UsageRequest>
      ): ReadonlyArray<Planned> => {
        const compiled = compiler()
        const ask = (request: UsageRequest): number => requests.push(request) - 1
        const planned = (window: RatingWindow, charge: CompiledCharge, before: ReadonlyArray<BilledBefore>): PlannedCharge => {
          const request = ask(requestOf(window, charge))
          const earlier = before.length === 0 ? null : earlierOf(before, charge.terms, window.charges)
          if (earlier === null) return { charge, request, before: null }
          return {
            charge,
            request,
            before: { earlier, requests: earlier.marks.map(({ until }) => ask(thereRequest(window, charge, until))) }
          }
        }
        return windows.map((window) => {
          const priced = window.charges.filter((terms) => isPricedHere(window, terms))
          const { corrected, subscription_id } = window
          const from = window.from.epochMillis
          const before = [
            ...billed.filter((one) => one.subscription_id === subscription_id && one.from === from),
            ...corrected.map((one): BilledBefore => ({ ...one, subscription_id, from, line: null }))
          ]
          return {
            window,
            charges: Either.map(Either.all(priced.map((terms) => compiled(terms, window.currency_exponent))), (charges) =>
              charges.map((charge) => planned(window, charge, before))
            )
          }
        })
      }

      return Rating.of({
        rateWindows: Effect.fn("Rating.rateWindows")(function* (windows, { minimum_spend = true } = {}) {
          const continued = windows.filter(mayContinue).map((window) => ({ ...window, charge_id: window.charges[0]!.charge.id }))
          const billed = continued.length === 0 ? [] : yield* advance.billedBefore(continued)
          const requests: Array<UsageRequest> = []
          const planned = plan(windows, billed, requests)
          const usage = yield* store.aggregate(requests)
          return planned.map(({ charges, window }) =>
            Either.flatMap(charges, (all) =>
              Either.flatMap(
                Either.all(
                  all.map(({ before, charge, request }) =>
                    linesOf(
                      charge,
                      usage[request]!,
                      window,
                      minimum_spend,
                      before === null ? undefined : { ...before.earlier, counted: before.requests.map((place) => usage[place]!) }
                    )
                  )
                ),
                (lines) => billable(lines.flat())
              )
            )
          )
        })
      })
    })
  )
}
