/** What the doctor reads, in SQL: figures as text, so that nothing is decoded before it was judged. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Array as Arr, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { DoctorStore, type RawApplication, type RawEntitlement, type RawLife, type UnsoundRow } from "../../../src/operations/index.js"
import { addOnsTable, appliedAddOnsTable } from "../catalog/add-on-store.js"
import { chargesTable, commitmentsTable, plansTable, planVersionsTable, taxesTable } from "../catalog/tables.js"
import { appliedCouponsTable, couponsTable, couponUsesTable } from "../credits/coupon-store.js"
import { walletHoldsTable, walletsTable, walletTransactionsTable } from "../credits/wallet-tables.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { payoutsTable } from "../fieldwork/emergency-store.js"
import {
  appliedTaxesTable,
  appliedUsageThresholdsTable,
  feesTable,
  invoicesTable,
  settlementsTable,
  usageThresholdsTable
} from "../invoicing/tables.js"
import { eventsTable } from "../metering/event-store.js"
import {
  campaignThresholdsTable,
  paymentChargesTable,
  paymentRefundsTable,
  paymentRequestsTable,
  paymentsTable
} from "../payments/tables.js"
import { monthlyReportsTable } from "../reporting/tables.js"
import { statements } from "../statements.js"
import { readAhead } from "./ahead.js"
import { readBooked } from "./booked.js"
import { readDocuments } from "./read-documents.js"
import { readField } from "./read-field.js"
import { readIntegrations } from "./read-integrations.js"
import { readMessages } from "./read-messages.js"
import { readNotes } from "./read-notes.js"
import { readCharges, readPayments, readRequests } from "./read-payments.js"
import { readSeries } from "./read-series.js"
import { readTaxations } from "./read-taxations.js"
import { readUsage } from "./read-usage.js"
import { readWallets } from "./read-wallets.js"
import { readWebhooks } from "./read-webhooks.js"
import { beyond, millis } from "./reading.js"
import { unsoundRows } from "./unsound.js"

/** Every table with money or decimals. */
const TABLES = [
  plansTable,
  planVersionsTable,
  chargesTable,
  commitmentsTable,
  taxesTable,
  invoicesTable,
  feesTable,
  appliedTaxesTable,
  settlementsTable,
  walletsTable,
  walletHoldsTable,
  walletTransactionsTable,
  usageThresholdsTable,
  appliedUsageThresholdsTable,
  couponsTable,
  appliedCouponsTable,
  couponUsesTable,
  addOnsTable,
  appliedAddOnsTable,
  eventsTable,
  paymentsTable,
  paymentChargesTable,
  paymentRefundsTable,
  paymentRequestsTable,
  campaignThresholdsTable,
  payoutsTable,
  monthlyReportsTable
]

interface LifeRow {
  readonly id: string
  readonly status: string
  readonly started_at: unknown
  readonly window_start: unknown
  readonly ending_at: unknown
}

