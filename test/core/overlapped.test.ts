/** Two pieces of work at a time. */
import { Deferred, Effect, Exit } from "effect"
import { expect, it } from "vitest"
import { overlapped } from "../../src/core/index.js"

const pieces = (count: number) => {
  let next = 0
  return { next: Effect.sync(() => (next < count ? next++ : null)), begun: () => next }
}

it("does every piece once, two at a time, and answers in their order", async () => {
  const { next } = pieces(5)
  let [now, most] = [0, 0]
  const work = (piece: number) =>
    Effect.gen(function* () {
      most = Math.max(most, ++now)
      yield* Effect.sleep(piece % 2 === 0 ? 5 : 1)
      now--
      return piece * 10
    })
  expect(await Effect.runPromise(overlapped(next, work))).toEqual([0, 10, 20, 30, 40])
  expect(most).toBe(2)
  expect(await Effect.runPromise(overlapped(Effect.succeed(null), work))).toEqual([])
})

it("begins nothing more after a failure, and ends what has begun", async () => {
  const { begun, next } = pieces(9)
  const ended: Array<number> = []
  const failed = await Effect.runPromise(Deferred.make<void>())
  const work = (piece: number) =>
    piece === 1
      ? Effect.zipRight(Deferred.succeed(failed, undefined), Effect.fail("no" as const))
      : Effect.zipRight(
          Effect.delay(Deferred.await(failed), 5),
          Effect.sync(() => ended.push(piece))
        )
  expect(await Effect.runPromiseExit(overlapped(next, work))).toEqual(Exit.fail("no"))
  expect([ended, begun()]).toEqual([[0], 2])
})
