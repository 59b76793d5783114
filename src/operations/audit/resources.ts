/**
 * What the audit log tells of, table by table, and why it does not tell of the others. A table is in one of the two lists; a test holds
 * them against the schema.
 */

export interface AuditedTable {
  /** What its rows are called in the log. */
  readonly resource_type: string
  /** Columns that are kept up by the machine, or told by rows of their own: a change of these alone is no change of the entity. */
  readonly aside?: ReadonlyArray<string>
  /** Its statements often write nothing but what stands aside: a server that looks at whole statements looks at the rows of these one by one. */
  readonly row_by_row?: true
  /** Columns whose values the log never shows, as it shows no secret: that they changed is told. */
  readonly hidden?: ReadonlyArray<string>
  /** The status, where the column has another name. */
  readonly status?: string
  /** Only rows with one of these values in this column. */
  readonly only?: { readonly column: string; readonly values: ReadonlyArray<string> }
}

export const auditedTables: Readonly<Record<string, AuditedTable>> = {
  organizations: { resource_type: "organization" },
  members: { resource_type: "member" },
  api_keys: { resource_type: "api_key", aside: ["last_used_at"], row_by_row: true },
  billing_entities: { resource_type: "billing_entity", aside: ["next_invoice_number"], row_by_row: true },
  invoice_number_raises: { resource_type: "invoice_number_raise" },
  customers: { resource_type: "customer" },
  billable_metrics: { resource_type: "billable_metric" },
  billable_metric_filters: { resource_type: "billable_metric_filter" },
  plans: { resource_type: "plan" },
  charges: { resource_type: "charge" },
  charge_filters: { resource_type: "charge_filter" },
  charge_filter_values: { resource_type: "charge_filter_value" },
  commitments: { resource_type: "commitment" },
  usage_thresholds: { resource_type: "usage_threshold" },
  taxes: { resource_type: "tax" },
  // Those of documents are parts of their documents.
  applied_taxes: {
    resource_type: "applied_tax",
    only: { column: "taxable_type", values: ["billing_entity", "customer", "plan", "charge", "add_on", "commitment"] }
  },
  features: { resource_type: "feature" },
  entitlements: { resource_type: "entitlement" },
  // The schedule follows from the terms, at each boundary.
  subscriptions: {
    resource_type: "subscription",
    aside: ["window_start", "window_first_day", "period_first_day", "next_first_day", "next_due_at"],
    row_by_row: true
  },
  // Fees and parties are of the document, and kept with it.
  invoices: { resource_type: "invoice", aside: ["line_items", "parties"] },
  credit_notes: { resource_type: "credit_note" },
  coupons: { resource_type: "coupon" },
  applied_coupons: { resource_type: "applied_coupon", aside: ["frequency_duration_remaining"], row_by_row: true },
  add_ons: { resource_type: "add_on" },
  applied_add_ons: { resource_type: "applied_add_on" },
  usage_alerts: { resource_type: "usage_alert", aside: ["times_triggered", "triggered_at", "counted_from"], row_by_row: true },
  // Balances are the sums of movements and holds.
  wallets: {
    resource_type: "wallet",
    aside: ["balance_cents", "credits_balance", "consumed_amount_cents", "consumed_credits", "held_cents", "undrawn_cents"],
    row_by_row: true
  },
  // What pays an invoice, or a hold that is settled, is a row that never goes.
  wallet_transactions: {
    resource_type: "wallet_transaction",
    aside: ["remaining_cents"],
    row_by_row: true,
    only: { column: "transaction_status", values: ["granted", "purchased", "voided"] }
  },
  wallet_rules: { resource_type: "wallet_rule", aside: ["done_until"], row_by_row: true },
  payments: { resource_type: "payment" },
  payment_charges: { resource_type: "payment_charge", aside: ["called_at", "due_at", "checkout"] },
  payment_refunds: { resource_type: "payment_refund", aside: ["called_at", "due_at"] },
  // What is on a card is no business of a log.
  payment_methods: { resource_type: "payment_method", hidden: ["details"] },
  payment_requests: { resource_type: "payment_request", status: "payment_status" },
  dunning_campaigns: { resource_type: "dunning_campaign" },
  dunning_campaign_thresholds: { resource_type: "dunning_campaign_threshold" },
  webhook_endpoints: { resource_type: "webhook_endpoint", aside: ["failing_since", "answering_since"], row_by_row: true },
  // What is no credential among the settings may still be a secret of the system.
  integrations: { resource_type: "integration", aside: ["last_sync_at"], hidden: ["settings"] },
  integration_customers: { resource_type: "integration_customer" },
  data_exports: { resource_type: "data_export", aside: ["progress", "claim_id", "leased_until"], row_by_row: true },
  oem_profiles: { resource_type: "oem_profile" },
  leads: { resource_type: "lead" },
  surveys: { resource_type: "survey", aside: ["reminded_for"] },
  installations: { resource_type: "installation" },
  closure_packs: { resource_type: "closure_pack" },
  emergencies: { resource_type: "emergency" },
  payouts: { resource_type: "payout" },
  weekly_reports: { resource_type: "weekly_report" },
  monthly_reports: { resource_type: "monthly_report" },
  report_submissions: { resource_type: "report_submission" },
  notification_templates: { resource_type: "notification_template" },
  customer_mailings: { resource_type: "customer_mailing" }
}

