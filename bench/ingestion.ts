/**
 * Ingestion: events a second through the service, held against the bare driver inserting the same rows into the same table
 * with the same indexes by multi-row inserts, in transactions of the same size; and the memory that a million events take.
 */
import { Effect } from "effect"
import { type EventInput, Events, Metrics } from "../src/metering/index.js"
import { startPostgres } from "../test/support/postgres-server.js"
import { apart } from "./apart.js"
import { type BenchEngine, postgresEngine, seconds, sqliteEngine } from "./engines.js"
import type { BenchLine } from "./line.js"

const EVENTS = 60_000
const BATCH = 5000
const ROUNDS = 2
/** Rows of one insert that the bare driver is tried with; the best counts. */
const ROWS = [100, 1000]
const MANY = 1_000_000
const MEGABYTE = 1024 * 1024

const event = (n: number): EventInput => ({
  transaction_id: `tx_${((n * 2_654_435_761) >>> 0).toString(16)}_${n}`,
  external_customer_id: `customer_${n % 500}`,
  external_subscription_id: n % 2 === 0 ? `subscription_${n % 500}` : null,
  code: "energy",
  timestamp: new Date(1_767_225_600_000 + n * 1000).toISOString(),
  properties: { kwh: String((n % 1000) / 100), region: n % 3 === 0 ? "eu" : "us", session: n }
})

const metric = Effect.flatMap(Metrics, (metrics) =>
  metrics.create({ code: "energy", name: "Energy", aggregation_type: "sum", field_name: "kwh" })
)

const batches = (events: ReadonlyArray<EventInput>): ReadonlyArray<ReadonlyArray<EventInput>> =>
  Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) => events.slice(index * BATCH, (index + 1) * BATCH))

const ingest = (engine: BenchEngine, events: ReadonlyArray<EventInput>) =>
  seconds(() =>
    engine.run(Effect.flatMap(Events, (service) => Effect.forEach(batches(events), (batch) => service.ingest(batch), { discard: true })))
  )

/** The rows that the library stored, as the bare driver can insert them again. */
const storedRows = async ({ bare, name }: BenchEngine) => {
  const json = name === "Postgres" ? "properties::text AS properties" : "properties"
  const columns = `id, organization_id, transaction_id, external_customer_id, external_subscription_id, subject, code, timestamp, ${json},
    precise_total_amount_cents, value_coefficient, value_scale, value_text, tally, content_fingerprint, created_at, updated_at`
  const rows = await bare.query(`SELECT ${columns} FROM events ORDER BY sequence`, [])
  return { columns: Object.keys(rows[0]!), rows: rows.map((row) => Object.values(row)) }
}

const insertRows = async (
  { bare, name }: BenchEngine,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<unknown>>,
  size: number
) => {
  let place = 0
  const mark = () => (name === "SQLite" ? "?" : `$${++place}`)
  const tuples = Array.from({ length: size }, () => `(${columns.map(mark).join(", ")})`)
  const statement = `INSERT INTO events (${columns.join(", ")}) VALUES ${tuples.join(", ")}`
  for (let from = 0; from < rows.length; from += BATCH) {
    await bare.transaction(async () => {
      for (let at = from; at < Math.min(from + BATCH, rows.length); at += size)
        await bare.query(statement, rows.slice(at, at + size).flat())
    })
  }
}

/** Best of some rounds, each on a database of its own, the library's and the driver's in turn. */
const compare = async (open: () => Promise<BenchEngine>): Promise<BenchLine> => {
  const events = Array.from({ length: EVENTS }, (_, n) => event(n))
  let [ours, theirs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let name = ""
  for (let round = 0; round < ROUNDS; round++) {
    const first = await open()
    name = first.name
    await first.run(metric)
    ours = Math.min(ours, await ingest(first, events))
    const { columns, rows } = await storedRows(first)
    await first.close()
    for (const size of ROWS) {
      const second = await open()
      theirs = Math.min(theirs, await seconds(() => insertRows(second, columns, rows, size)))
      await second.close()
    }
  }
  const ratio = theirs / ours
  return {
    name: `ingestion, ${name}`,
    value: EVENTS / ours,
    unit: "events/s",
    baseline: { name: "bare driver, multi-row inserts", value: EVENTS / theirs },
    ratio,
    target: "≥ 0.5 × the bare driver",
    ok: ratio >= 0.5
  }
}

/** Streams a million events into a file and reports the most memory that the process had. */
const million = async () => {
  const engine = await sqliteEngine()
  await engine.run(metric)
  let most = 0
  async function* events() {
    for (let n = 0; n < MANY; n++) yield event(n)
  }
  const on_progress = () => {
    most = Math.max(most, process.memoryUsage.rss())
  }
  const took = await seconds(() =>
    engine.run(Effect.flatMap(Events, (service) => service.ingestStream(events(), { batch_size: BATCH, on_progress })))
  )
  await engine.close()
  return { most, took }
}

const memory = async (): Promise<ReadonlyArray<BenchLine>> => {
  const { most, took } = (await apart(import.meta.url, "million")) as { readonly most: number; readonly took: number }
  const megabytes = most / MEGABYTE
  return [
    { name: "memory for 1,000,000 events, SQLite", value: megabytes, unit: "MB", target: "< 400 MB", ok: megabytes < 400 },
    { name: "1,000,000 events streamed, SQLite", value: MANY / took, unit: "events/s" }
  ]
}

export const ingestionBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    return [await compare(sqliteEngine), await compare(() => postgresEngine(server.url)), ...(await memory())]
  } finally {
    await server.stop()
  }
}

if (process.argv[2] === "million" && process.send !== undefined) process.send(await million())