export const doctorStoreLayer: Layer.Layer<DoctorStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  DoctorStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `doctor.${operation}`)
    const lives = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const subscriptions = yield* sql<LifeRow>`SELECT s.id, s.status, s.started_at, s.window_start, s.ending_at FROM subscriptions s
        WHERE s.organization_id = ${organization} ${beyond(sql, "s", after)} ORDER BY s.id LIMIT ${limit}`
      const windows = yield* sql<{ id: string; subscription_id: string; period_start: unknown; period_end: unknown }>`
        SELECT b.id, b.subscription_id, b.period_start, b.period_end FROM billed_periods b
        WHERE b.organization_id = ${organization} AND b.kind = 'usage' AND b.subscription_id IN ${list(
          "uuid",
          subscriptions.map((subscription) => subscription.id)
        )} ORDER BY b.period_start, b.period_end, b.id`
      const windowsOf = Arr.groupBy(windows, (window) => window.subscription_id)
      return subscriptions.map(
        (row): RawLife => ({
          id: row.id,
          status: row.status,
          started_at: millis(row.started_at),
          window_start: millis(row.window_start),
          ending_at: millis(row.ending_at),
          windows: (windowsOf[row.id] ?? []).map(({ id, period_end, period_start }) => ({
            id,
            period_start: millis(period_start)!,
            period_end: millis(period_end)!
          }))
        })
      )
    }, storage("lives"))

    const applications = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const found = yield* sql<RawApplication & { readonly uses: unknown; readonly beyond_once: unknown }>`
        SELECT a.id, a.coupon_id, a.frequency, a.frequency_duration, a.frequency_duration_remaining, a.status,
          (SELECT COUNT(*) FROM applied_coupon_uses u WHERE u.organization_id = a.organization_id AND u.applied_coupon_id = a.id
            AND u.returned_at IS NULL) AS uses,
          (NOT c.reusable AND c.updated_at <= a.created_at AND EXISTS (SELECT 1 FROM applied_coupons b
            WHERE b.organization_id = a.organization_id AND b.coupon_id = a.coupon_id AND b.id < a.id)) AS beyond_once
        FROM applied_coupons a JOIN coupons c ON c.organization_id = a.organization_id AND c.id = a.coupon_id
        WHERE a.organization_id = ${organization} ${beyond(sql, "a", after)} ORDER BY a.id LIMIT ${limit}`
      return found.map((row): RawApplication => ({ ...row, uses: Number(row.uses), beyond_once: Boolean(row.beyond_once) }))
    }, storage("applications"))

    const entitlements = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      return yield* sql<RawEntitlement>`SELECT e.id, e.value, e.limit_type, f.feature_type FROM entitlements e
        JOIN features f ON f.organization_id = e.organization_id AND f.id = e.feature_id
        WHERE e.organization_id = ${organization} ${beyond(sql, "e", after)} ORDER BY e.id LIMIT ${limit}`
    }, storage("entitlements"))

    const mistaxedNotes = Effect.gen(function* () {
      const organization = yield* CurrentOrganization
      return yield* sql<{ id: string }>`SELECT n.id FROM credit_notes n LEFT JOIN applied_taxes a
          ON a.organization_id = n.organization_id AND a.taxable_type = 'credit_note' AND a.taxable_id = n.id
        WHERE n.organization_id = ${organization} GROUP BY n.id, n.taxes_amount_cents
        HAVING COALESCE(SUM(a.tax_amount_cents), 0) <> n.taxes_amount_cents ORDER BY n.id LIMIT 1000`
    }).pipe(storage("mistaxedNotes"))

    const unbilledAddOns = Effect.gen(function* () {
      const organization = yield* CurrentOrganization
      return yield* sql<{ id: string }>`SELECT a.id FROM applied_add_ons a WHERE a.organization_id = ${organization} AND 1 <> (
          SELECT COUNT(*) FROM fees f WHERE f.organization_id = a.organization_id AND f.invoice_id = a.invoice_id
          AND f.applied_add_on_id = a.id AND f.amount_cents = a.amount_cents AND f.currency = a.amount_currency)
        ORDER BY a.id LIMIT 1000`
    }).pipe(storage("unbilledAddOns"))

    const unsourced = Effect.gen(function* () {
      const organization = yield* CurrentOrganization
      return yield* sql<{ id: string; source_id: string }>`SELECT s.id, s.source_id FROM invoice_settlements s
        WHERE s.organization_id = ${organization} AND s.settlement_type = 'payment' AND NOT EXISTS (
          SELECT 1 FROM payments p WHERE p.organization_id = ${organization} AND p.id = s.source_id AND p.invoice_id = s.invoice_id)
        ORDER BY s.id LIMIT 1000`
    }).pipe(storage("unsourced"))

    const customers = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      return yield* sql<{ id: string; external_id: string }>`SELECT c.id, c.external_id FROM customers c
        WHERE c.organization_id = ${organization} ${beyond(sql, "c", after)} ORDER BY c.id LIMIT ${limit}`
    }, storage("customers"))

    const unsoundTests = TABLES.flatMap((of) => unsoundRows(of, dialect) ?? []).map((test) => sql.literal(test))

    const unsound = Effect.gen(function* () {
      const organization = yield* CurrentOrganization
      // Not in order: SQLite would sort each part by itself.
      const found = yield* sql<{ name: string; id: string; figures: string }>`${sql.join(
        " UNION ALL ",
        false
      )(unsoundTests.map((test) => sql`${test}${organization}`))} LIMIT 1000`
      return found.map(({ figures, id, name }): UnsoundRow => ({ table: name, id, figures: figures.slice(2) }))
    }).pipe(storage("unsound"))

    const documents = readDocuments(sql, dialect)
    const wallets = readWallets(sql)
    const usage = readUsage(sql, dialect)
    const ahead = readAhead(sql, dialect)
    const notes = readNotes(sql)
    const booked = readBooked(sql)

    return DoctorStore.of({
      notes: (after, limit) => notes(after, limit).pipe(storage("notes")),
      booked: (after, limit) => booked(after, limit).pipe(storage("booked")),
      ahead: (after, limit) => ahead(after, limit).pipe(storage("ahead")),
      documents: (after, limit) => documents(after, limit).pipe(storage("documents")),
      lives,
      applications,
      wallets: (after, limit) => wallets(after, limit).pipe(storage("wallets")),
      customers,
      feeCounts: (ids) => usage.feeCounts(ids).pipe(storage("feeCounts")),
      countEvents: (queries) => usage.countEvents(queries).pipe(storage("countEvents")),
      eventFees: (ids) => usage.eventFees(ids).pipe(storage("eventFees")),
      integrations: (before) => readIntegrations(sql)(before).pipe(storage("integrations")),
      webhooks: (after, limit) => readWebhooks(sql, dialect)(after, limit).pipe(storage("webhooks")),
      payments: (after, limit) => readPayments(sql)(after, limit).pipe(storage("payments")),
      charges: (after, limit) => readCharges(sql)(after, limit).pipe(storage("charges")),
      requests: (after, limit) => readRequests(sql)(after, limit).pipe(storage("requests")),
      series: readSeries(sql).pipe(storage("series")),
      field: readField(sql).pipe(storage("field")),
      messages: readMessages(sql, dialect).pipe(storage("messages")),
      taxations: readTaxations(sql).pipe(storage("taxations")),
      entitlements,
      mistaxedNotes,
      unbilledAddOns,
      unsound,
      unsourced
    })
  })
)
