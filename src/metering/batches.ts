/** Batches of a long source of events, read on only when the batch before is done with. */
import { Effect, Option, Stream } from "effect"
import type { EventInput } from "./event.js"

/** What events may be streamed from. */
export type EventSource<E, R> = AsyncIterable<EventInput> | Iterable<EventInput> | Stream.Stream<EventInput, E, R>

type Items = AsyncIterator<EventInput> | Iterator<EventInput>

const isStream = <E, R>(source: EventSource<E, R>): source is Stream.Stream<EventInput, E, R> => Stream.StreamTypeId in source

const iteratorOf = (source: AsyncIterable<EventInput> | Iterable<EventInput>): Items =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()

/**
 * Takes up to `size` items at a time; none at the end. One promise for a batch, since one for each item would take longer than
 * storing it. Where the source throws, what came before is a batch, and the next one fails.
 */
const taker = (items: Items, size: number) => {
  let broken: { readonly error: unknown } | undefined
  return async (): Promise<ReadonlyArray<EventInput>> => {
    const batch: Array<EventInput> = []
    try {
      while (broken === undefined && batch.length < size) {
        const item = await items.next()
        if (item.done === true) break
        batch.push(item.value)
      }
    } catch (error) {
      broken = { error }
    }
    if (broken !== undefined && batch.length === 0) throw broken.error
    return batch
  }
}

/** A source in batches of `size`, what came before it fails included; what an iterable throws is a defect. */
export const batchesOf = <E, R>(source: EventSource<E, R>, size: number): Stream.Stream<ReadonlyArray<EventInput>, E, R> => {
  if (isStream(source)) return Stream.map(Stream.grouped(source, size), (chunk) => [...chunk])
  const opened = Effect.sync(() => iteratorOf(source))
  const closed = (items: Items) => Effect.promise(async () => items.return?.())
  return Stream.acquireRelease(opened, closed).pipe(
    Stream.flatMap((items) =>
      Stream.repeatEffectOption(
        Effect.flatMap(Effect.promise(taker(items, size)), (batch) =>
          batch.length === 0 ? Effect.fail(Option.none()) : Effect.succeed(batch)
        )
      )
    )
  )
}
