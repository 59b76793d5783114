/** Events one by one in SQL, in order of acceptance. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../../src/core/index.js"
import { EventSequence, reader, type SequencedEvent } from "../../../../src/metering/index.js"
import { Dialect } from "../../dialect.js"
import { asStorage } from "../../failure.js"
import { rangesOf } from "./ranges.js"
import { wholeEventOf } from "./read.js"
import { usageStatements, type WholeRow } from "./statements.js"

export const eventSequenceLayer: Layer.Layer<EventSequence, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EventSequence,
  Effect.gen(function* () {
    const dialect = yield* Dialect
    const ask = usageStatements(yield* SqlClient.SqlClient, dialect)

    type Sequence = Parameters<(typeof EventSequence.Service)["read"]>[0][number]

    const sequences = (requests: ReadonlyArray<Sequence>, rows: ReadonlyArray<WholeRow>) => {
      const readers = requests.map(({ metric }) => reader(metric))
      const events = requests.map((): Array<SequencedEvent> => [])
      for (const row of rows) {
        const of = Number(row.request)
        const event = wholeEventOf(row, readers[of]!)
        if (event !== undefined) events[of]!.push({ ...event, id: row.id })
      }
      return events
    }

    return EventSequence.of({
      read: Effect.fn("EventSequence.read")(
        function* (requests) {
          if (requests.length === 0) return []
          const organization = yield* CurrentOrganization
          const rows = yield* ask.whole(
            organization,
            requests.flatMap((request, place) => rangesOf(request, place).map((range) => ({ range, keys: [] }))),
            "acceptance"
          )
          return sequences(requests, rows)
        },
        asStorage(dialect, "events.sequence")
      ),

      ofItems: Effect.fn("EventSequence.ofItems")(
        function* (requests) {
          const ranges = requests.flatMap((request, place) =>
            rangesOf(request, place, true).flatMap((range) => request.items.map((item) => ({ range, item })))
          )
          if (ranges.length === 0) return requests.map(() => [])
          return sequences(requests, yield* ask.ofItems(yield* CurrentOrganization, ranges))
        },
        asStorage(dialect, "events.ofItems")
      )
    })
  })
)
