/** A run over pieces of work, two under way at a time: while the database is busy with one, the next is made ready. */
import { Effect } from "effect"

/** How many pieces are under way: one that waits for the database, and one that does not. */
const AT_ONCE = 2

/**
 * Asks for pieces one after the other until there is none, and does their work as they come. Answers what came of each, in their order.
 * Where one fails none is begun any more, and what has begun is ended: nothing is cut off in the middle.
 */
export const overlapped = <P, A, E, R, E2, R2>(
  next: Effect.Effect<P | null, E, R>,
  work: (piece: P) => Effect.Effect<A, E2, R2>
): Effect.Effect<ReadonlyArray<A>, E | E2, R | R2> =>
  Effect.gen(function* () {
    const turn = yield* Effect.makeSemaphore(1)
    const done: Array<A> = []
    let begun = 0
    let over = false
    const end = Effect.sync(() => {
      over = true
    })
    const begin = turn.withPermits(1)(
      Effect.suspend(() => (over ? Effect.succeed(null) : Effect.tap(next, (piece) => (piece === null ? end : Effect.void)))).pipe(
        Effect.map((piece) => (piece === null ? null : { piece, place: begun++ }))
      )
    )
    const worker = Effect.gen(function* () {
      for (let one = yield* begin; one !== null; one = yield* begin) done[one.place] = yield* work(one.piece)
    }).pipe(Effect.onError(() => end))
    const exits = yield* Effect.all(
      Array.from({ length: AT_ONCE }, () => Effect.exit(worker)),
      { concurrency: AT_ONCE }
    )
    for (const exit of exits) yield* exit
    return done
  })
