/**
 * Usage by days: how long the current usage of a subscription takes with a million events behind it, and with ten times the events
 * (100,000 and 1,000,000); how long these are recounted; and what slots and alerts cost ingestion, which is held against the
 * same events that are added to no slot and that nobody watches.
 */
import { pathToFileURL } from "node:url"
import { Context, Layer } from "effect"
import { testClock } from "../adapters/testing/index.js"
import { createBilling, type OrganizationBilling } from "../src/client/index.js"
import { EventStore } from "../src/metering/index.js"
import { startPostgres } from "../test/support/postgres-server.js"
import { apart } from "./apart.js"
import { atRest, CUSTOMER, copy, type Engine, engineAt, SUBSCRIPTION } from "./databases.js"
import { type BenchLine, lineText } from "./line.js"
import { whereAsked } from "./on-engines.js"

const FEW = 100_000
const MANY = 1_000_000
const READS = 1000
/** Before it is measured, so that the code is compiled, as it is in a host that is asked on every page. */
const WARM = 2000
const SUBSCRIPTIONS = 500
const ALERTS = 10
const EVENTS = 60_000
const BATCH = 5000
const ROUNDS = 3
const START = Date.UTC(2026, 0, 1)
/** Of the days that events are spread over. */
const SECONDS = 2_600_000

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const before = performance.now()
  await work()
  return (performance.now() - before) / 1000
}

/** A database with one metric, customer, plan and subscription, in the middle of a month. */
export const opened = async (engine: Engine, database = engine.database) => {
  const billing = await createBilling({ database, migrate: true, clock: testClock("2026-01-20T00:00:00Z") })
  const { id } = await billing.organizations.create({ name: "Acme" })
  const acme = billing.organization(id)
  await acme.metrics.create({ code: "energy", name: "Energy", aggregation_type: "sum", field_name: "kwh" })
  await acme.plans.create({
    code: "plan",
    name: "Plan",
    interval: "monthly",
    amount_cents: 0n,
    currency: "EUR",
    charges: [{ metric_code: "energy", charge_model: "standard", properties: { amount: "0.25" } }]
  })
  await acme.customers.create({ external_id: "c0", name: "Customer", currency: "EUR" })
  const started_at = new Date(START)
  await acme.subscriptions.create({ external_id: "s0", external_customer_id: "c0", plan_code: "plan", started_at })
  return { billing, acme, id }
}

/** Events of the subscription, as ingestion stores them but for their slots. */
export const insertEvents = (engine: Engine, organization: string, from: number, to: number) => {
  const n = `CAST(s.n + ${from} AS bigint)`
  const second = `${START / 1000} + (${n} * 7919) % ${SECONDS}`
  const [timestamp, properties, at] =
    engine.name === "SQLite"
      ? [`strftime('%Y-%m-%dT%H:%M:%fZ', ${second}, 'unixepoch')`, `'{"kwh":"' || ${n} % 97 || '"}'`, "'2026-01-20T00:00:00.000Z'"]
      : [`to_timestamp(${second})`, `('{"kwh":"' || ${n} % 97 || '"}')::jsonb`, "now()"]
  const hex = engine.name === "SQLite" ? `printf('%012x', ${n})` : `lpad(to_hex(${n}), 12, '0')`
  const id = `'0190a000-0003-7000-8000-' || ${hex}`
  return engine.execute(
    `INSERT INTO events (id, organization_id, transaction_id, external_customer_id, subject, code, timestamp, properties, value_coefficient,
      value_scale, tally, content_fingerprint, created_at, updated_at)
    SELECT ${engine.name === "SQLite" ? id : `(${id})::uuid`}, '${organization}', 't' || ${n}, 'c0', 'c:c0', 'energy', ${timestamp}, ${properties},
      ${n} % 97 * 1000000, 6, 1, ${n}, ${at}, ${at} FROM ${engine.numbers(to - from)} s`
  )
}

/** Milliseconds that 99 of 100 reads stay below, and half of them. */
const readTimes = async (acme: OrganizationBilling) => {
  const times: Array<number> = []
  for (let read = -WARM; read < READS; read++) {
    const took = await seconds(() => acme.usage.current({ external_id: "s0" }))
    if (read >= 0) times.push(took * 1000)
  }
  times.sort((a, b) => a - b)
  return { p99: times[Math.floor(READS * 0.99)]!, median: times[READS / 2]! }
}

