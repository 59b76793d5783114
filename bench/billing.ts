/**
 * The billing run: invoices a second on both engines, and how its time grows with subscriptions and with the events behind
 * each. The rows are copies of one customer and one subscription that the services made; what is timed is `billDue` alone.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { createBilling } from "../src/client/index.js"
import { startPostgres } from "../test/support/postgres-server.js"
import { apart, peakMegabytes } from "./apart.js"
import { CUSTOMER, copy, type Engine, postgresEngine, SUBSCRIPTION, sqliteEngine } from "./databases.js"
import { type BenchLine, lineText } from "./line.js"

/** Subscriptions since January 2026 with so many events each. Answers their organization. */
const seed = async (engine: Engine, subscriptions: number, events: number): Promise<string> => {
  const billing = await createBilling({ database: engine.database, migrate: true })
  try {
    const { id } = await billing.organizations.create({ name: "Acme" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "acme", name: "Acme", currency: "EUR" })
    await acme.taxes.create({ code: "vat", name: "VAT", rate: "0.20", applied_to_organization: true })
    await acme.metrics.create({ code: "calls", name: "Calls", aggregation_type: "sum", field_name: "n" })
    await acme.plans.create({
      code: "plan",
      name: "Plan",
      interval: "monthly",
      amount_cents: 4900n,
      currency: "EUR",
      charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "0.0125" } }]
    })
    await acme.customers.create({ external_id: "c0", name: "Customer", currency: "EUR" })
    await acme.subscriptions.create({
      external_id: "s0",
      external_customer_id: "c0",
      plan_code: "plan",
      started_at: "2026-01-01T00:00:00Z"
    })
    await copy(engine, "customers", CUSTOMER, { id: engine.id("01"), external_id: engine.text("c") }, subscriptions - 1)
    const anew = { id: engine.id("02"), external_id: engine.text("s"), customer_id: engine.id("01") }
    await copy(engine, "subscriptions", SUBSCRIPTION, anew, subscriptions - 1)
    for (let done = 0, batch = 10_000; done < subscriptions * events; done += batch) {
      const count = Math.min(batch, subscriptions * events - done)
      await acme.events.ingest(
        Array.from({ length: count }, (_, index) => {
          const n = done + index
          return {
            transaction_id: `t${n}`,
            external_customer_id: `c${n % subscriptions}`,
            code: "calls",
            timestamp: new Date(1_767_225_600_000 + ((n * 7919) % 2_600_000) * 1000),
            properties: { n: String(n % 97) }
          }
        })
      )
    }
    return id
  } finally {
    await billing.close()
  }
}

/**
 * Bills January 2026; answers seconds and invoices. On a Postgres without statistics, the hardest case: autovacuum has not
 * seen these rows yet.
 */
const bill = async (
  engine: Engine,
  organization: string,
  subscriptions: number
): Promise<{ readonly seconds: number; readonly invoices: number }> => {
  const billing = await createBilling({ database: engine.database })
  try {
    const before = performance.now()
    const { failures, invoices } = await billing.organization(organization).billDue({ now: "2026-02-01T00:00:00Z" })
    const seconds = (performance.now() - before) / 1000
    if (failures.length > 0 || invoices !== subscriptions)
      throw new Error(`${invoices} invoices of ${subscriptions}, ${failures.length} failures`)
    return { seconds, invoices }
  } finally {
    await billing.close()
  }
}

const FEW = 1000
const MANY = 10_000
const SAMPLE = 300
const ROUNDS = 3

const linesOf = async (make: () => Promise<Engine>): Promise<ReadonlyArray<BenchLine>> => {
  const timed = async (subscriptions: number, events: number) => {
    const engine = await make()
    try {
      return { name: engine.name, ...(await bill(engine, await seed(engine, subscriptions, events), subscriptions)) }
    } finally {
      await engine.drop()
    }
  }
  const few = await timed(FEW, 10)
  const many = await timed(MANY, 10)
  // In turn and the least of each, since the machine has other things to do.
  let [quiet, busy] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    quiet = Math.min(quiet, (await timed(SAMPLE, 10)).seconds)
    busy = Math.min(busy, (await timed(SAMPLE, 1000)).seconds)
  }
  const perSecond = ({ invoices, seconds }: { readonly invoices: number; readonly seconds: number }) => invoices / seconds
  const growth = many.seconds / few.seconds
  const events = busy / quiet
  return [
    {
      name: `billing run of ${MANY} subscriptions, ${many.name}`,
      value: perSecond(many),
      unit: "invoices/s",
      baseline: { name: `${FEW} subscriptions`, value: perSecond(few) },
      ratio: perSecond(many) / perSecond(few),
      target: "≥ 200/s",
      ok: perSecond(many) >= 200
    },
    { name: `time for 10 × the subscriptions, ${many.name}`, value: growth, unit: "×", target: "≤ 12 ×", ok: growth <= 12 },
    {
      name: `time for 100 × the events of a subscription, ${many.name}`,
      value: events,
      unit: "×",
      target: "≤ 1.3 ×",
      ok: events <= 1.3
    }
  ]
}

/** The most memory of a process that bills. */
const memory = async (): Promise<BenchLine> => {
  const directory = mkdtempSync(join(tmpdir(), "billwright-bench-"))
  const organization = await apart(import.meta.url, "seed", directory)
  const megabytes = Number(await apart(import.meta.url, "bill", directory, String(organization)))
  rmSync(directory, { recursive: true, force: true })
  return {
    name: `memory for a run of ${MANY} subscriptions, SQLite`,
    value: megabytes,
    unit: "MB",
    target: "< 400 MB",
    ok: megabytes < 400
  }
}

export const billingBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    return [...(await linesOf(() => sqliteEngine())), ...(await linesOf(() => postgresEngine(server.url))), await memory()]
  } finally {
    await server.stop()
  }
}

const [, , part, directory, organization] = process.argv
if (process.send !== undefined && (part === "seed" || part === "bill")) {
  const engine = await sqliteEngine(directory)
  if (part === "seed") process.send(await seed(engine, MANY, 10))
  else {
    await bill(engine, organization ?? "", MANY)
    process.send(peakMegabytes())
  }
} else if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const line of await billingBench()) process.stdout.write(`${lineText(line)}\n`)
}
