/**
 * The billing run over subscriptions of all sorts: monthly, weekly and yearly, in advance and in arrears, with a trial or a
 * commitment, usage of several models; by one process and by two at once. And the preview of a change of plan. The rows are
 * copies of one subscription of each sort that the services made; what is timed is `billDue` alone.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, type Layer, ManagedRuntime } from "effect"
import { postgres, layer as postgresLayer } from "../adapters/postgres/index.js"
import { tablesOf } from "../adapters/sql/migrate.js"
import { sqliteDialect } from "../adapters/sqlite/dialect.js"
import { sqlite, layer as sqliteLayer } from "../adapters/sqlite/index.js"
import { testClock } from "../adapters/testing/index.js"
import { createBilling, type Database, type OrganizationBilling } from "../src/client/index.js"
import { billInProcesses } from "../test/support/bill-processes.js"
import { freshDatabase } from "../test/support/postgres.js"
import { startPostgres } from "../test/support/postgres-server.js"
import type { BenchLine } from "./line.js"

interface Engine {
  readonly name: string
  readonly url: string
  readonly database: Database<never>
  readonly client: Layer.Layer<SqlClient.SqlClient, unknown>
  /** Rows 1 to `count` as `n`, and an id of each. */
  readonly numbers: (count: number) => string
  readonly id: (kind: number) => string
  readonly drop: () => void | Promise<void>
}

const sqliteEngine = async (): Promise<Engine> => {
  const directory = mkdtempSync(join(tmpdir(), "billwright-bench-"))
  const filename = join(directory, "billing.db")
  return {
    name: "SQLite",
    url: filename,
    database: sqlite(filename, { durability: "normal" }) as Database<never>,
    client: sqliteLayer({ filename, durability: "normal" }),
    numbers: (count) => `(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT n FROM s)`,
    id: (kind) => `printf('0190a000-${String(kind).padStart(4, "0")}-7000-8000-%012x', s.n)`,
    drop: () => rmSync(directory, { recursive: true, force: true })
  }
}

const postgresEngine = (server: string) => async (): Promise<Engine> => {
  const { drop, url } = await freshDatabase({ server })
  return {
    name: "Postgres",
    url,
    database: postgres(url) as Database<never>,
    client: postgresLayer({ url }),
    numbers: (count) => `(SELECT generate_series(1, ${count}) AS n)`,
    id: (kind) => `('0190a000-${String(kind).padStart(4, "0")}-7000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid`,
    drop
  }
}

const BOUNDARY = "2026-02-01T00:00:00Z"

/** All of them have a period that ends at the boundary. */
const SORTS = (["p", "q", "r", "committed", "weekly", "yearly"] as const).flatMap((plan_code) =>
  [false, true].map((pay_in_advance) => ({
    plan_code,
    pay_in_advance,
    started_at: plan_code === "weekly" ? "2026-01-25T00:00:00Z" : plan_code === "yearly" ? "2025-02-01T00:00:00Z" : "2026-01-01T00:00:00Z",
    billing_time: plan_code === "weekly" || plan_code === "yearly" ? ("anniversary" as const) : ("calendar" as const),
    trial_period_days: plan_code === "r" ? 45 : 0
  }))
)

const tier = (from_value: string, to_value: string | null, per_unit_amount: string) => ({
  from_value,
  to_value,
  per_unit_amount,
  flat_amount: "0"
})
const TIERS = [tier("0", "100", "0.05"), tier("100", null, "0.02")]

const makeCatalogue = async (acme: OrganizationBilling) => {
  await acme.billingEntities.create({ code: "acme", name: "Acme", currency: "EUR" })
  await acme.taxes.create({ code: "vat", name: "VAT", rate: "0.20", applied_to_organization: true })
  await acme.metrics.create({ code: "calls", name: "Calls", aggregation_type: "sum", field_name: "n" })
  await acme.metrics.create({ code: "peak", name: "Peak", aggregation_type: "max", field_name: "n" })
  const calls = { metric_code: "calls", charge_model: "standard" as const, properties: { amount: "0.0125" } }
  const graduated = { metric_code: "calls", charge_model: "graduated" as const, properties: { graduated_ranges: TIERS } }
  const volume = { metric_code: "peak", charge_model: "volume" as const, properties: { volume_ranges: TIERS } }
  const packaged = {
    metric_code: "calls",
    charge_model: "package" as const,
    properties: { amount: "0.50", package_size: "100", free_units: "10" }
  }
  const plans = [
    { code: "p", charges: [calls] },
    { code: "q", charges: [graduated, volume] },
    { code: "r", charges: [packaged, volume] },
    { code: "committed", charges: [calls, volume], commitment: { amount_cents: "9000" } },
    { code: "weekly", interval: "weekly" as const, charges: [calls] },
    { code: "yearly", interval: "yearly" as const, charges: [graduated] }
  ]
  for (const [index, plan] of plans.entries()) {
    await acme.plans.create({ name: plan.code, interval: "monthly", amount_cents: BigInt(4900 + index), currency: "EUR", ...plan })
  }
}

