/** Rows that the contract of connectors brings over: `n` tells them apart. */
import { instant } from "../../../src/core/index.js"
import type {
  CreditNoteRecord,
  CustomerRecord,
  InvoiceRecord,
  PaymentRecord,
  RecordCustomer,
  SubscriptionRecord,
  TaxDocument,
  TaxedDocument
} from "../../../src/integrations/index.js"

const idOf = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`
const at = instant(Date.UTC(2025, 0, 31))

const customer = (n: number): CustomerRecord => ({
  id: idOf(n),
  external_id: `c-${n}`,
  name: `Customer "${n}" & Söhne`,
  email: `c-${n}@example.com`,
  currency: "EUR",
  billing_metadata: { country: "US", state: "CA", postal_code: "94105", city: "San Francisco", line1: "1 Market St" },
  link: null
})

const lines = (n: number) => [
  { id: idOf(n + 500_000), description: "Base fee", amount_cents: 10_000n, tax_cents: 1_900n },
  { id: idOf(n + 600_000), description: "Calls", amount_cents: 1n, tax_cents: 0n }
]

const document = (n: number, sign = 1n): TaxDocument => ({
  id: idOf(n),
  currency: "USD",
  issued_on: "2025-01-31",
  seller: { name: "Acme", address: { line1: null, city: null, region: null, postal_code: null, country: "US" }, tax_id: null },
  customer: { ...customer(n), currency: "USD" },
  address: { line1: "2000 Main Street", city: "Irvine", region: "CA", postal_code: "92614", country: "US" },
  tax_id: null,
  fees: [
    { fee_id: "1", fee_type: "subscription", description: "Base", item_code: "pro", units: "1", amount_cents: 10_000n * sign },
    { fee_id: "2", fee_type: "charge", description: "Calls", item_code: "calls", units: "3", amount_cents: 301n * sign }
  ]
})

const taxed = (n: number, sign = 1n): TaxedDocument => ({
  integration_id: "01900000-0000-7000-8000-000000000002",
  document: document(n, sign),
  taxed_on: "2025-01-31",
  stands: true
})

export const sample = {
  customer,
  subscription: (n: number, of: RecordCustomer): SubscriptionRecord => ({
    id: idOf(n),
    external_id: `s-${n}`,
    status: "active",
    plan_code: "pro",
    plan_name: "Pro",
    amount_cents: 10_000n,
    currency: "EUR",
    timezone: "UTC",
    started_at: at,
    ending_at: null,
    customer: of
  }),
  invoice: (n: number, of: RecordCustomer): InvoiceRecord => ({
    id: idOf(n),
    invoice_number: `INV-${n}`,
    invoice_type: "subscription",
    status: "finalized",
    currency: "EUR",
    timezone: "UTC",
    issued_at: at,
    due_date: at,
    tax_cents: 1_900n,
    total_cents: 11_901n,
    due_cents: 11_901n,
    lines: lines(n),
    customer: of,
    taxed: taxed(n)
  }),
  payment: (n: number, of: RecordCustomer, invoice: PaymentRecord["invoice"]): PaymentRecord => ({
    id: idOf(n),
    status: "succeeded",
    amount_cents: 5_000n,
    refunded_cents: 0n,
    currency: "EUR",
    provider: "manual",
    timezone: "UTC",
    paid_at: at,
    invoice,
    customer: of
  }),
  creditNote: (n: number, of: RecordCustomer, invoice: CreditNoteRecord["invoice"]): CreditNoteRecord => ({
    id: idOf(n),
    number: `CN-${n}`,
    credit_note_type: "offset",
    reason: "other",
    currency: "EUR",
    timezone: "UTC",
    issued_at: at,
    tax_cents: 1_900n,
    total_cents: 11_901n,
    lines: lines(n),
    invoice,
    customer: of,
    taxed: taxed(n, -1n)
  }),
  document
}
