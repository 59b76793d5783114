/**
 * What checks have read, kept in memory: never older than a commit of this process for the organization, never older than a second, since
 * other processes commit too.
 */
import { Clock, Effect } from "effect"
import { Commits } from "../core/index.js"

const MOST_ENTRIES = 10_000
const LONGEST_NANOS = 1_000_000_000n

interface Entry<A> {
  readonly value: A
  /** The organization's commits when it began to be read. */
  readonly commits: number
  readonly read_at: bigint
  /** When time alone makes it another one. */
  readonly until_millis: number | null
}

export interface FreshCache<A> {
  /** What is known of `key`, else what `read` answers; `until` names the instant at which time alone makes it another one. */
  readonly get: <E, R>(
    organization: string,
    key: string,
    read: Effect.Effect<A, E, R>,
    until: (value: A) => number | null
  ) => Effect.Effect<A, E, R>
}

export const freshCache = <A>(): FreshCache<A> => {
  const entries = new Map<string, Entry<A>>()

  const keep = (key: string, entry: Entry<A>) => {
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size <= MOST_ENTRIES) return
    for (const oldest of entries.keys()) {
      entries.delete(oldest)
      return
    }
  }

  return {
    get: (organization, name, read, until) =>
      Effect.gen(function* () {
        const counted = yield* Commits
        const clock = yield* Clock.clockWith(Effect.succeed)
        const key = `${organization} ${name}`
        // Both before the read: what is committed meanwhile makes it old.
        const commits = counted.of(organization)
        const read_at = clock.unsafeCurrentTimeNanos()
        const millis = clock.unsafeCurrentTimeMillis()
        const known = entries.get(key)
        if (known !== undefined && known.commits === commits) {
          const age = read_at - known.read_at
          if (age >= 0n && age < LONGEST_NANOS && (known.until_millis === null || millis < known.until_millis)) return known.value
        }
        const value = yield* read
        keep(key, { value, commits, read_at, until_millis: until(value) })
        return value
      })
  }
}
