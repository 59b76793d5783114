/** What the doctor reads, in SQL: figures as text, so that nothing is decoded before it was judged. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Array as Arr, type DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, instant } from "../../../src/core/index.js"
import {
  DoctorStore,
  type EventFees,
  type EventQuery,
  type FeeCounts,
  type Raise,
  type RawApplication,
  type RawDocument,
  type RawEntitlement,
  type RawFee,
  type RawInvoice,
  type RawLife,
  type RawNumber,
  type RawSeries,
  type RawTax,
  type RawWallet,
  type UnsoundRow
} from "../../../src/operations/index.js"
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
import { readValue } from "../table.js"
import { readAhead } from "./ahead.js"
import { readBooked } from "./booked.js"
import { readField } from "./read-field.js"
import { readIntegrations } from "./read-integrations.js"
import { readMessages } from "./read-messages.js"
import { readNotes } from "./read-notes.js"
import { readCharges, readPayments, readRequests } from "./read-payments.js"
import { readTaxations } from "./read-taxations.js"
import { readWebhooks } from "./read-webhooks.js"
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

const asText = (alias: string, columns: ReadonlyArray<string>): string =>
  columns.map((column) => `CAST(${alias}.${column} AS TEXT) AS ${column}`).join(", ")

const INVOICE = [
  "id",
  "billing_entity_id",
  "invoice_number",
  "status",
  "currency",
  "subtotal_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "tax_amount_cents",
  "total_cents",
  "line_items",
  "parties"
]
const FEE = [
  "id",
  "invoice_id",
  "currency",
  "amount_cents",
  "precise_amount_cents",
  "progressive_billing_credit_amount_cents",
  "coupons_amount_cents",
  "taxes_amount_cents",
  "total_amount_cents"
]
const TAX = ["id", "taxable_type", "taxable_id", "tax_id", "tax_rate", "taxable_amount_cents", "tax_amount_cents"]

const WALLET = ["id", "rate_amount", "balance_cents", "credits_balance", "consumed_amount_cents", "held_cents", "undrawn_cents"]

const millis = (value: unknown): number | null => (readValue("instant", value) as DateTime.Utc | null)?.epochMillis ?? null

interface InvoiceRow extends Omit<RawInvoice, "line_items" | "rounding_mode"> {
  readonly line_items: string
  readonly parties: string
}

interface FeeCountRow {
  readonly invoice_id: string
  readonly status: string
  readonly charge_id: string | null
  readonly last_fee_id: string
  readonly events: string
}

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
    const { list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `doctor.${operation}`)
    const beyond = (alias: string, after: string | null) =>
      after === null ? sql.literal("") : sql`AND ${sql.literal(alias)}.id > ${after}`

    const documents = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const invoices = yield* sql<InvoiceRow>`SELECT ${sql.literal(asText("i", INVOICE))} FROM invoices i
        WHERE i.organization_id = ${organization} ${beyond("i", after)} ORDER BY i.id LIMIT ${limit}`
      if (invoices.length === 0) return []
      const ids = list(
        "uuid",
        invoices.map((invoice) => invoice.id)
      )
      const fees = yield* sql<RawFee>`SELECT ${sql.literal(asText("f", FEE))} FROM fees f
        WHERE f.organization_id = ${organization} AND f.invoice_id IN ${ids} ORDER BY f.invoice_id, f.position`
      const taxes = yield* sql<RawTax & { readonly invoice_id: string }>`
        SELECT ${sql.literal(asText("a", TAX))}, CAST(a.taxable_id AS TEXT) AS invoice_id FROM applied_taxes a
        WHERE a.organization_id = ${organization} AND a.taxable_type = 'invoice' AND a.taxable_id IN ${ids}
        UNION ALL
        SELECT ${sql.literal(asText("a", TAX))}, CAST(f.invoice_id AS TEXT) AS invoice_id FROM applied_taxes a
        JOIN fees f ON f.organization_id = a.organization_id AND f.id = a.taxable_id
        WHERE a.organization_id = ${organization} AND a.taxable_type = 'fee' AND f.invoice_id IN ${ids}`
      const settled = yield* sql<{ invoice_id: string; settled: string }>`
        SELECT CAST(s.invoice_id AS TEXT) AS invoice_id, CAST(SUM(s.amount_cents) AS TEXT) AS settled FROM invoice_settlements s
        WHERE s.organization_id = ${organization} AND s.returned_at IS NULL AND s.invoice_id IN ${ids} GROUP BY s.invoice_id`
      const uses = yield* sql<{ invoice_id: string; used: string }>`
        SELECT CAST(u.invoice_id AS TEXT) AS invoice_id, CAST(SUM(u.amount_cents) AS TEXT) AS used FROM applied_coupon_uses u
        WHERE u.organization_id = ${organization} AND u.returned_at IS NULL AND u.invoice_id IN ${ids} GROUP BY u.invoice_id`
      const usedOf = new Map(uses.map((row) => [row.invoice_id, row.used]))
      const settledOf = new Map(settled.map((row) => [row.invoice_id, row.settled]))
      const feesOf = Arr.groupBy(fees, (fee) => fee.invoice_id)
      const taxesOf = Arr.groupBy(taxes, (tax) => tax.invoice_id)
      return invoices.map(({ line_items, parties, ...invoice }): RawDocument => {
        const { rounding_mode } = JSON.parse(parties) as { readonly rounding_mode: string }
        return {
          id: invoice.id,
          invoice: { ...invoice, line_items: JSON.parse(line_items) as RawInvoice["line_items"], rounding_mode },
          fees: feesOf[invoice.id] ?? [],
          taxes: taxesOf[invoice.id] ?? [],
          settled_cents: settledOf.get(invoice.id) ?? "0",
          coupon_uses_cents: usedOf.get(invoice.id) ?? "0"
        }
      })
    }, storage("documents"))

    const lives = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const subscriptions = yield* sql<LifeRow>`SELECT s.id, s.status, s.started_at, s.window_start, s.ending_at FROM subscriptions s
        WHERE s.organization_id = ${organization} ${beyond("s", after)} ORDER BY s.id LIMIT ${limit}`
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
        WHERE a.organization_id = ${organization} ${beyond("a", after)} ORDER BY a.id LIMIT ${limit}`
      return found.map((row): RawApplication => ({ ...row, uses: Number(row.uses), beyond_once: Boolean(row.beyond_once) }))
    }, storage("applications"))

    const entitlements = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      return yield* sql<RawEntitlement>`SELECT e.id, e.value, e.limit_type, f.feature_type FROM entitlements e
        JOIN features f ON f.organization_id = e.organization_id AND f.id = e.feature_id
        WHERE e.organization_id = ${organization} ${beyond("e", after)} ORDER BY e.id LIMIT ${limit}`
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

    const series = Effect.gen(function* () {
      const organization = yield* CurrentOrganization
      const issued = yield* sql<{ id: string; billing_entity_id: string | null; invoice_number: string; issued_at: unknown }>`
        SELECT i.id, i.billing_entity_id, i.invoice_number, i.issued_at FROM invoices i
        WHERE i.organization_id = ${organization} AND i.invoice_number IS NOT NULL`
      const entities = yield* sql<{ id: string; next: string }>`
        SELECT id, CAST(next_invoice_number AS TEXT) AS next FROM billing_entities WHERE organization_id = ${organization} ORDER BY id`
      const raises = yield* sql<{ billing_entity_id: string; low: string; high: string }>`
        SELECT billing_entity_id, CAST(from_number AS TEXT) AS low, CAST(to_number AS TEXT) AS high
        FROM invoice_number_raises WHERE organization_id = ${organization}`
      const days = yield* sql<{ day: string; next: string }>`
        SELECT CAST(day AS TEXT) AS day, CAST(next_value AS TEXT) AS next FROM document_counters
        WHERE organization_id = ${organization} AND kind = 'INV' ORDER BY day`
      // An organization that issues by itself has a series a day: the part of its numbers before the counter.
      const keyed = Arr.groupBy(
        issued,
        ({ billing_entity_id, invoice_number }) => billing_entity_id ?? invoice_number.slice(0, invoice_number.lastIndexOf("-"))
      )
      const raisesOf = Arr.groupBy(raises, (raise) => raise.billing_entity_id)
      const numbers = (key: string): ReadonlyArray<RawNumber> =>
        (keyed[key] ?? []).map(({ id, invoice_number, issued_at }) => ({ id, invoice_number, issued_at: millis(issued_at)! }))
      const ofEntities = entities.map(
        ({ id, next }): RawSeries => ({
          numbers: numbers(id),
          raises: (raisesOf[id] ?? []).map(({ high, low }): Raise => ({ from: BigInt(low), to: BigInt(high) })),
          counter: { table: "billing_entities", id, next: BigInt(next) }
        })
      )
      const counters = new Map(
        days.map(({ day, next }) => [`INV-${day.replaceAll("-", "")}`, { table: "document_counters", id: day, next: BigInt(next) }])
      )
      const entityIds = new Set(entities.map(({ id }) => id))
      const prefixes = new Set([...counters.keys(), ...Object.keys(keyed).filter((key) => !entityIds.has(key))])
      const ofDays = [...prefixes]
        .sort()
        .map((key): RawSeries => ({ numbers: numbers(key), raises: [], counter: counters.get(key) ?? null }))
      return [...ofEntities, ...ofDays]
    }).pipe(storage("series"))

    const wallets = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      const own = "t.organization_id = w.organization_id AND t.wallet_id = w.id"
      const sum = (column: string, condition: string, table = "wallet_transactions") =>
        `(SELECT CAST(COALESCE(SUM(t.${column}), 0) AS TEXT) FROM ${table} t WHERE ${own} AND ${condition})`
      const settled = (type: string) => `t.transaction_type = '${type}' AND t.status = 'settled'`
      const standing = `t.transaction_type = 'outbound' AND t.transaction_status = 'invoiced' AND (t.hold_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM invoice_settlements s WHERE s.organization_id = t.organization_id AND s.settlement_type = 'wallet_credit'
        AND s.source_id = t.id AND s.amount_cents = t.amount AND s.returned_at IS NULL))`
      const sums =
        sql.literal(`${sum("amount", settled("inbound"))} AS inbound_cents, ${sum("amount", settled("outbound"))} AS outbound_cents,
        ${sum("remaining_cents", "t.remaining_cents > 0")} AS remaining_cents, ${sum("amount", standing)} AS used_cents,
        ${sum("amount_cents", "t.status = 'active'", "wallet_holds")} AS active_holds_cents`)
      return yield* sql<RawWallet>`SELECT ${sql.literal(asText("w", WALLET))}, ${sums} FROM wallets w
        WHERE w.organization_id = ${organization} ${beyond("w", after)} ORDER BY w.id LIMIT ${limit}`
    }, storage("wallets"))

    const customers = Effect.fnUntraced(function* (after: string | null, limit: number) {
      const organization = yield* CurrentOrganization
      return yield* sql<{ id: string; external_id: string }>`SELECT c.id, c.external_id FROM customers c
        WHERE c.organization_id = ${organization} ${beyond("c", after)} ORDER BY c.id LIMIT ${limit}`
    }, storage("customers"))

    const feeCounts = Effect.fnUntraced(function* (invoice_ids: ReadonlyArray<string>) {
      if (invoice_ids.length === 0) return []
      const organization = yield* CurrentOrganization
      const found = yield* sql<FeeCountRow>`
        SELECT f.invoice_id, i.status, f.charge_id, MAX(CAST(f.id AS TEXT)) AS last_fee_id, CAST(SUM(f.events_count) AS TEXT) AS events
        FROM fees f JOIN invoices i ON i.organization_id = f.organization_id AND i.id = f.invoice_id
        WHERE f.organization_id = ${organization} AND f.invoice_id IN ${list("uuid", invoice_ids)}
          AND (f.charge_id IS NULL OR f.period_start = i.billing_period_start)
        GROUP BY f.invoice_id, i.status, f.charge_id`
      return Object.entries(Arr.groupBy(found, (row) => row.invoice_id)).map(
        ([invoice_id, rows]): FeeCounts => ({
          invoice_id,
          is_final: rows[0].status !== "draft",
          last_fee_id: rows.reduce((last, row) => (row.last_fee_id > last ? row.last_fee_id : last), rows[0].last_fee_id),
          by_charge: new Map(rows.flatMap(({ charge_id, events }) => (charge_id === null ? [] : [[charge_id, BigInt(events)]])))
        })
      )
    }, storage("feeCounts"))

    const eventFees = Effect.fnUntraced(function* (subscription_ids: ReadonlyArray<string>) {
      if (subscription_ids.length === 0) return []
      const organization = yield* CurrentOrganization
      const found = yield* sql<Omit<EventFees, "period_start" | "amount_cents"> & { period_start: unknown; cents: string }>`
        SELECT f.subscription_id, f.charge_id, f.charge_filter_id, f.period_start, ${sql.literal(dialect.sumMoney("f.amount_cents"))} AS cents
        FROM fees f WHERE f.organization_id = ${organization} AND f.subscription_id IN ${list("uuid", subscription_ids)}
          AND f.event_id IS NOT NULL GROUP BY f.subscription_id, f.charge_id, f.charge_filter_id, f.period_start`
      return found.map(
        ({ cents, period_start, ...fee }): EventFees => ({
          ...fee,
          period_start: readValue("instant", period_start) as DateTime.Utc,
          amount_cents: BigInt(cents)
        })
      )
    }, storage("eventFees"))

    const countEvents = Effect.fnUntraced(function* (queries: ReadonlyArray<EventQuery>) {
      if (queries.length === 0) return []
      const organization = yield* CurrentOrganization
      const stretches = queries.flatMap(({ before_id, code, external_customer_id, external_subscription_id, named, owned }, place) => [
        [place, `s:${external_subscription_id}`, code, instant(named.from), instant(named.to), before_id],
        ...owned.map(({ from, to }) => [place, `c:${external_customer_id}`, code, instant(from), instant(to), before_id])
      ])
      const asked = rows(
        [
          ["place", "integer"],
          ["subject", "text"],
          ["code", "text"],
          ["since", "instant"],
          ["until", "instant"],
          ["before_id", "uuid"]
        ],
        stretches
      )
      const found = yield* sql<{ place: number; events: string }>`
        SELECT asked.place, CAST(COUNT(*) AS TEXT) AS events FROM ${asked} asked
        JOIN events e ON e.organization_id = ${organization} AND e.subject = asked.subject AND e.code = asked.code
          AND e.timestamp >= asked.since AND e.timestamp < asked.until AND e.id < asked.before_id AND e.value_scale IS NOT NULL
        GROUP BY asked.place`
      const counts = new Map(found.map(({ events, place }) => [place, BigInt(events)]))
      return queries.map((_, place) => counts.get(place) ?? 0n)
    }, storage("countEvents"))

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

    const ahead = readAhead(sql, dialect)
    const notes = readNotes(sql)
    const booked = readBooked(sql)

    return DoctorStore.of({
      notes: (after, limit) => notes(after, limit).pipe(storage("notes")),
      booked: (after, limit) => booked(after, limit).pipe(storage("booked")),
      ahead: (after, limit) => ahead(after, limit).pipe(storage("ahead")),
      documents,
      lives,
      applications,
      wallets,
      customers,
      feeCounts,
      countEvents,
      eventFees,
      integrations: (before) => readIntegrations(sql)(before).pipe(storage("integrations")),
      webhooks: (after, limit) => readWebhooks(sql, dialect)(after, limit).pipe(storage("webhooks")),
      payments: (after, limit) => readPayments(sql)(after, limit).pipe(storage("payments")),
      charges: (after, limit) => readCharges(sql)(after, limit).pipe(storage("charges")),
      requests: (after, limit) => readRequests(sql)(after, limit).pipe(storage("requests")),
      series,
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
