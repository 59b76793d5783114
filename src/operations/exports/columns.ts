/** What each kind of export shows, in order, and by what it can be narrowed (billing 20). */
import { Schema } from "effect"
import type { ExportType } from "./export.js"

/**
 * How a column is written: `text` is what people typed, and never becomes a formula; `number` is a decimal as it is stored;
 * `count` a whole number; `instant` ISO 8601 in UTC.
 */
export type ColumnKind = "text" | "number" | "count" | "instant" | "json"

interface ExportShape {
  readonly columns: Readonly<Record<string, ColumnKind>>
  readonly filters: Readonly<Record<string, Schema.Schema.AnyNoContext>>
}

const Id = Schema.String.pipe(
  Schema.pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { message: () => "expected an id" })
)
const Given = Schema.String.pipe(
  Schema.filter((value) => value !== "" && value.length <= 255, { message: () => "expected 1 to 255 characters" })
)

export const exportShapes: Readonly<Record<ExportType, ExportShape>> = {
  invoices: {
    columns: {
      number: "text",
      customer_id: "text",
      status: "text",
      subtotal: "number",
      tax_amount: "number",
      total: "number",
      currency: "text",
      issued_at: "instant",
      due_date: "instant",
      paid_at: "instant"
    },
    filters: { status: Schema.Literal("draft", "finalized", "paid", "voided"), customer_id: Id }
  },
  customers: {
    columns: { external_id: "text", name: "text", email: "text", currency: "text", timezone: "text", created_at: "instant" },
    filters: {}
  },
  subscriptions: {
    columns: {
      external_id: "text",
      customer_id: "text",
      plan_id: "text",
      status: "text",
      billing_time: "text",
      started_at: "instant",
      canceled_at: "instant",
      created_at: "instant"
    },
    filters: { status: Schema.Literal("pending", "active", "paused", "canceled", "terminated"), customer_id: Id }
  },
  events: {
    columns: { transaction_id: "text", external_customer_id: "text", code: "text", timestamp: "instant", created_at: "instant" },
    filters: { external_customer_id: Given, code: Given }
  },
  fees: {
    columns: {
      id: "text",
      invoice_id: "text",
      fee_type: "text",
      amount_cents: "number",
      units: "number",
      events_count: "count",
      payment_status: "text",
      created_at: "instant"
    },
    filters: { fee_type: Schema.Literal("charge", "subscription", "add_on", "credit", "commitment"), invoice_id: Id }
  },
  credit_notes: {
    columns: {
      number: "text",
      invoice_id: "text",
      customer_id: "text",
      credit_note_type: "text",
      status: "text",
      total_amount_cents: "number",
      currency: "text",
      issued_at: "instant",
      created_at: "instant"
    },
    filters: { status: Schema.Literal("draft", "finalized") }
  },
  audit_logs: {
    columns: {
      id: "text",
      resource_type: "text",
      resource_id: "text",
      action: "text",
      actor_type: "text",
      actor_id: "text",
      changes: "json",
      created_at: "instant"
    },
    filters: {
      resource_type: Given,
      action: Schema.Literal("created", "updated", "deleted", "status_changed"),
      actor_type: Schema.Literal("system", "api_key", "webhook", "user")
    }
  }
}
