/** A million fees as CSV into a folder, on each engine: how long, and how much memory the process gains meanwhile. */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { exportsTo, folder } from "../adapters/exports/index.js"
import { feesTable } from "../adapters/sql/invoicing/tables.js"
import { createBilling } from "../src/client/index.js"
import { copy, type Engine } from "./databases.js"
import type { BenchLine } from "./line.js"
import { onEngines, whereAsked } from "./on-engines.js"

const FEES = 1_000_000
const MOST_SECONDS = 60
const MOST_MEGABYTES = 200

const megabytes = (): number => process.memoryUsage().rss / 2 ** 20

/** Runs work; answers how long it took, and how much more memory the process had at most. */
const measured = async (work: () => Promise<void>) => {
  const before = megabytes()
  let most = before
  const look = setInterval(() => {
    most = Math.max(most, megabytes())
  }, 20)
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  clearInterval(look)
  return { seconds, gained: most - before, most }
}

const over = async (engine: Engine): Promise<ReadonlyArray<BenchLine>> => {
  const directory = mkdtempSync(join(tmpdir(), "billwright-bench-exports-"))
  const billing = await createBilling({ database: engine.database, migrate: true, exports: exportsTo(folder(directory)) })
  try {
    const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
    const acme = billing.organization(id)
    await acme.plans.create({ code: "plan", name: "Plan", interval: "monthly", amount_cents: 4900n })
    await acme.customers.create({ external_id: "c", name: "Customer" })
    await acme.subscriptions.create({ external_id: "s", external_customer_id: "c", plan_code: "plan", started_at: "2026-01-01T00:00:00Z" })
    await acme.billDue({ now: "2026-02-01T00:00:00Z" })
    // Fees that wait for an invoice: those of a final one are guarded.
    const waiting = { id: engine.id("01"), invoice_id: "NULL", subscription_id: "NULL", fee_type: "'add_on'", payment_status: "'pending'" }
    await copy(engine, "fees", Object.keys(feesTable.columns), waiting, FEES)

    const asked = await acme.dataExports.create({ export_type: "fees" })
    const { gained, most, seconds } = await measured(async () => {
      await billing.exports.runNext()
    })
    const made = await acme.dataExports.get(asked.id)
    if (made.status !== "completed" || made.record_count !== FEES + 1)
      throw new Error(`${made.status}: ${made.record_count} rows, ${made.error_message}`)
    const size = statSync(join(directory, made.file_path!)).size / 2 ** 20
    return [
      {
        name: `export of ${FEES} fees, ${Math.round(size)} MB of CSV, ${engine.name}`,
        value: seconds,
        unit: "s",
        target: `< ${MOST_SECONDS} s`,
        ok: seconds < MOST_SECONDS
      },
      {
        name: `memory gained meanwhile, ${engine.name} (of ${Math.round(most)} MB in all)`,
        value: gained,
        unit: "MB",
        target: `< ${MOST_MEGABYTES} MB`,
        ok: gained < MOST_MEGABYTES
      }
    ]
  } finally {
    await billing.close()
    rmSync(directory, { recursive: true, force: true })
    await engine.drop()
  }
}

export const exportsBench = (): Promise<ReadonlyArray<BenchLine>> => onEngines(import.meta.url, "export")

await whereAsked("export", over)
