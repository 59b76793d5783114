/** Streams of events on both engines: back-pressure, progress, sources and batches that fail. */
import { Cause, Effect, Exit, Stream } from "effect"
import { expect, it } from "vitest"
import { type EventInput, Events, type StreamOptions } from "../../src/metering/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

let transactions = 0
const event = (more: Partial<EventInput> = {}): EventInput => ({
  transaction_id: `streamed-${++transactions}`,
  external_customer_id: "c",
  code: "calls",
  timestamp: "2026-03-01T00:00:00Z",
  ...more
})

const BATCH = 10

describeBilling("a stream of events", (host) => {
  const open = async () => {
    const tenant = await host.tenant()
    await tenant.metric("calls", { aggregation_type: "count" })
    return tenant
  }
  type Source = Iterable<EventInput> | AsyncIterable<EventInput> | Stream.Stream<EventInput, string>
  const stream = (tenant: Tenant, source: Source, options: StreamOptions = {}) =>
    tenant.run(Effect.exit(Effect.flatMap(Events, (events) => events.ingestStream(source, { batch_size: BATCH, ...options }))))
  const stored = (tenant: Tenant) =>
    tenant.run(
      Effect.map(
        Effect.flatMap(Events, (events) => events.list({ limit: 1, total: true })),
        ({ total }) => total
      )
    )

  it.each([
    [
      "an async iterable",
      (pull: () => EventInput) =>
        (async function* () {
          for (let i = 0; i < 45; i++) yield pull()
        })()
    ],
    [
      "an iterable",
      (pull: () => EventInput) =>
        (function* () {
          for (let i = 0; i < 45; i++) yield pull()
        })()
    ],
    ["a Stream", (pull: () => EventInput) => Stream.rechunk(Stream.take(Stream.repeatEffect(Effect.sync(pull)), 45), 1)]
  ])("is read from %s no faster than it is stored", async (_, sourceOf) => {
    const tenant = await open()
    let pulled = 0
    const source = sourceOf(() => {
      pulled += 1
      return event()
    })
    const ahead: Array<number> = []
    const progress: Array<number> = []
    const result = await stream(tenant, source, {
      on_progress: ({ accepted, events }) => {
        ahead.push(pulled - events)
        progress.push(accepted)
      }
    })
    expect(Exit.isSuccess(result) && result.value).toEqual({ accepted: 45, duplicates: 0, conflicts: 0, refused: [], uncounted: [] })
    expect(progress).toEqual([10, 20, 30, 40, 45])
    // At most the batch that is being stored, and one that is being read.
    expect(Math.max(...ahead)).toBeLessThanOrEqual(BATCH)
    expect(await stored(tenant)).toBe(45)
  })

  it("keeps what was stored where the source fails, and fails with its error", async () => {
    const tenant = await open()
    const source = Stream.concat(Stream.fromIterable(Array.from({ length: 25 }, () => event())), Stream.fail("the file ends here"))
    expect(await stream(tenant, Stream.rechunk(source, 1))).toEqual(Exit.fail("the file ends here"))
    expect(await stored(tenant)).toBe(25)
  })

  it("hands on what an async iterable throws, and closes it", async () => {
    const tenant = await open()
    let closed = false
    const broken = new Error("connection lost")
    async function* source() {
      try {
        for (let i = 0; i < 25; i++) yield event()
        throw broken
      } finally {
        closed = true
      }
    }
    const result = await stream(tenant, source())
    expect(Exit.isFailure(result) && Cause.squash(result.cause)).toHaveProperty("message", broken.message)
    expect(closed).toBe(true)
    expect(await stored(tenant)).toBe(25)
  })

  it("stops at the first batch that is refused whole, closes its source, and goes on where the others may be stored", async () => {
    const tenant = await open()
    const batches = () => [
      ...Array.from({ length: 12 }, () => event()),
      event({ code: "nothing" }),
      ...Array.from({ length: 12 }, () => event())
    ]
    let closed = 0
    function* source() {
      try {
        yield* batches()
      } finally {
        closed += 1
      }
    }
    const refused = await stream(tenant, source(), { mode: "all" })
    expect(refused).toMatchObject(
      Exit.fail({ _tag: "EventBatchRejected", items: [{ index: 2, error: { _tag: "MetricNotFound", code: "nothing" } }] })
    )
    expect([closed, await stored(tenant)]).toEqual([1, 10])
    const valid = await stream(tenant, source())
    expect(Exit.isSuccess(valid) && valid.value).toMatchObject({ accepted: 24, refused: [{ index: 12 }] })
    expect([closed, await stored(tenant)]).toEqual([2, 34])
  })
})
