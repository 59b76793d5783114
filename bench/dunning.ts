/**
 * A dunning run on Postgres over many overdue invoices, and the charges that it calls for, by a provider that answers at once:
 * what is timed is the library's own work. The rows are copies of one customer, method and invoice that the services made.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { postgres, layer as postgresLayer } from "../adapters/postgres/index.js"
import { scriptedProvider } from "../adapters/testing/index.js"
import { createBilling } from "../src/client/index.js"
import { freshDatabase } from "../test/support/postgres.js"
import { startPostgres } from "../test/support/postgres-server.js"
import type { BenchLine } from "./line.js"

const CUSTOMERS = 20_000
const EACH = 5
/** Customers of the earlier run. */
const FIRST = 1_000
const LIMIT_SECONDS = 60

const idOf = (kind: string, n: string) => `('0190a000-00${kind}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`

/** Seconds of the run, and of the charges after it. */
const run = async (url: string): Promise<{ readonly dunning: number; readonly charging: number }> => {
  const execute = (statement: string) =>
    Effect.runPromise(
      Effect.map(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<{ readonly column_name: string }>(statement)).pipe(
          Effect.provide(postgresLayer({ url }))
        ),
        (rows) => rows
      )
    )

  /** Copies of the one row of a table, with some columns anew for each `s.n`. */
  const copy = async (table: string, count: number, of: string, anew: Readonly<Record<string, string>>) => {
    const found = await execute(
      `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '${table}' ORDER BY ordinal_position`
    )
    const columns = found.map((row) => row.column_name)
    const values = columns.map((column) => anew[column] ?? `t.${column}`)
    await execute(
      `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM ${table} t, generate_series(1, ${count}) s(n) WHERE t.${of}`
    )
  }

  const billing = await createBilling({ database: postgres(url), migrate: true, paymentProviders: [scriptedProvider()] })
  try {
    const { id } = await billing.organizations.create({ name: "Acme" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "acme", name: "Acme", currency: "EUR", net_payment_term: 10 })
    await acme.plans.create({ code: "plan", name: "Plan", interval: "monthly", amount_cents: 4900n, currency: "EUR" })
    await acme.customers.create({ external_id: "c0", name: "Customer", currency: "EUR", email: "c@example.com" })
    await acme.subscriptions.create({
      external_id: "s0",
      external_customer_id: "c0",
      plan_code: "plan",
      started_at: "2026-01-01T00:00:00Z"
    })
    await acme.billDue({ now: "2026-02-01T00:00:00Z" })
    await acme.paymentMethods.add({ external_customer_id: "c0", provider: "stripe", provider_payment_method_id: "succeeds" })
    await acme.dunningCampaigns.create({ code: "d", name: "D", thresholds: [{ currency: "EUR", amount_cents: 1n }] })

    /** Customers of whom each owes for five invoices since a day; ids from `from` on. */
    const owing = async (count: number, from: number, due_date: string) => {
      const customer = idOf("01", `(${from} + (s.n - 1) % ${count})`)
      const source = await execute("SELECT id::text AS column_name FROM customers WHERE external_id = 'c0'")
      const of = `customer_id = '${source[0]!.column_name}'`
      await copy("customers", count, "external_id = 'c0'", { id: customer, external_id: `'c' || (${from} + s.n)` })
      await copy("payment_methods", count, of, { id: idOf("02", `${from} + s.n`), customer_id: customer })
      await copy("invoices", count * EACH, of, {
        id: idOf("03", `${from * EACH} + s.n`),
        customer_id: customer,
        due_date: `'${due_date}'::timestamptz`,
        invoice_number: `'COPY-' || (${from * EACH} + s.n)`
      })
    }

    const now = "2026-05-01T00:00:00Z"
    const timed = async <A>(work: () => Promise<A>) => {
      const before = performance.now()
      const answer = await work()
      return { answer, seconds: (performance.now() - before) / 1000 }
    }
    // A database in use: the tables have rows of an earlier run, and autovacuum has seen them. On empty ones the plans of the
    // foreign keys' checks are made while a scan is cheapest, and kept while the tables grow.
    await owing(FIRST, 1, "2026-02-11")
    await owing(CUSTOMERS, FIRST + 1, "2026-04-11")
    await acme.dunning.run({ now: "2026-03-01T00:00:00Z" })
    await acme.collectDue({ now: "2026-03-01T00:00:00Z" })
    await execute("ANALYZE")
    const dunning = await timed(() => acme.dunning.run({ now }))
    const charging = await timed(() => acme.collectDue({ now }))
    if (dunning.answer.attempts !== CUSTOMERS || charging.answer.succeeded !== CUSTOMERS) {
      throw new Error(`${dunning.answer.attempts} attempts, ${charging.answer.succeeded} charges`)
    }
    return { dunning: dunning.seconds, charging: charging.seconds }
  } finally {
    await billing.close()
  }
}

export const dunningBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    const { drop, url } = await freshDatabase({ server: server.url })
    try {
      const { charging, dunning } = await run(url)
      const seconds = dunning + charging
      const invoices = CUSTOMERS * EACH
      return [
        {
          name: `dunning of ${invoices} overdue invoices of ${CUSTOMERS} customers, Postgres`,
          value: seconds,
          unit: "s",
          baseline: { name: "of it requests and attempts", value: dunning },
          ratio: seconds / dunning,
          target: `< ${LIMIT_SECONDS} s`,
          ok: seconds < LIMIT_SECONDS
        }
      ]
    } finally {
      await drop()
    }
  } finally {
    await server.stop()
  }
}
