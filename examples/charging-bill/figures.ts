/** What was billed, read from the tables by plain SQL, as a report of the host's own would: the same statements on both engines. */
import { Exact } from "billwright"
import type { MetricCode } from "./tariff.js"

/** Runs one statement with the organization as its only parameter. */
export type Query = (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, string | null>>>>

export interface CustomerFigures {
  readonly invoices: bigint
  /** Øre. */
  readonly total: bigint
}

/** Amounts are whole øre. */
export interface Figures {
  readonly events: Readonly<Record<MetricCode, bigint>>
  /** kWh as decimal text. */
  readonly energy: string
  readonly invoices: bigint
  readonly fees: Readonly<Record<MetricCode | "base", bigint>>
  readonly subtotal: bigint
  readonly tax: bigint
  readonly total: bigint
  readonly customers: ReadonlyMap<string, CustomerFigures>
}

// Every figure leaves the database as text: a sum of Postgres is a numeric, one of SQLite a whole number, and neither may become a float.
const EVENTS = `SELECT code, CAST(count(*) AS TEXT) AS events FROM events WHERE organization_id = $1 GROUP BY code`

// Each distinct quantity once with how often it occurs, so that the exact sum is short work.
const ENERGY = `SELECT properties ->> 'kwh' AS kwh, CAST(count(*) AS TEXT) AS times FROM events
  WHERE organization_id = $1 AND code = 'energy' GROUP BY properties ->> 'kwh'`

const FEES = `SELECT fees.metric_code AS code, CAST(sum(fees.amount_cents) AS TEXT) AS amount
  FROM fees JOIN invoices ON invoices.organization_id = fees.organization_id AND invoices.id = fees.invoice_id
  WHERE fees.organization_id = $1 AND invoices.status IN ('finalized', 'paid') GROUP BY fees.metric_code`

const INVOICES = `SELECT customers.external_id AS customer, CAST(count(*) AS TEXT) AS invoices,
    CAST(sum(invoices.subtotal_cents) AS TEXT) AS subtotal, CAST(sum(invoices.tax_amount_cents) AS TEXT) AS tax,
    CAST(sum(invoices.total_cents) AS TEXT) AS total
  FROM invoices JOIN customers ON customers.organization_id = invoices.organization_id AND customers.id = invoices.customer_id
  WHERE invoices.organization_id = $1 AND invoices.status IN ('finalized', 'paid') GROUP BY customers.external_id`

const decimal = (text: string | null | undefined): Exact.Exact => Exact.unsafeFromText(text ?? "0")

/** Whole units; Postgres writes them with four zeros behind the point. */
const whole = (text: string | null | undefined): bigint => BigInt(Exact.toText(decimal(text), 4))

const sum = (values: ReadonlyArray<bigint>): bigint => values.reduce((total, value) => total + value, 0n)

const columnByKey = (rows: ReadonlyArray<Readonly<Record<string, string | null>>>, key: string, column: string) => {
  const found = new Map(rows.map((row) => [row[key] ?? "base", whole(row[column])]))
  return (name: string): bigint => found.get(name) ?? 0n
}

export const readFigures = async (query: Query): Promise<Figures> => {
  const events = columnByKey(await query(EVENTS), "code", "events")
  const energy = await query(ENERGY)
  const fees = columnByKey(await query(FEES), "code", "amount")
  const invoices = await query(INVOICES)
  const column = (name: string): bigint => sum(invoices.map((row) => whole(row[name])))
  return {
    events: { energy: events("energy"), sessions: events("sessions"), connection_hours: events("connection_hours") },
    energy: Exact.toText(Exact.sum(energy.map(({ kwh, times }) => Exact.multiply(decimal(kwh), decimal(times))))),
    invoices: column("invoices"),
    fees: { base: fees("base"), energy: fees("energy"), sessions: fees("sessions"), connection_hours: fees("connection_hours") },
    subtotal: column("subtotal"),
    tax: column("tax"),
    total: column("total"),
    customers: new Map(
      invoices.map(({ customer, invoices: count, total }) => [customer ?? "", { invoices: whole(count), total: whole(total) }])
    )
  }
}

/** The invoice that comes to most: one that has something to explain. */
export const largestInvoice = async (query: Query): Promise<string | null> => {
  const [row] = await query(
    `SELECT CAST(id AS TEXT) AS id FROM invoices WHERE organization_id = $1 ORDER BY total_cents DESC, invoice_number LIMIT 1`
  )
  return row?.id ?? null
}
