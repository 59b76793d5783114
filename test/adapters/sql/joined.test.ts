import { Deferred, Effect, Either, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { joinedCalls } from "../../../adapters/sql/joined.js"
import { StorageError } from "../../../src/core/index.js"

const failure = (reason: StorageError["reason"]) => new StorageError({ operation: "calls", reason, cause: undefined })

/** Doubles numbers; each statement waits for its turn, and one with a number above 99 is refused. */
const doubling = Effect.gen(function* () {
  const sent: Array<ReadonlyArray<number>> = []
  const gates: Array<Deferred.Deferred<void>> = []
  const call = yield* joinedCalls<number, number>((_, numbers) =>
    Effect.gen(function* () {
      sent.push(numbers)
      const gate = yield* Deferred.make<void>()
      gates.push(gate)
      yield* Deferred.await(gate)
      if (numbers.includes(0)) return yield* failure("unavailable")
      if (numbers.some((number) => number > 99)) return yield* failure("unknown")
      return numbers.map((number) => number * 2)
    })
  )
  const idle = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
  /** Lets the statement under way end. */
  const pass = Effect.zipRight(
    Effect.suspend(() => Deferred.succeed(gates[gates.length - 1]!, undefined)),
    idle
  )
  const start = (number: number, key = "a") => Effect.zipLeft(Effect.fork(Effect.either(call(key, number))), idle)
  return { call, idle, pass, sent, start }
})

const right = <A>(value: A) => Either.right(value)

describe("joined calls", () => {
  it("go at once where none is under way, else together in the next statement, each with its own answer", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { pass, sent, start } = yield* doubling
        const first = yield* start(1)
        const others = yield* Effect.forEach([2, 3, 4], (number) => start(number))
        expect(sent).toEqual([[1]])
        yield* pass
        expect(yield* Fiber.join(first)).toEqual(right(2))
        const elsewhere = yield* start(5, "b")
        expect(sent).toEqual([[1], [2, 3, 4], [5]])
        yield* pass
        expect(yield* Fiber.join(elsewhere)).toEqual(right(10))
        yield* Effect.forEach(others, Fiber.interrupt)
      })
    ))

  it("of one turn are one statement", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { call, idle, pass, sent } = yield* doubling
        const all = yield* Effect.fork(Effect.forEach([1, 2, 3], (number) => call("a", number), { concurrency: "unbounded" }))
        yield* idle
        expect(sent).toEqual([[1, 2, 3]])
        const late = yield* Effect.fork(Effect.forEach([4, 5], (number) => call("a", number), { concurrency: "unbounded" }))
        yield* pass
        expect(yield* Fiber.join(all)).toEqual([2, 4, 6])
        expect(sent).toEqual([
          [1, 2, 3],
          [4, 5]
        ])
        yield* pass
        expect(yield* Fiber.join(late)).toEqual([8, 10])
      })
    ))

  it("that the database refuses together are repeated one by one, so that only who is wrong fails", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { call, idle, pass, sent } = yield* doubling
        const all = yield* Effect.fork(
          Effect.forEach([1, 100, 2], (number) => Effect.either(call("a", number)), { concurrency: "unbounded" })
        )
        yield* idle
        for (let statement = 0; statement < 4; statement++) yield* pass
        expect(yield* Fiber.join(all)).toEqual([right(2), Either.left(failure("unknown")), right(4)])
        expect(sent).toEqual([[1, 100, 2], [1], [100], [2]])
      })
    ))

  it("all hear that the server is gone, and nothing is sent twice", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { call, idle, pass, sent } = yield* doubling
        const all = yield* Effect.fork(Effect.forEach([1, 0], (number) => Effect.either(call("a", number)), { concurrency: "unbounded" }))
        yield* idle
        yield* pass
        const gone = Either.left(failure("unavailable"))
        expect(yield* Fiber.join(all)).toEqual([gone, gone])
        expect(sent).toEqual([[1, 0]])
      })
    ))

  it("go on where one of their callers is interrupted, and one that waits is not sent any more", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { call, idle, pass, sent, start } = yield* doubling
        const together = yield* Effect.forEach([1, 2], (number) => Effect.fork(call("a", number)))
        yield* idle
        const waits = yield* start(3)
        const stays = yield* start(4)
        yield* Fiber.interrupt(together[0]!)
        yield* Fiber.interrupt(waits)
        yield* pass
        expect(yield* Fiber.join(together[1]!)).toBe(4)
        yield* pass
        expect(yield* Fiber.join(stays)).toEqual(right(8))
        expect(sent).toEqual([[1, 2], [4]])
      })
    ))
})
