/** A row never leads to another organization's: each link is a composite foreign key, or is listed with what stands for it. */
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { migratedDatabase } from "../support/describe-engines.js"

/** Columns that name a row of ours without a foreign key. Whoever reads by one of them names the organization beside it (T1). */
const LOOSE: Readonly<Record<string, ReadonlyArray<string>>> = {
  "of one of several tables, as another column says": [
    "admin_notifications.resource_id",
    "applied_taxes.taxable_id",
    "audit_logs.resource_id",
    "billwright_changes.row_id",
    "call_logs.context_id",
    "field_transitions.subject",
    "integration_mappings.mappable_id",
    "integration_sync_histories.resource_id",
    "integration_syncs.resource_id",
    "invoice_settlements.source_id",
    "ledger_entries.source_id",
    "notifications.context_id",
    "report_submissions.report_id",
    "webhooks.object_id"
  ],
  "of what may be gone when the row is still there: a document keeps what it needs of it": [
    "advance_lines.charge_filter_id",
    "billed_periods.deleted_invoice_id",
    "billed_periods.next_plan_id",
    "fees.applied_add_on_id",
    "fees.charge_filter_id",
    "fees.charge_id",
    "fees.commitment_id",
    "fees.event_id",
    "integration_syncs.history_id",
    "invoice_taxations.integration_id",
    "payment_charges.payment_method_id",
    "payments.payment_method_id"
  ],
  "made by us for the row itself, and of no other": ["idempotency_records.owner", "wallet_transactions.transfer_id", "webhooks.event_id"],
  "of the host: its users and files": [
    "call_logs.caller",
    "closure_packs.compiled_by",
    "closure_packs.installation_report",
    "closure_packs.survey_report",
    "emergencies.backup",
    "field_transitions.oem",
    "field_transitions.user_id",
    "installations.report_reference",
    "installations.team",
    "leads.assigned_handler",
    "leads.customer",
    "notifications.recipient",
    "payouts.payee",
    "report_submissions.submitted_by",
    "surveys.report_reference",
    "surveys.surveyor"
  ]
}

/** Tables whose rows the library deletes: a reference to one is looked for then. */
const DELETED =
  `add_ons billable_metric_filters billable_metrics billed_periods billing_entities charges charge_filters commitments coupons credit_notes
  customers dunning_campaigns features fees integrations invoices notification_templates notifications payment_methods payments plans taxes usage_alerts
  usage_thresholds webhook_endpoints webhooks`
    .split(/\s+/)
    .map((name) => `'${name}'`)
    .join(", ")

/** References without an index, to what is deleted by hand and rarely. */
const UNINDEXED: Readonly<Record<string, ReadonlyArray<string>>> = {
  "an issuer's documents: its deletion reads those of the tenant": [
    "invoice_number_raises (organization_id, billing_entity_id)",
    "invoices (organization_id, billing_entity_id)",
    "invoices (organization_id, named_billing_entity_id)"
  ],
  "a customer's, who has no invoice when it is deleted: rare, and by hand": [
    "oem_profiles (organization_id, customer_id)",
    "payment_charges (organization_id, customer_id)",
    "wallet_transactions (organization_id, customer_id)",
    "wallets (organization_id, customer_id)"
  ],
  "of what a plan sells in advance": ["advance_lines (organization_id, charge_id)"],
  "of tables with few rows": [
    "charge_filter_values (organization_id, billable_metric_filter_id)",
    "commitments (organization_id, plan_id)",
    "oem_profiles (organization_id, add_on_id)",
    "usage_thresholds (organization_id, plan_id)"
  ]
}

describe("links between rows", () => {
  let database: Awaited<ReturnType<typeof migratedDatabase>>
  let client: pg.Client

  beforeAll(async () => {
    database = await migratedDatabase()
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  }, 60_000)

  afterAll(async () => {
    await client?.end()
    await database?.drop()
  })

  const names = async (text: string) => (await client.query<{ name: string }>(text)).rows.map(({ name }) => name)

  it("have the organization in their foreign key, on both sides", async () => {
    const wrong = await names(`SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) AS name FROM pg_constraint
      WHERE contype = 'f' AND pg_get_constraintdef(oid) !~ '^FOREIGN KEY \\(organization_id(, \\w+)*\\) REFERENCES (organizations\\(id\\)|\\w+\\(organization_id, )'`)
    expect(wrong).toEqual([])
  })

  it("have a foreign key, or stand in the list", async () => {
    const found =
      await names(`SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'uuid'::regtype AND a.attname NOT IN ('id', 'organization_id', 'claim_id')
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey))`)
    const listed = new Set(Object.values(LOOSE).flat())
    expect(found.filter((name) => !listed.has(name))).toEqual([])
  })

  it("are found by an index when what they refer to is deleted", async () => {
    const found =
      await names(`SELECT k.conrelid::regclass || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(n, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n) || ')' AS name
      FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid::regclass::text IN (${DELETED})
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid
          AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
          AND k.conkey <@ (i.indkey::smallint[])[0:cardinality(k.conkey) - 1])`)
    expect(found.toSorted()).toEqual(Object.values(UNINDEXED).flat().toSorted())
  })
})
