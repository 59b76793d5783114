/** A clock that stands until it is set: for tests, and for time that is only tried out. */
import { Clock, Effect } from "effect"

export interface StandingClock extends Clock.Clock {
  /** From now on it is `millis` after the epoch; earlier than before is allowed. */
  readonly stand: (millis: number) => void
}

/** What waits (a retry, a schedule) waits in real time. */
export const standingClock = (at: number): StandingClock => {
  const real = Clock.make()
  let millis = at
  const now = () => millis
  const nanos = () => BigInt(millis) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => real.sleep(duration),
    stand: (to) => {
      millis = to
    }
  }
}
