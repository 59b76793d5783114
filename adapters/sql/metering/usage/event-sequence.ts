/** Events one by one in SQL, in order of acceptance. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../../src/core/index.js"
import { type CountedUsageEvent, EventSequence, reader } from "../../../../src/metering/index.js"
import { Dialect } from "../../dialect.js"
import { asStorage } from "../../failure.js"
import { rangesOf } from "./ranges.js"
import { wholeEventOf } from "./read.js"
import { usageStatements } from "./statements.js"

export const eventSequenceLayer: Layer.Layer<EventSequence, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EventSequence,
  Effect.gen(function* () {
    const dialect = yield* Dialect
    const ask = usageStatements(yield* SqlClient.SqlClient, dialect)

    return EventSequence.of({
      read: Effect.fn("EventSequence.read")(
        function* (requests) {
          if (requests.length === 0) return []
          const organization = yield* CurrentOrganization
          const readers = requests.map(({ metric }) => reader(metric))
          const rows = yield* ask.whole(
            organization,
            requests.flatMap((request, place) => rangesOf(request, place).map((range) => ({ range, keys: [] }))),
            "acceptance"
          )
          const events = requests.map((): Array<CountedUsageEvent> => [])
          for (const row of rows) {
            const of = Number(row.request)
            const event = wholeEventOf(row, readers[of]!)
            if (event !== undefined) events[of]!.push(event)
          }
          return events
        },
        asStorage(dialect, "events.sequence")
      )
    })
  })
)
