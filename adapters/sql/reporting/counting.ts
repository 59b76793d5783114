/** What reports are counted from: first entries into statuses, durations of jobs, net amounts of documents. One statement each. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import type { Counters, Durations, NetRevenue, Period } from "../../../src/reporting/index.js"
import type { DialectShape } from "../dialect.js"
import { writtenInstant } from "../table.js"

const COUNTED = [
  ["total_leads", "lead", "new"],
  ["surveys_completed", "survey", "completed"],
  ["installations_completed", "installation", "completed"],
  ["closure_packs_submitted", "closure_pack", "submitted"]
] as const

const iso = (period: Period) => [writtenInstant(period.from), writtenInstant(period.to)] as const

export const counting = (sql: SqlClient, dialect: DialectShape) => {
  const ms = (expression: string) => dialect.millis(expression)

  /** First entries of a kind into a status, within a period: a stretch of the index. */
  const entries = (organization: string, oem: string, kind: string, status: string, period: Period) => {
    const [from, to] = iso(period)
    return sql`field_transitions t WHERE t.organization_id = ${organization} AND t.oem = ${oem} AND t.kind = ${kind}
      AND t.to_status = ${status} AND t.is_first AND t.at >= ${from} AND t.at < ${to}`
  }

  const counters = (organization: string, oem: string, period: Period) =>
    Effect.map(
      sql<{ name: keyof Counters; n: unknown }>`${sql.join(
        " UNION ALL ",
        false
      )(
        COUNTED.map(
          ([name, kind, status]) =>
            sql`SELECT ${sql.literal(`'${name}'`)} AS name, COUNT(*) AS n FROM ${entries(organization, oem, kind, status, period)}`
        )
      )}`,
      (found) => Object.fromEntries(found.map(({ n, name }) => [name, Number(n)])) as unknown as Counters
    )

  /**
   * A job takes from the lead received to the first completion, less the stretches on hold between them. Each stretch is its end less its
   * beginning, so they come to Σ ends − Σ beginnings; one that is open at the completion ends with it.
   */
  const durations = (organization: string, oem: string, period: Period, sla_millis: bigint) => {
    const isHold = `h.to_status = 'on_hold'`
    const held = sql.literal(
      `COALESCE(SUM(CASE WHEN h.at IS NULL THEN 0 WHEN ${isHold} THEN ${ms("j.done")} - ${ms("h.at")} ELSE ${ms("h.at")} - ${ms("j.done")} END), 0)`
    )
    const elapsed = sql.literal(`${ms("j.done")} - ${ms("l.received_at")}`)
    return Effect.map(
      sql<{ jobs: unknown; millis: unknown; within: unknown }>`WITH j AS (
          SELECT t.organization_id, t.subject, t.lead, t.at AS done FROM ${entries(organization, oem, "installation", "completed", period)}
        ), took AS (
          SELECT ${elapsed} - ${held} AS millis FROM j
          JOIN leads l ON l.organization_id = j.organization_id AND l.id = j.lead
          LEFT JOIN field_transitions h ON h.organization_id = j.organization_id AND h.subject = j.lead AND h.at <= j.done
            AND (h.to_status = 'on_hold' OR h.from_status = 'on_hold')
          GROUP BY j.subject, j.done, l.received_at
        )
        SELECT COUNT(*) AS jobs, CAST(COALESCE(SUM(millis), 0) AS TEXT) AS millis,
          COALESCE(SUM(CASE WHEN millis <= ${sql.literal(sla_millis.toString())} THEN 1 ELSE 0 END), 0) AS within FROM took`,
      ([found]): Durations => ({
        jobs: BigInt(found!.jobs as string),
        millis: BigInt(found!.millis as string),
        within: BigInt(found!.within as string)
      })
    )
  }

  /** Notes on invoices of type credit take back what was never counted: they stay out as those do. */
  const revenue = (organization: string, customer_id: string, period: Period) => {
    const [from, to] = iso(period)
    const sum = (column: string) => sql.literal(dialect.sumMoney(column))
    return Effect.map(
      sql<{ currency: NetRevenue["currency"]; invoiced: string; credited: string }>`SELECT c.currency,
          (SELECT ${sum("i.subtotal_cents - i.progressive_billing_credit_amount_cents - i.coupons_amount_cents")} FROM invoices i
            WHERE i.organization_id = c.organization_id AND i.customer_id = c.id AND i.currency = c.currency
              AND i.status IN ('finalized', 'paid') AND i.invoice_type <> 'credit' AND i.issued_at >= ${from} AND i.issued_at < ${to}) AS invoiced,
          (SELECT ${sum("n.sub_total_cents")} FROM credit_notes n JOIN invoices i ON i.organization_id = n.organization_id AND i.id = n.invoice_id
            WHERE n.organization_id = c.organization_id AND n.customer_id = c.id AND n.currency = c.currency AND n.status = 'finalized'
              AND n.voided_at IS NULL AND i.invoice_type <> 'credit' AND n.issued_at >= ${from} AND n.issued_at < ${to}) AS credited
        FROM customers c WHERE c.organization_id = ${organization} AND c.id = ${customer_id}`,
      ([found]): NetRevenue | undefined =>
        found === undefined ? undefined : { cents: BigInt(found.invoiced) - BigInt(found.credited), currency: found.currency }
    )
  }

  return { counters, durations, revenue }
}