/** One subscription of each sort, made at its start, and `copies` more. */
const populate = async (engine: Engine, acme: OrganizationBilling, clock: ReturnType<typeof testClock>, copies: number) => {
  for (const [sort, { started_at, ...input }] of [...SORTS.entries()].sort(([, a], [, b]) => (a.started_at < b.started_at ? -1 : 1))) {
    clock.set(started_at)
    await acme.customers.create({ external_id: `c${sort}-0`, name: "Customer", currency: "EUR" })
    await acme.subscriptions.create({ external_id: `s${sort}-0`, external_customer_id: `c${sort}-0`, ...input })
  }
  const columnsOf = (table: string) => Object.keys(tablesOf(sqliteDialect).find(({ name }) => name === table)!.columns)
  const runtime = ManagedRuntime.make(engine.client)
  const copy = (table: string, anew: Readonly<Record<string, string>>, original: string) => {
    const columns = columnsOf(table)
    const values = columns.map((column) => anew[column] ?? `t.${column}`).join(", ")
    const statement = `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM ${table} t, ${engine.numbers(copies)} s WHERE t.external_id = '${original}'`
    return runtime.runPromise(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)))
  }
  for (const sort of SORTS.keys()) {
    const customer = engine.id(2 * sort)
    await copy("customers", { id: customer, external_id: `'c${sort}-' || s.n` }, `c${sort}-0`)
    await copy("subscriptions", { id: engine.id(2 * sort + 1), external_id: `'s${sort}-' || s.n`, customer_id: customer }, `s${sort}-0`)
  }
  await runtime.dispose()
}

const EVENTS = 6

const ingest = async (acme: OrganizationBilling, copies: number) => {
  const total = SORTS.length * (copies + 1) * EVENTS
  for (let done = 0; done < total; done += 10_000) {
    await acme.events.ingest(
      Array.from({ length: Math.min(10_000, total - done) }, (_, index) => {
        const n = done + index
        const subscription = Math.floor(n / EVENTS)
        return {
          transaction_id: `t${n}`,
          external_customer_id: `c${subscription % SORTS.length}-${Math.floor(subscription / SORTS.length)}`,
          code: n % 3 === 0 ? "peak" : "calls",
          timestamp: new Date(Date.UTC(2026, 0, 26) + ((n * 7919) % 500_000) * 1000),
          properties: { n: String(n % 97) }
        }
      })
    )
  }
}

/** A database with `copies` more of each sort, all due. */
const opened = async (make: () => Promise<Engine>, copies: number) => {
  const engine = await make()
  const clock = testClock("2025-01-01T00:00:00Z")
  const billing = await createBilling({ database: engine.database, migrate: true, clock })
  const { id } = await billing.organizations.create({ name: "Acme" })
  const acme = billing.organization(id)
  await makeCatalogue(acme)
  await populate(engine, acme, clock, copies)
  await ingest(acme, copies)
  clock.set(BOUNDARY)
  const close = async () => {
    await billing.close()
    await engine.drop()
  }
  return { acme, engine, id, close }
}

const perSecond = (name: string, invoices: number, seconds: number): BenchLine => ({
  name,
  value: invoices / seconds,
  unit: "invoices/s",
  target: "≥ 200/s",
  ok: invoices / seconds >= 200
})

const SUBSCRIPTIONS = 10_000
const PREVIEWS = 200

const linesOf = async (make: () => Promise<Engine>): Promise<ReadonlyArray<BenchLine>> => {
  const copies = Math.ceil(SUBSCRIPTIONS / SORTS.length) - 1
  const all = SORTS.length * (copies + 1)
  const what = (engine: Engine, processes: string) => `billing run of ${all} mixed subscriptions, ${engine.name}, ${processes}`
  const lines: Array<BenchLine> = []

  const alone = await opened(make, copies)
  try {
    const { acme, engine } = alone
    const times: Array<number> = []
    for (let n = 0; n < PREVIEWS; n++) {
      const begin = performance.now()
      await acme.subscriptions.previewPlanChange(
        { external_id: `s${n % 2}-${n + 1}` },
        { plan_code: "committed", at: "2026-01-28T00:00:00Z" }
      )
      times.push(performance.now() - begin)
    }
    const median = times.toSorted((a, b) => a - b)[PREVIEWS / 2]!
    lines.push({ name: `preview of a change of plan, ${engine.name}`, value: median, unit: "ms", target: "< 20 ms", ok: median < 20 })
    const before = performance.now()
    const { failures, invoices } = await acme.billDue()
    const seconds = (performance.now() - before) / 1000
    if (failures.length > 0 || invoices !== all) throw new Error(`${invoices} invoices of ${all}, ${failures.length} failures`)
    lines.push(perSecond(what(engine, "one process"), invoices, seconds))
  } finally {
    await alone.close()
  }

  const shared = await opened(make, copies)
  try {
    const { acme, engine, id } = shared
    const { runs, seconds } = await billInProcesses(2, engine.url, id, BOUNDARY)
    const invoices = runs.reduce((sum, run) => sum + run.invoices, 0)
    if (runs.some(({ failures }) => failures > 0) || invoices !== all || (await acme.billDue()).pieces !== 0)
      throw new Error(`${invoices} invoices of ${all} by two processes`)
    lines.push(perSecond(what(engine, "two processes"), invoices, seconds))
  } finally {
    await shared.close()
  }
  return lines
}

export const mixedBillingBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    return [...(await linesOf(sqliteEngine)), ...(await linesOf(postgresEngine(server.url)))]
  } finally {
    await server.stop()
  }
}
