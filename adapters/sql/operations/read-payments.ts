/** What the doctor reads of payments, charges and payment requests, in SQL: each with the sums of its rows. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawCharge, RawPayment, RawRequest } from "../../../src/operations/index.js"
import { beyond } from "./reading.js"

const text = (column: string): string => `CAST(${column} AS TEXT)`
const sumOf = (column: string, from: string): string => `(SELECT CAST(COALESCE(SUM(${column}), 0) AS TEXT) FROM ${from})`
const refundsOf = (condition: string): string =>
  sumOf("r.amount_cents", `payment_refunds r WHERE r.organization_id = p.organization_id AND r.payment_id = p.id AND ${condition}`)

const PAYMENT = [
  ...["id", "amount_cents", "refunded_amount_cents", "unapplied_amount_cents"].map((column) => `${text(`p.${column}`)} AS ${column}`),
  "p.status, p.currency, i.currency AS invoice_currency, c.status AS charge_status",
  `${sumOf(
    "s.amount_cents",
    "invoice_settlements s WHERE s.organization_id = p.organization_id AND s.settlement_type = 'payment' AND s.source_id = p.id"
  )} AS settled_cents`,
  `${refundsOf("r.status = 'succeeded'")} AS returned_cents`,
  `${refundsOf("r.status <> 'failed'")} AS returning_cents`
].join(", ")

const CHARGE = [
  `${text("c.id")} AS id, c.status, ${text("c.amount_cents")} AS amount_cents`,
  `${sumOf(
    "p.amount_cents",
    "payments p WHERE p.organization_id = c.organization_id AND p.payment_charge_id = c.id AND p.completed_at IS NOT NULL"
  )} AS collected_cents`
].join(", ")

const OF_REQUEST = "t.organization_id = q.organization_id AND t.payment_request_id = q.id"

const REQUEST = [
  `${text("q.id")} AS id, q.payment_status, q.ready_for_payment_processing, q.payment_attempts`,
  `(SELECT COUNT(*) FROM payment_request_attempts t WHERE ${OF_REQUEST} AND t.action = 'attempted') AS attempted_steps`,
  `(SELECT t.new_status FROM payment_request_attempts t WHERE ${OF_REQUEST} ORDER BY t.id DESC LIMIT 1) AS last_status`,
  `(SELECT COUNT(*) FROM payment_charges t WHERE ${OF_REQUEST} AND t.status IN ('pending', 'processing')) AS open_charges`
].join(", ")

export const readPayments = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    return yield* sql<RawPayment>`SELECT ${sql.literal(PAYMENT)} FROM payments p
      JOIN invoices i ON i.organization_id = p.organization_id AND i.id = p.invoice_id
      LEFT JOIN payment_charges c ON c.organization_id = p.organization_id AND c.id = p.payment_charge_id
      WHERE p.organization_id = ${organization} ${beyond(sql, "p", after)} ORDER BY p.id LIMIT ${limit}`
  })

export const readCharges = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    return yield* sql<RawCharge>`SELECT ${sql.literal(CHARGE)} FROM payment_charges c
      WHERE c.organization_id = ${organization} ${beyond(sql, "c", after)} ORDER BY c.id LIMIT ${limit}`
  })

export const readRequests = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const found = yield* sql<RawRequest>`SELECT ${sql.literal(REQUEST)} FROM payment_requests q
      WHERE q.organization_id = ${organization} ${beyond(sql, "q", after)} ORDER BY q.id LIMIT ${limit}`
    return found.map(
      (request): RawRequest => ({
        ...request,
        ready_for_payment_processing: Boolean(request.ready_for_payment_processing),
        payment_attempts: Number(request.payment_attempts),
        attempted_steps: Number(request.attempted_steps),
        open_charges: Number(request.open_charges)
      })
    )
  })
