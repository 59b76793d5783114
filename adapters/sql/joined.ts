/**
 * Calls that go to the database together. For a key one statement is under way at a time; what is called meanwhile waits for its end and goes
 * along in the next one. So nobody waits where there is nothing to wait for, and a statement carries as many calls as there are:
 * the busier, the more. Each call has its own answer. A statement that fails wrote nothing and is repeated call by call, so that
 * each has its own failure too; where the server is gone, all hear that.
 *
 * A statement belongs to none of its callers: it runs in the context in which this was made, outside their transactions, and goes on where
 * one of them is interrupted. A call that has not been sent is then taken out.
 */
import { Effect, Exit, Runtime } from "effect"
import type { StorageError } from "../../src/core/index.js"

/** Runs calls of one key in one statement; answers by place. */
type Run<Call, Answer> = (key: string, calls: ReadonlyArray<Call>) => Effect.Effect<ReadonlyArray<Answer>, StorageError>

interface Waiting<Call, Answer> {
  readonly call: Call
  readonly resume: (answer: Exit.Exit<Answer, StorageError>) => void
}

/** Locks of rows are held as long as the longest statement takes. */
const MOST = 100

export const joinedCalls = <Call, Answer>(
  run: Run<Call, Answer>
): Effect.Effect<(key: string, call: Call) => Effect.Effect<Answer, StorageError>> =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    // A key is here as long as its statements are under way.
    const lines = new Map<string, Array<Waiting<Call, Answer>>>()

    const alone = (key: string, { call, resume }: Waiting<Call, Answer>) =>
      Effect.map(Effect.exit(run(key, [call])), (exit) => resume(Exit.map(exit, ([answer]) => answer!)))

    const together = Effect.fnUntraced(function* (key: string, batch: ReadonlyArray<Waiting<Call, Answer>>) {
      const exit = yield* Effect.exit(
        run(
          key,
          batch.map(({ call }) => call)
        )
      )
      const refused = Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error.reason !== "unavailable"
      if (refused && batch.length > 1) return yield* Effect.forEach(batch, (waiting) => alone(key, waiting), { discard: true })
      for (const [place, { resume }] of batch.entries()) resume(Exit.map(exit, (answers) => answers[place]!))
    })

    const serve = (key: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        const batch = lines.get(key)!.splice(0, MOST)
        if (batch.length > 0) return Effect.zipRight(together(key, batch), serve(key))
        lines.delete(key)
        return Effect.void
      })

    return (key, call) =>
      Effect.async((resume) => {
        const waiting: Waiting<Call, Answer> = { call, resume }
        const line = lines.get(key)
        if (line !== undefined) line.push(waiting)
        else {
          lines.set(key, [waiting])
          // What else is called in this turn goes along in the first statement.
          Runtime.runFork(runtime)(Effect.zipRight(Effect.yieldNow(), serve(key)))
        }
        return Effect.sync(() => {
          const own = lines.get(key) ?? []
          const place = own.indexOf(waiting)
          if (place >= 0) own.splice(place, 1)
        })
      })
  })