/** Those whose stores tell of single rows themselves: what hosts do to fees, which are written by the thousand else. */
const stagedTables: Readonly<Record<string, AuditedTable>> = {
  fees: { resource_type: "fee", status: "payment_status" }
}

/** What the log is told of, whoever tells it. */
export const toldTables: Readonly<Record<string, AuditedTable>> = { ...auditedTables, ...stagedTables }

export const unauditedTables: Readonly<Record<string, string>> = {
  events: "append-only, and as many as there is usage: an event is its own record",
  usage_slots: "sums of events, recounted at any time",
  daily_usages: "sums of events, recounted at any time",
  late_usage: "a mark of what billing has to look at again",
  advance_lines: "what events paid in advance come to, one after the other",
  plan_versions: "append-only: the terms of a plan as each change left them",
  subscription_pauses: "written with the subscription's own change of status",
  billed_periods: "append-only: what was billed, with its invoice",
  invoice_taxations: "what came of asking for an invoice's taxes; the invoice has them",
  fees: "parts of their invoice, which are never changed once it is final; what a host does to one is told by their store",
  document_counters: "the next number; the document has it",
  credit_note_items: "parts of their credit note",
  invoice_settlements: "append-only: what settles an invoice, with its source",
  usage_alert_triggers: "append-only: each firing is its own record",
  applied_usage_thresholds: "append-only: each crossing is its own record",
  applied_coupon_uses: "append-only: what a coupon took off an invoice",
  ledger_entries: "append-only: what documents book",
  wallet_holds: "as many as there are calls; each keeps its amounts and instants, and its movement",
  payment_request_invoices: "written with their payment request, and never changed",
  payment_request_attempts: "append-only: each attempt is its own record",
  payment_reminders: "messages on their way",
  provider_events: "append-only: what providers said",
  webhooks: "messages on their way, with the text that they were made with",
  webhook_delivery_attempts: "append-only: each try is its own record",
  integration_mappings: "what syncs found: the history has each",
  integration_syncs: "work that waits: the history has what came of it",
  integration_sync_histories: "append-only: each sync is its own record",
  idempotency_records: "answers that are kept for a day",
  installation_counters: "the next number; the installation has it",
  installation_bills: "work that waits; the invoice tells what came of it",
  field_transitions: "append-only: each step is its own record",
  call_logs: "append-only: each call is its own record",
  call_reminders: "messages on their way",
  notifications: "messages on their way, with their tries and receipts",
  notification_enclosures: "parts of their message, and never changed",
  admin_notifications: "messages to administrators: what they tell of is logged itself",
  notification_template_ids: "the next number; the template has it",
  delivery_receipts: "append-only: what gateways said",
  audit_logs: "the log",
  audit_chains: "the log's ends"
}
