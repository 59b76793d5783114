/** What the doctor reads of progressive billing, in SQL. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Array as Arr, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawAhead, RawAheadFee, RawCrossing } from "../../../src/operations/index.js"
import type { DialectShape } from "../dialect.js"
import { statements } from "../statements.js"
import { beyond } from "./reading.js"

type OfSubscription<A> = A & { readonly subscription_id: string }
type Bit = boolean | 0 | 1

/** Subscriptions with an id above `after` that crossed a threshold or have a progressive invoice. */
export const readAhead = (sql: SqlClient, dialect: DialectShape) => {
  const { list } = statements(sql, dialect)
  return Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const subscriptions = yield* sql<{
      id: string
    }>`SELECT s.id AS id FROM subscriptions s WHERE s.organization_id = ${organization} ${beyond(sql, "s", after)}
      AND (EXISTS (SELECT 1 FROM applied_usage_thresholds a WHERE a.organization_id = ${organization} AND a.subscription_id = s.id)
        OR EXISTS (SELECT 1 FROM invoices i WHERE i.organization_id = ${organization} AND i.subscription_id = s.id
          AND i.invoice_type = 'progressive_billing')) ORDER BY s.id LIMIT ${limit}`
    if (subscriptions.length === 0) return []
    const ids = list(
      "uuid",
      subscriptions.map(({ id }) => id)
    )
    const fees = yield* sql<
      OfSubscription<Omit<RawAheadFee, "is_progressive"> & { readonly is_progressive: Bit }>
    >`SELECT f.subscription_id, f.id AS fee_id, i.invoice_type = 'progressive_billing' AS is_progressive, i.status AS status,
        CAST(f.period_start AS TEXT) AS period_start, f.charge_id, f.charge_filter_id, CAST(f.amount_cents AS TEXT) AS amount_cents,
        CAST(f.progressive_billing_credit_amount_cents AS TEXT) AS progressive_billing_credit_amount_cents,
        CAST(f.coupons_amount_cents AS TEXT) AS coupons_amount_cents,
        CAST((SELECT COALESCE(SUM(n.amount_cents), 0) FROM credit_note_items n
          JOIN credit_notes d ON d.organization_id = n.organization_id AND d.id = n.credit_note_id
          WHERE n.organization_id = f.organization_id AND n.fee_id = f.id
            AND (d.credit_status IS NULL OR d.credit_status <> 'voided' OR n.cause = 'surplus')) AS TEXT) AS credited_cents
      FROM fees f JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id
      WHERE f.organization_id = ${organization} AND f.subscription_id IN ${ids} AND f.fee_type = 'charge' AND i.status <> 'draft'
        AND f.properties ->> 'reason' IS NULL AND f.period_start IN (SELECT p.billing_period_start FROM invoices p
          WHERE p.organization_id = ${organization} AND p.subscription_id = f.subscription_id AND p.invoice_type = 'progressive_billing')
      ORDER BY i.issued_at, f.id`
    const closed = yield* sql<OfSubscription<{ readonly period_start: string }>>`
      SELECT b.subscription_id, CAST(b.period_start AS TEXT) AS period_start FROM billed_periods b
      LEFT JOIN invoices i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
      WHERE b.organization_id = ${organization} AND b.subscription_id IN ${ids} AND b.kind = 'usage' AND NOT b.skipped AND b.deleted_invoice_id IS NULL
        AND (b.invoice_id IS NULL OR i.status IN ('finalized', 'paid'))`
    const crossings = yield* sql<OfSubscription<Omit<RawCrossing, "is_own_invoice"> & { readonly is_own_invoice: Bit }>>`
      SELECT a.subscription_id, a.id AS id, CAST(t.amount_cents AS TEXT) AS threshold_cents,
        CAST(a.lifetime_usage_amount_cents AS TEXT) AS lifetime_usage_amount_cents, i.invoice_type AS invoice_type,
        COALESCE(i.subscription_id = a.subscription_id, NOT (1 = 1)) AS is_own_invoice
      FROM applied_usage_thresholds a JOIN usage_thresholds t ON t.organization_id = a.organization_id AND t.id = a.usage_threshold_id
      LEFT JOIN invoices i ON i.organization_id = a.organization_id AND i.id = a.invoice_id
      WHERE a.organization_id = ${organization} AND a.subscription_id IN ${ids}`
    const uncaused = yield* sql<OfSubscription<{ readonly id: string }>>`SELECT i.subscription_id, i.id FROM invoices i
      WHERE i.organization_id = ${organization} AND i.subscription_id IN ${ids} AND i.invoice_type = 'progressive_billing'
        AND NOT EXISTS (SELECT 1 FROM applied_usage_thresholds a WHERE a.organization_id = ${organization} AND a.invoice_id = i.id)`
    const own = <A>(rows: ReadonlyArray<OfSubscription<A>>) => {
      const groups = Arr.groupBy(rows, (row) => row.subscription_id)
      return (id: string): ReadonlyArray<OfSubscription<A>> => groups[id] ?? []
    }
    const [feesOf, closedOf, crossingsOf, uncausedOf] = [own(fees), own(closed), own(crossings), own(uncaused)]
    return subscriptions.map(
      ({ id }): RawAhead => ({
        id,
        fees: feesOf(id).map((fee) => ({ ...fee, is_progressive: Boolean(fee.is_progressive) })),
        closed: new Set(closedOf(id).map(({ period_start }) => period_start)),
        crossings: crossingsOf(id).map((crossing) => ({ ...crossing, is_own_invoice: Boolean(crossing.is_own_invoice) })),
        uncaused: uncausedOf(id).map((invoice) => invoice.id)
      })
    )
  })
}
