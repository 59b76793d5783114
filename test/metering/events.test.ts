/** Ingestion on both engines: each fact once, refusals by name, the order of acceptance, and rows that never change. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer, Stream } from "effect"
import { beforeAll, expect, it } from "vitest"
import { eventStoreLayer } from "../../adapters/sql/metering/event-store.js"
import { metricStoreLayer } from "../../adapters/sql/metering/metric-store.js"
import { arrivalsLayer } from "../../adapters/sql/subscriptions/arrivals.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { type EventInput, Events, Metrics } from "../../src/metering/index.js"
import { describeEngines, type EngineServices } from "../support/describe-engines.js"
import { nobodyBills } from "../support/metering.js"

const services = Layer.merge(Events.layer, Metrics.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(eventStoreLayer, metricStoreLayer, arrivalsLayer, nobodyBills))
)

let transactions = 0

const event = (input: Partial<EventInput> = {}): EventInput => ({
  transaction_id: `t${++transactions}`,
  external_customer_id: "c",
  code: "energy",
  timestamp: "2026-03-01T10:00:00Z",
  properties: { kwh: "1.5" },
  ...input
})

describeEngines("events", (engine) => {
  type Needed = Events | Metrics | EngineServices | CurrentOrganization
  const given = <A, E>(effect: Effect.Effect<A, E, Needed>) => Effect.provide(effect, services)
  const run = <A, E>(effect: Effect.Effect<A, E, Needed>) => engine.run(given(effect))
  const fail = <A, E>(effect: Effect.Effect<A, E, Needed>) => engine.fail(given(effect))
  const ingest = (events: ReadonlyArray<unknown>, mode: "all" | "valid" = "all") =>
    Effect.flatMap(Events, (service) => service.ingest(events as ReadonlyArray<EventInput>, { mode }))
  const stored = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ transaction_id: string }>`SELECT transaction_id FROM events
      WHERE organization_id = ${engine.organization} ORDER BY sequence`
    return rows.map((row) => row.transaction_id)
  })

  beforeAll(() =>
    run(
      Effect.flatMap(Metrics, (metrics) =>
        Effect.all([
          metrics.create({ code: "energy", name: "Energy", aggregation_type: "sum", field_name: "kwh" }),
          metrics.create({ code: "users", name: "Users", aggregation_type: "unique_count", field_name: "user" }),
          metrics.create({ code: "work", name: "Work", aggregation_type: "custom", expression: "cpu / hours" })
        ])
      )
    )
  )

  it("stores a batch in the order given and answers how much of it", async () => {
    const batch = Array.from({ length: 300 }, (_, i) => event({ timestamp: new Date(Date.UTC(2026, 2, 20 - (i % 20))) }))
    expect(await run(ingest(batch))).toEqual({ accepted: 300, duplicates: 0, conflicts: 0, refused: [], uncounted: [] })
    const all = await run(stored)
    expect(all.slice(-300)).toEqual(batch.map((item) => item.transaction_id))
  })

  it("answers an event as it was sent", async () => {
    const sent = event({
      external_subscription_id: "s",
      timestamp: "2026-03-01T10:00:00.5+01:00",
      properties: { kwh: 1e21, b: [1, { z: null, a: 'ü😀"\\\n' }], a: true, tiny: 1e-7, é: "" },
      precise_total_amount_cents: "12.500000000000001"
    })
    const result = await run(Effect.flatMap(Events, (events) => events.ingestOne(sent)))
    expect(result).toMatchObject({ status: "ingested", counted: true, reason: null })
    expect(result.event).toMatchObject({
      organization_id: engine.organization,
      transaction_id: sent.transaction_id,
      external_subscription_id: "s",
      properties: sent.properties,
      precise_total_amount_cents: "12.500000000000001"
    })
    expect(result.event.timestamp.epochMillis).toBe(Date.UTC(2026, 2, 1, 9, 0, 0, 500))
    expect(await run(Effect.flatMap(Events, (events) => events.get({ id: result.event.id })))).toEqual(result.event)
  })

  it("takes the same content again without effect, in any order of its properties", async () => {
    const first = event({ properties: { kwh: "1", region: "eu" } })
    const again = { ...first, timestamp: new Date("2026-03-01T10:00:00Z"), properties: { region: "eu", kwh: "1" } }
    expect(await run(ingest([first, again]))).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(await run(ingest([again, event()]))).toMatchObject({ accepted: 1, duplicates: 1, conflicts: 0 })
  })

  it("names the field in which a known transaction differs", async () => {
    const first = event({ external_subscription_id: "s", precise_total_amount_cents: "1" })
    await run(ingest([first]))
    const changes: ReadonlyArray<readonly [string, Partial<EventInput>]> = [
      ["external_customer_id", { external_customer_id: "d" }],
      ["external_subscription_id", { external_subscription_id: null }],
      ["code", { code: "users" }],
      ["timestamp", { timestamp: "2026-03-01T10:00:00.001Z" }],
      ["properties", { properties: { kwh: 1.5 } }],
      ["precise_total_amount_cents", { precise_total_amount_cents: "1.0" }]
    ]
    for (const [field, change] of changes) {
      const error = await fail(ingest([{ ...first, ...change }]))
      expect(error).toMatchObject({ _tag: "EventBatchRejected", items: [{ index: 0, error: { _tag: "TransactionConflict", field } }] })
    }
  })

  it("stores nothing of a batch that holds one conflict, and the rest of it where that was asked", async () => {
    const first = event()
    await run(ingest([first]))
    const before = await run(stored)
    const batch = [event(), { ...first, code: "users" }, event()]
    expect(await fail(ingest(batch))).toMatchObject({ _tag: "EventBatchRejected" })
    expect(await run(stored)).toEqual(before)
    const result = await run(ingest(batch, "valid"))
    expect(result).toMatchObject({
      accepted: 2,
      duplicates: 0,
      conflicts: 1,
      refused: [{ index: 1, transaction_id: first.transaction_id }]
    })
    expect(await run(stored)).toEqual([...before, batch[0]!.transaction_id, batch[2]!.transaction_id])
  })

  it("names every event that cannot be taken, with its place and the path in it", async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`)
    const bad: ReadonlyArray<readonly [string, unknown]> = [
      ["timestamp", event({ timestamp: "1969-12-31T23:59:59Z" })],
      ["timestamp", event({ timestamp: "+275760-09-13T00:00:00.000Z" })],
      ["timestamp", event({ timestamp: "2026-02-30T00:00:00Z" })],
      ["timestamp", event({ timestamp: "2026-02-28" })],
      ["timestamp", event({ timestamp: new Date(Number.NaN) })],
      ["code", event({ code: "x".repeat(300) })],
      ["code", event({ code: "" })],
      ["transaction_id", event({ transaction_id: " " })],
      ["external_customer_id", { ...event(), external_customer_id: 7 }],
      ["properties", event({ properties: [] as never })],
      [`properties${".a".repeat(32)}`, event({ properties: deep })],
      ["properties.text", event({ properties: { text: "x".repeat(70_000) } })],
      ["properties.__proto__", event({ properties: JSON.parse('{"__proto__":{"kwh":"1"}}') })],
      ["properties.kwh", event({ properties: { kwh: "a\u0000b" } })],
      ["properties.kwh", event({ properties: { kwh: "\ud800" } })],
      ["properties.kwh", event({ properties: { kwh: Number.POSITIVE_INFINITY } })],
      ["properties.kwh", event({ properties: { kwh: 1n } })],
      ["properties.when", event({ properties: { when: new Date() } })],
      ["precise_total_amount_cents", event({ precise_total_amount_cents: "1e400" })],
      ["precise_total_amount_cents", event({ precise_total_amount_cents: "0.0000000000000001" })],
      ["extra", { ...event(), extra: 1 }],
      ["event", null],
      ["event", "text"]
    ]
    const before = await run(stored)
    const error = await fail(ingest([event(), ...bad.map(([, item]) => item)]))
    expect(error).toMatchObject({ _tag: "EventBatchRejected" })
    const { items } = error as { items: ReadonlyArray<{ index: number; error: { _tag: string; field: string } }> }
    expect(items.map((item) => [item.index, item.error._tag, item.error.field])).toEqual(
      bad.map(([field], index) => [index + 1, "InvalidInput", field])
    )
    expect(await run(stored)).toEqual(before)
    expect(await run(ingest([event(), ...bad.map(([, item]) => item)], "valid"))).toMatchObject({ accepted: 1 })
  })

  it("refuses a code without a metric and takes unknown customers and subscriptions", async () => {
    const error = await fail(ingest([event({ code: "nothing" })]))
    expect(error).toMatchObject({ items: [{ index: 0, error: { _tag: "MetricNotFound", code: "nothing" } }] })
    expect(await run(ingest([event({ external_customer_id: "nobody", external_subscription_id: "none" })]))).toMatchObject({ accepted: 1 })
  })

  it("says which events do not count and why", async () => {
    const batch = [
      event({ properties: { kwh: "1e3" } }),
      event({ properties: {} }),
      event({ code: "users", properties: { user: "a", operation_type: "delete" } }),
      event({ code: "users", properties: { user: ["a"] } }),
      event({ code: "work", properties: { cpu: 1, hours: 0 } }),
      event({ code: "work", properties: { cpu: 1, hours: 2 } })
    ]
    const { accepted, uncounted } = await run(ingest(batch))
    expect(accepted).toBe(6)
    expect(uncounted.map(({ index, reason }) => [index, reason.reason, reason.property])).toEqual([
      [0, "not_a_decimal", "kwh"],
      [1, "missing_property", "kwh"],
      [2, "unknown_operation", "operation_type"],
      [3, "not_a_text", "user"],
      [4, "division_by_zero", null]
    ])
  })

  it("refuses no events and more than 10,000", async () => {
    expect(await fail(ingest([]))).toMatchObject({ _tag: "InvalidInput", field: "events" })
    expect(await fail(ingest(Array.from({ length: 10_001 }, () => null)))).toMatchObject({ _tag: "InvalidInput", field: "events" })
    expect(await fail(ingest("events" as never))).toMatchObject({ _tag: "InvalidInput", field: "events" })
  })

  it("streams from iterables and streams, reading on only when a batch is stored", async () => {
    const source = Array.from({ length: 1000 }, () => event())
    let read = 0
    const progress: Array<number> = []
    const lag: Array<number> = []
    async function* slowly() {
      for (const item of source) {
        read += 1
        yield item
      }
    }
    const options = {
      batch_size: 100,
      on_progress: ({ events }: { readonly events: number }) => {
        progress.push(events)
        lag.push(read - events)
      }
    }
    const total = await run(Effect.flatMap(Events, (service) => service.ingestStream(slowly(), options)))
    expect(total).toMatchObject({ accepted: 1000, duplicates: 0 })
    expect(progress).toEqual(Array.from({ length: 10 }, (_, i) => (i + 1) * 100))
    expect(Math.max(...lag)).toBeLessThanOrEqual(200)
    const again = [...source.slice(0, 5), null as never, { ...source[7]!, code: "users" }]
    const second = await run(Effect.flatMap(Events, (service) => service.ingestStream(Stream.fromIterable(again), { batch_size: 4 })))
    expect(second).toMatchObject({ accepted: 0, duplicates: 5, conflicts: 1 })
    expect(second.refused.map(({ index }) => index)).toEqual([5, 6])
  })

  it("lists in pages that partition, by ingestion and by time", async () => {
    const batch = Array.from({ length: 25 }, (_, i) =>
      event({ external_customer_id: "listed", timestamp: new Date(Date.UTC(2026, 4, 1 + (i % 3))) })
    )
    await run(ingest(batch))
    for (const order_by of ["created_at:desc", "created_at:asc", "timestamp:asc", "timestamp:desc"]) {
      const seen: Array<string> = []
      let after: string | null = null
      do {
        const page = await run(
          Effect.flatMap(Events, (service) => service.list({ external_customer_id: "listed", limit: 4, order_by, after, total: true }))
        )
        expect(page.total).toBe(25)
        seen.push(...page.items.map((item) => item.transaction_id))
        after = page.next
      } while (after !== null)
      expect([...seen].sort()).toEqual(batch.map((item) => item.transaction_id).sort())
    }
    const day = { from: "2026-05-02T00:00:00Z", to: "2026-05-03T00:00:00Z" }
    const page = await run(Effect.flatMap(Events, (service) => service.list({ ...day, code: "energy" })))
    expect(page.items).toHaveLength(8)
    expect(await run(Effect.flatMap(Events, (service) => service.list({ external_subscription_id: "nobody" })))).toMatchObject({
      items: []
    })
  })

  it("counts events by hour, empty hours as 0", async () => {
    await run(ingest([5, 65, 70, 190].map((minute) => event({ timestamp: new Date(Date.UTC(2027, 0, 1, 0, minute)) }))))
    const volume = await run(
      Effect.flatMap(Events, (service) => service.volume({ from: "2027-01-01T00:00:00Z", to: "2027-01-01T05:00:00Z" }))
    )
    expect(volume.map(({ events_count }) => events_count)).toEqual([1, 2, 0, 1, 0])
    expect(await fail(Effect.flatMap(Events, (service) => service.volume({ from: "2020-01-01T00:00:00Z" })))).toMatchObject({
      _tag: "InvalidInput"
    })
  })

  it("counts to the last hour there is", async () => {
    await run(ingest([event({ timestamp: "9999-12-31T23:30:00Z" })]))
    const volume = await run(
      Effect.flatMap(Events, (service) => service.volume({ from: "9999-12-31T22:00:00Z", to: "9999-12-31T23:59:59.999Z" }))
    )
    expect(volume.map(({ events_count }) => events_count)).toEqual([0, 1])
  })

  it("keeps organizations apart, with the same transaction ids", async () => {
    const shared = event()
    await run(ingest([shared]))
    const other = await engine.newOrganization()
    const elsewhere = Effect.provideService(CurrentOrganization, other)
    expect(await engine.fail(given(elsewhere(ingest([shared]))))).toMatchObject({ items: [{ error: { _tag: "MetricNotFound" } }] })
    expect(
      await engine.fail(given(elsewhere(Effect.flatMap(Events, (events) => events.get({ transaction_id: shared.transaction_id })))))
    ).toMatchObject({ _tag: "EventNotFound" })
  })

  it("never changes an event and never deletes one", async () => {
    const change = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE events SET code = 'other'`)
    const remove = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DELETE FROM events`)
    for (const attempt of [change, remove]) {
      const error = await fail(attempt)
      expect(String((error as { cause: unknown }).cause)).toContain("an event never changes")
    }
  })
})
