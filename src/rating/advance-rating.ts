/** The service that shows what windows were billed in advance: the lines of charges that make a fee for each event. */
import { Context, Effect, Either, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { type AdvanceLine, type AdvanceState, shownLine } from "./advance.js"
import { AdvanceStore } from "./advance-store.js"
import { type CompiledCharge, compileCharge } from "./charge.js"
import type { RatingError } from "./rating.js"
import type { RatingWindow } from "./window.js"

/** Custom charges, which alone need functions of the host, are never paid in advance. */
const NO_FUNCTIONS = new Map()

/** Those of a window's charges that are paid in advance, compiled, in plan order. */
export const chargesInAdvance = ({
  charges,
  currency_exponent
}: Pick<RatingWindow, "charges" | "currency_exponent">): Either.Either<ReadonlyArray<CompiledCharge>, RatingError> =>
  Either.all(charges.flatMap((terms) => (terms.charge.pay_in_advance ? [compileCharge(terms, currency_exponent, NO_FUNCTIONS)] : [])))

/** The lines of a window, in plan order: filters by age, the charge's own bucket last, groups by their values. */
const linesInAdvance = (window: RatingWindow, lines: ReadonlyArray<AdvanceState>): Either.Either<ReadonlyArray<AdvanceLine>, RatingError> =>
  Either.map(chargesInAdvance(window), (charges) =>
    charges.flatMap((compiled) =>
      compiled.prices.flatMap(({ filter }) =>
        lines
          .filter((line) => line.charge_id === compiled.terms.charge.id && line.charge_filter_id === (filter?.id ?? null))
          .toSorted((a, b) => (JSON.stringify(a.group) < JSON.stringify(b.group) ? -1 : 1))
          .flatMap((line) => shownLine(compiled, line, window) ?? [])
      )
    )
  )

export class AdvanceRating extends Context.Tag("billwright/AdvanceRating")<
  AdvanceRating,
  {
    /**
     * The lines of each window's charges paid in advance, in plan order. One statement for any number of windows, or none
     * where there is no such charge.
     *
     * @see decisions P17
     */
    readonly rateWindows: (
      windows: ReadonlyArray<RatingWindow>
    ) => Effect.Effect<ReadonlyArray<Either.Either<ReadonlyArray<AdvanceLine>, RatingError>>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<AdvanceRating, never, AdvanceStore> = Layer.effect(
    AdvanceRating,
    Effect.map(AdvanceStore, (store) =>
      AdvanceRating.of({
        rateWindows: Effect.fn("AdvanceRating.rateWindows")(function* (windows) {
          const paying = windows.filter(({ charges }) => charges.some(({ charge }) => charge.pay_in_advance))
          const lines = paying.length === 0 ? [] : yield* store.ofWindows(paying)
          return windows.map((window) =>
            linesInAdvance(
              window,
              lines.filter(
                (line) => line.subscription_id === window.subscription_id && line.period_start.epochMillis === window.from.epochMillis
              )
            )
          )
        })
      })
    )
  )
}
