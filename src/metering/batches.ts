/** Batches of a long source of events, read on only when the batch before is done with. */
import { Effect, Option, Stream } from "effect"
import type { EventInput } from "./event.js"

/** What events may be streamed from. */
export type EventSource<E, R> = AsyncIterable<EventInput> | Iterable<EventInput> | Stream.Stream<EventInput, E, R>

type Items = AsyncIterator<EventInput> | Iterator<EventInput>

const isStream = <E, R>(source: EventSource<E, R>): source is Stream.Stream<EventInput, E, R> => Stream.StreamTypeId in source

const iteratorOf = (source: AsyncIterable<EventInput> | Iterable<EventInput>): Items =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()

/** Up to `size` items; none at the end. One promise for a batch, since one for each item would take longer than storing it. */
const take = async (items: Items, size: number): Promise<ReadonlyArray<EventInput>> => {
  const batch: Array<EventInput> = []
  while (batch.length < size) {
    const item = await items.next()
    if (item.done === true) break
    batch.push(item.value)
  }
  return batch
}

/** A source in batches of `size`; what the source itself throws is a defect. */
export const batchesOf = <E, R>(source: EventSource<E, R>, size: number): Stream.Stream<ReadonlyArray<EventInput>, E, R> => {
  if (isStream(source)) return Stream.map(Stream.grouped(source, size), (chunk) => [...chunk])
  const opened = Effect.sync(() => iteratorOf(source))
  const closed = (items: Items) => Effect.promise(async () => items.return?.())
  return Stream.acquireRelease(opened, closed).pipe(
    Stream.flatMap((items) =>
      Stream.repeatEffectOption(
        Effect.flatMap(
          Effect.promise(() => take(items, size)),
          (batch) => (batch.length === 0 ? Effect.fail(Option.none()) : Effect.succeed(batch))
        )
      )
    )
  )
}
