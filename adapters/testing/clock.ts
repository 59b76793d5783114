/** A clock that tests set, for everything that asks the clock service for the time. */
import { type Clock, DateTime, Layer } from "effect"
import { parseInstant, standingClock } from "../../src/core/index.js"

/** The clock service with hands: it stands until it is set. What waits (a retry, a schedule) waits in real time. */
export interface TestClock extends Clock.Clock {
  /** From now on it is `at`: an instant, a `Date`, or ISO 8601 text with zone; earlier than before is allowed. Throws `RangeError` on anything else. */
  readonly set: (at: DateTime.Utc | Date | string) => void
  /** What it shows. */
  readonly now: () => Date
  /** Puts it in the place of the machine's clock. */
  readonly layer: Layer.Layer<never>
}

const millisOf = (at: DateTime.Utc | Date | string): number => {
  const given =
    typeof at === "string" ? at : DateTime.isDateTime(at) ? DateTime.formatIso(at) : Number.isNaN(at.getTime()) ? "" : at.toISOString()
  const millis = parseInstant(given)
  if (typeof millis === "string") throw new RangeError(`${String(at)}: ${millis}`)
  return millis
}

/**
 * A clock that stands at `at` until it is set: `DateTime.now`, new ids and every job answer it.
 *
 * @see decisions O9
 */
export const testClock = (at: DateTime.Utc | Date | string): TestClock => {
  const clock = standingClock(millisOf(at))
  return {
    ...clock,
    set: (to) => clock.stand(millisOf(to)),
    now: () => new Date(clock.unsafeCurrentTimeMillis()),
    get layer() {
      return Layer.setClock(clock)
    }
  }
}
