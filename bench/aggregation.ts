/**
 * Aggregation: the usage of many subscriptions asked at once, held against the best SQL that was written by hand for each
 * question, exact like ours, over the same table and indexes.
 */
import { Effect } from "effect"
import { instant } from "../src/core/index.js"
import {
  type EventInput,
  Events,
  type MetricDefinition,
  Metrics,
  NOTHING_MORE,
  PLAIN,
  type UsageRequest,
  UsageStore
} from "../src/metering/index.js"
import { startPostgres } from "../test/support/postgres-server.js"
import { type BenchEngine, ORGANIZATION, postgresEngine, seconds, sqliteEngine } from "./engines.js"
import type { BenchLine } from "./line.js"

const SUBSCRIPTIONS = 20
const EVENTS_EACH = 5000
const BATCH = 10_000
const ROUNDS = 15
const FROM = Date.UTC(2026, 0, 1)
const TO = Date.UTC(2026, 1, 1)
const REGIONS = ["eu", "us", "asia"]

type Type = "count" | "sum" | "max" | "latest" | "unique_count"

const METRICS: ReadonlyArray<readonly [code: string, type: Type, field: string | null]> = [
  ["calls", "count", null],
  ["energy", "sum", "kwh"],
  ["peak", "max", "kwh"],
  ["gauge", "latest", "kwh"],
  ["seats", "unique_count", "seat"]
]

const event = (n: number, code: string): EventInput => ({
  transaction_id: `${code}_${n}`,
  external_customer_id: `customer_${n % SUBSCRIPTIONS}`,
  external_subscription_id: `subscription_${n % SUBSCRIPTIONS}`,
  code,
  timestamp: new Date(FROM + ((n * 7919) % 2_600_000) * 1000),
  properties: { kwh: String((n % 1000) / 100), region: REGIONS[n % 3], seat: `seat ${(n * 31) % 700}` }
})

const load = async (engine: BenchEngine) => {
  for (const [code, aggregation_type, field_name] of METRICS) {
    await engine.run(Effect.flatMap(Metrics, (metrics) => metrics.create({ code, name: code, aggregation_type, field_name })))
    for (let n = 0; n < SUBSCRIPTIONS * EVENTS_EACH; n += BATCH) {
      const events = Array.from({ length: BATCH }, (_, index) => event(n + index, code))
      await engine.run(Effect.flatMap(Events, (service) => service.ingest(events)))
    }
  }
  await engine.bare.query("ANALYZE", [])
}

const requests = (
  code: string,
  aggregation_type: Type,
  field_name: string | null,
  group_by: ReadonlyArray<string>
): ReadonlyArray<UsageRequest> => {
  const metric: MetricDefinition & { readonly code: string } = {
    code,
    aggregation_type,
    field_name,
    recurring: false,
    expression: null,
    value_mode: null,
    rounding_function: null,
    rounding_precision: null
  }
  return Array.from({ length: SUBSCRIPTIONS }, (_, n) => ({
    subject: {
      external_subscription_id: `subscription_${n}`,
      external_customer_id: `customer_${n}`,
      since: FROM,
      owned: [{ from: FROM, to: TO }]
    },
    metric,
    period: { from: instant(FROM), to: instant(TO) },
    buckets: { filters: [], own: { ...PLAIN, group_by } },
    needs: NOTHING_MORE
  }))
}

/** The question by hand: what is selected, and how it is grouped beside the subject. */
const byHand = ({ name }: BenchEngine, code: string, select: string, group: string) => {
  const subjects = Array.from({ length: SUBSCRIPTIONS }, (_, n) => `'s:subscription_${n}'`).join(", ")
  const [a, b, c] = name === "SQLite" ? ["?", "?", "?"] : ["$1::uuid", "$2::timestamptz", "$3::timestamptz"]
  return {
    text: `SELECT subject, count(*) AS n, ${select} FROM events WHERE organization_id = ${a} AND code = '${code}' AND subject IN (${subjects})
      AND timestamp >= ${b} AND timestamp < ${c} GROUP BY subject${group}`,
    parameters: [ORGANIZATION, new Date(FROM).toISOString(), new Date(TO).toISOString()]
  }
}

/** The best round of each, taken in turn, so that what else the machine does falls on both. */
const best = async (ours: () => Promise<unknown>, theirs: () => Promise<unknown>): Promise<readonly [ours: number, theirs: number]> => {
  let least: readonly [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    least = [Math.min(least[0], await seconds(ours)), Math.min(least[1], await seconds(theirs))]
  }
  return least
}

const latestByHand = (name: BenchEngine["name"]) =>
  name === "SQLite" ? "value_coefficient, max(timestamp)" : "(array_agg(value_coefficient ORDER BY timestamp DESC, sequence DESC))[1]"

const compare = async (engine: BenchEngine): Promise<ReadonlyArray<BenchLine>> => {
  await load(engine)
  const region = "properties ->> 'region'"
  const cases: ReadonlyArray<readonly [title: string, code: string, group_by: ReadonlyArray<string>, select: string, group: string]> = [
    ["count", "calls", [], "1", ""],
    ["sum", "energy", [], "CAST(sum(value_coefficient) AS TEXT) AS v", ""],
    ["max", "peak", [], "max(value_coefficient) AS v", ""],
    ["latest", "gauge", [], latestByHand(engine.name), ""],
    ["unique count", "seats", [], "count(DISTINCT value_text) AS v", ""],
    ["sum by a group", "energy", ["region"], `CAST(sum(value_coefficient) AS TEXT) AS v, ${region} AS region`, `, ${region}`]
  ]
  const lines: Array<BenchLine> = []
  for (const [title, code, group_by, select, group] of cases) {
    const [, type, field] = METRICS.find(([name]) => name === code)!
    const asked = requests(code, type, field, group_by)
    const hand = byHand(engine, code, select, group)
    const [ours, theirs] = await best(
      () => engine.run(Effect.flatMap(UsageStore, (store) => store.aggregate(asked))),
      () => engine.bare.query(hand.text, hand.parameters)
    )
    const ratio = ours / theirs
    lines.push({
      name: `${title} of ${SUBSCRIPTIONS} × ${EVENTS_EACH} events, ${engine.name}`,
      value: ours * 1000,
      unit: "ms",
      baseline: { name: "by hand", value: theirs * 1000 },
      ratio,
      target: "≤ 1.5 × by hand",
      ok: ratio <= 1.5
    })
  }
  return lines
}

export const aggregationBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  const lines: Array<BenchLine> = []
  try {
    for (const open of [sqliteEngine, () => postgresEngine(server.url)]) {
      const engine = await open()
      lines.push(...(await compare(engine)))
      await engine.close()
    }
    return lines
  } finally {
    await server.stop()
  }
}