const reads = async (engine: Engine): Promise<ReadonlyArray<BenchLine>> => {
  const { acme, billing, id } = await opened(engine)
  try {
    await insertEvents(engine, id, 0, FEW)
    await acme.dailyUsages.recount()
    const few = await readTimes(acme)
    await insertEvents(engine, id, FEW, MANY)
    await engine.execute("DELETE FROM usage_slots")
    const recount = await seconds(() => acme.dailyUsages.recount())
    const { corrected } = await acme.dailyUsages.recount()
    const [charge] = (await acme.usage.current({ external_id: "s0" })).charges
    if (corrected !== 0 || charge!.events_count !== MANY)
      throw new Error(`${charge!.events_count} events of ${MANY}, ${corrected} corrected`)
    await atRest(engine)
    const many = await readTimes(acme)
    return [
      {
        name: `current usage with 1,000,000 events behind it, p99, ${engine.name}`,
        value: many.p99,
        unit: "ms",
        baseline: { name: "median", value: many.median },
        target: "< 5 ms",
        ok: many.p99 < 5
      },
      {
        name: `current usage with 10 × the events, median, ${engine.name}`,
        value: many.median / few.median,
        unit: "×",
        target: "no slower: ≤ 1.2 ×, as far as two runs tell",
        ok: many.median / few.median <= 1.2
      },
      { name: `recount of 1,000,000 events, ${engine.name}`, value: recount, unit: "s", target: "< 10 s", ok: recount < 10 }
    ]
  } finally {
    await billing.close()
    await engine.drop()
  }
}

/** The database with events that are added to no slot. */
const withoutSlots = (database: Engine["database"]): Engine["database"] => ({
  ...database,
  layer: Layer.map(database.layer, (stores) => {
    const store = Context.get(stores, EventStore)
    const append: typeof store.append = (events, now) =>
      store.append(
        events.map((event) => ({ ...event, split: null })),
        now
      )
    return Context.add(stores, EventStore, { ...store, append })
  })
})

/** Seconds that ingestion takes, into subscriptions that exist. */
const ingestion = async (engine: Engine, watched: boolean): Promise<number> => {
  const { acme, billing } = await opened(engine, watched ? engine.database : withoutSlots(engine.database))
  try {
    await copy(engine, "customers", CUSTOMER, { id: engine.id("01"), external_id: engine.text("c") }, SUBSCRIPTIONS - 1)
    const anew = { id: engine.id("02"), external_id: engine.text("s"), customer_id: engine.id("01") }
    await copy(engine, "subscriptions", SUBSCRIPTION, anew, SUBSCRIPTIONS - 1)
    for (let n = 0; watched && n < ALERTS; n++) {
      const alert = { metric_code: "energy", name: `Alert ${n}`, threshold_value: "100", recurring: true }
      await acme.usageAlerts.create({ external_subscription_id: `s${n}`, ...alert })
    }
    const batches = Array.from({ length: EVENTS / BATCH }, (_, batch) =>
      Array.from({ length: BATCH }, (_, index) => {
        const n = batch * BATCH + index
        return {
          transaction_id: `tx_${((n * 2_654_435_761) >>> 0).toString(16)}_${n}`,
          external_customer_id: `c${n % SUBSCRIPTIONS}`,
          external_subscription_id: n % 2 === 0 ? `s${n % SUBSCRIPTIONS}` : null,
          code: "energy",
          timestamp: new Date(START + n * 1000).toISOString(),
          properties: { kwh: String((n % 1000) / 100), region: n % 3 === 0 ? "eu" : "us", session: n }
        }
      })
    )
    return await seconds(async () => {
      for (const batch of batches) await acme.events.ingest(batch)
    })
  } finally {
    await billing.close()
    await engine.drop()
  }
}

/** In turn and the least of each, since the machine has other things to do. */
const cost = async (make: () => Promise<Engine>): Promise<BenchLine> => {
  let [bare, watched] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let name = ""
  for (let round = 0; round < ROUNDS; round++) {
    const engine = await make()
    name = engine.name
    bare = Math.min(bare, await ingestion(engine, false))
    watched = Math.min(watched, await ingestion(await make(), true))
  }
  const ratio = watched / bare
  return {
    name: `ingestion with slots and ${ALERTS} alerts, ${name}`,
    value: EVENTS / watched,
    unit: "events/s",
    baseline: { name: "without", value: EVENTS / bare },
    ratio,
    target: "≤ 1.3 × the time",
    ok: ratio <= 1.3
  }
}

export const usageBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    const lines: Array<BenchLine> = []
    for (const url of [undefined, server.url]) {
      lines.push(
        ...((await apart(import.meta.url, "reads", ...(url === undefined ? [] : [url]))) as ReadonlyArray<BenchLine>),
        await cost(() => engineAt(url))
      )
    }
    return lines
  } finally {
    await server.stop()
  }
}

await whereAsked("reads", reads)
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const line of await usageBench()) process.stdout.write(`${lineText(line)}\n`)
}
