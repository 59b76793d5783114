/** The reads of a subscription's running period: as it is, and as it will be at its end. */
import { Effect } from "effect"
import type { InvalidTransition } from "../core/index.js"
import type { RatingError } from "../rating/index.js"
import type { SubscriptionNotFound, SubscriptionRef } from "../subscriptions/index.js"
import { type Desk, linesOf, type Read, runningNow } from "./desk.js"
import { type ElapsedDays, elapsedDays, projectedAdvance, projectedFee } from "./projection.js"
import { type PeriodUsage, periodUsage } from "./view.js"

/** Usage at the end of the running period, as far as its days tell. */
export interface ProjectedUsage extends PeriodUsage, ElapsedDays {}

export type PeriodError = SubscriptionNotFound | InvalidTransition | RatingError

const running = (desk: Desk, ref: SubscriptionRef) =>
  Effect.gen(function* () {
    const found = yield* runningNow(desk, ref)
    return { ...found, lines: yield* linesOf(desk, found.running.window), ahead: yield* desk.windows.billedAhead(found.running) }
  })

export const currentUsage = (desk: Desk, ref: SubscriptionRef): Read<PeriodUsage, PeriodError> =>
  desk.unit.snapshot(
    Effect.map(running(desk, ref), ({ ahead, lines: { advance, usage }, running: found }) =>
      periodUsage(
        found,
        [...usage, ...advance].map((line) => ({ line, fee: line.fee })),
        ahead
      )
    )
  )

export const projectedUsage = (desk: Desk, ref: SubscriptionRef): Read<ProjectedUsage, PeriodError> =>
  desk.unit.snapshot(
    Effect.map(running(desk, ref), ({ ahead, lines: { advance, usage }, now, running: found }) => {
      const { window } = found
      const elapsed = elapsedDays(window, now)
      const figured = [
        ...usage.map((line) => ({ line, fee: projectedFee(line, window, elapsed) })),
        ...advance.map((line) => ({ line, fee: projectedAdvance(line, window, elapsed) }))
      ]
      return { ...periodUsage(found, figured, ahead), ...elapsed }
    })
  )
