/** The service that prices what windows were billed in advance: the lines of charges that make a fee for each event. */
import { Context, Effect, Either, Layer } from "effect"
import type { ChargeTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { EventSequence } from "../metering/index.js"
import { type AdvanceLine, advanceLines } from "./advance.js"
import { compileCharge } from "./charge.js"
import { subjectOf } from "./ownership.js"
import { periodOf, type RatingError } from "./rating.js"
import type { RatingWindow } from "./window.js"

/** Custom charges, which alone need functions of the host, are never paid in advance. */
const NO_FUNCTIONS = new Map()

const paidInAdvance = ({ charges }: RatingWindow): ReadonlyArray<ChargeTerms> => charges.filter(({ charge }) => charge.pay_in_advance)

export class AdvanceRating extends Context.Tag("billwright/AdvanceRating")<
  AdvanceRating,
  {
    /**
     * The lines of each window's charges paid in advance, in plan order. Reads every event of these charges, in one
     * statement, or in none where there is no such charge.
     *
     * @see decisions P17
     */
    readonly rateWindows: (
      windows: ReadonlyArray<RatingWindow>
    ) => Effect.Effect<ReadonlyArray<Either.Either<ReadonlyArray<AdvanceLine>, RatingError>>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<AdvanceRating, never, EventSequence> = Layer.effect(
    AdvanceRating,
    Effect.map(EventSequence, (sequence) =>
      AdvanceRating.of({
        rateWindows: Effect.fn("AdvanceRating.rateWindows")(function* (windows) {
          const events = yield* sequence.read(
            windows.flatMap((window) =>
              paidInAdvance(window).map(({ metric }) => ({ subject: subjectOf(window, metric.id), metric, period: periodOf(window) }))
            )
          )
          let next = 0
          return windows.map((window) => {
            const charges = paidInAdvance(window).map((terms) => ({ terms, own: events[next++]! }))
            return Either.map(
              Either.all(
                charges.map(({ own, terms }) =>
                  Either.map(compileCharge(terms, window.currency_exponent, NO_FUNCTIONS), (compiled) =>
                    advanceLines(compiled, own, window)
                  )
                )
              ),
              (lines) => lines.flat()
            )
          })
        })
      })
    )
  )
}
