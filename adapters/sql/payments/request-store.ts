/** Payment requests in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type PaymentRequest, PaymentRequestStore, type RequestedInvoice, type RequestStep } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, type Table } from "../table.js"
import { paymentRequestsTable, requestedInvoicesTable, requestStepsTable } from "./tables.js"

type Raw = Record<string, unknown>

const CHANGING = ["amount_cents", "payment_status", "payment_attempts", "ready_for_payment_processing", "last_attempt_at", "updated_at"]

const requestOf = decodeRow<PaymentRequest>(paymentRequestsTable)
const linkOf = decodeRow<RequestedInvoice>(requestedInvoicesTable)
const stepOf = decodeRow<RequestStep>(requestStepsTable)

export const paymentRequestStoreLayer: Layer.Layer<PaymentRequestStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PaymentRequestStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payment_requests.${operation}`)
    const page = readPage(sql, dialect)
    const ready = sql.literal(dialect.engine === "postgres" ? "r.ready_for_payment_processing" : "r.ready_for_payment_processing = 1")

    const select = (condition: Fragment, lock = "") =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(paymentRequestsTable, "r")} FROM payment_requests r
          WHERE r.organization_id = ${organization} AND ${condition} ORDER BY r.id${sql.literal(lock)}`
      ).pipe(Effect.map((found) => found.map((row) => requestOf(row as Raw))))

    /** Rows of a table that belong to requests, ascending by id. */
    const ofRequests = Effect.fnUntraced(function* <A>(of: Table, decode: (raw: Raw) => A, request_ids: ReadonlyArray<string>) {
      if (request_ids.length === 0) return []
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(of, "t")} FROM ${sql.literal(of.name)} t
        WHERE t.organization_id = ${organization} AND t.payment_request_id IN ${list("uuid", request_ids)} ORDER BY t.id`
      return found.map((row) => decode(row as Raw))
    })

    return PaymentRequestStore.of({
      insert: (requests, invoices) =>
        insert(paymentRequestsTable, requests).pipe(Effect.zipRight(insert(requestedInvoicesTable, invoices)), storage("insert")),

      save: (requests) => {
        // Of several changes of one request in a row the last one is what it is.
        const last = new Map(requests.map((request) => [request.id, request]))
        return update(paymentRequestsTable, CHANGING, [...last.values()]).pipe(storage("save"))
      },

      find: (id) => Effect.map(select(sql`r.id = ${id}`), ([request]) => request).pipe(storage("find")),

      lock: (ids) =>
        ids.length === 0 ? Effect.succeed([]) : select(sql`r.id IN ${list("uuid", ids)}`, dialect.forUpdate).pipe(storage("lock")),

      invoicesOf: (request_ids) => ofRequests(requestedInvoicesTable, linkOf, request_ids).pipe(storage("invoicesOf")),

      withInvoices: Effect.fnUntraced(function* (invoice_ids) {
        if (invoice_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(requestedInvoicesTable, "l")}, r.payment_status AS payment_status
          FROM payment_request_invoices l
          JOIN payment_requests r ON r.organization_id = l.organization_id AND r.id = l.payment_request_id
          WHERE l.organization_id = ${organization} AND l.invoice_id IN ${list("uuid", invoice_ids)} ORDER BY l.id`
        return found.map((row) => ({ ...linkOf(row as Raw), payment_status: row.payment_status as PaymentRequest["payment_status"] }))
      }, storage("withInvoices")),

      pendingOf: Effect.fnUntraced(function* (customer_ids) {
        if (customer_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        return yield* sql<Pick<PaymentRequest, "customer_id" | "amount_currency">>`SELECT DISTINCT r.customer_id, r.amount_currency
          FROM payment_requests r WHERE r.organization_id = ${organization} AND r.payment_status = 'pending'
          AND r.customer_id IN ${list("uuid", customer_ids)}`
      }, storage("pendingOf")),

      attemptsDue: Effect.fnUntraced(function* (terms, after, limit) {
        if (terms.length === 0) return []
        const organization = yield* CurrentOrganization
        const given = rows(
          [
            ["dunning_campaign_id", "uuid"],
            ["max_attempts", "integer"],
            ["last_at", "instant"]
          ],
          terms.map(({ dunning_campaign_id, last_at, max_attempts }) => [dunning_campaign_id, max_attempts, last_at])
        )
        const beyond = after === null ? sql.literal("") : sql`AND r.id > ${after}`
        const found = yield* sql<{ id: string }>`SELECT r.id FROM payment_requests r
          JOIN ${given} items ON items.dunning_campaign_id = r.dunning_campaign_id
          WHERE r.organization_id = ${organization} AND r.payment_status = 'pending' AND ${ready} ${beyond}
          AND r.payment_attempts < items.max_attempts AND (r.last_attempt_at IS NULL OR r.last_attempt_at <= items.last_at)
          ORDER BY r.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("attemptsDue")),

      insertSteps: (steps) => insert(requestStepsTable, steps).pipe(storage("insertSteps")),

      steps: (request_ids) => ofRequests(requestStepsTable, stepOf, request_ids).pipe(storage("steps")),

      stepsOfCampaign: Effect.fnUntraced(function* (dunning_campaign_id, request) {
        const organization = yield* CurrentOrganization
        const ofCampaign = sql`t.payment_request_id IN (SELECT r.id FROM payment_requests r
          WHERE r.organization_id = ${organization} AND r.dunning_campaign_id = ${dunning_campaign_id})`
        return yield* page(requestStepsTable, stepOf, [sql`t.organization_id = ${organization}`, ofCampaign], request)
      }, storage("stepsOfCampaign")),

      settledOtherwise: Effect.fnUntraced(function* (limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT r.id FROM payment_requests r
          WHERE r.organization_id = ${organization} AND r.payment_status = 'pending' AND ${ready} AND NOT EXISTS (
            SELECT 1 FROM payment_request_invoices l
            JOIN invoices i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
            WHERE l.organization_id = ${organization} AND l.payment_request_id = r.id AND i.status = 'finalized')
          ORDER BY r.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("settledOtherwise")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, paymentRequestsTable, filter, ["customer_id", "dunning_campaign_id", "payment_status"])
        return yield* page(paymentRequestsTable, requestOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page"))
    })
  })
)
