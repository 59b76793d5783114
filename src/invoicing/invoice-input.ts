/** What callers say about invoices: how a list is narrowed, which invoice is previewed or generated, which are meant at once. */
import { Schema } from "effect"
import { BulkIds, decodeInput, Instant, pageFields } from "../core/index.js"
import { InvoiceStatus, InvoiceType } from "./invoice.js"

const ListInvoices = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  subscription_id: Schema.optional(Schema.String),
  billing_entity_id: Schema.optional(Schema.String),
  status: Schema.optional(InvoiceStatus),
  invoice_type: Schema.optional(InvoiceType),
  currency: Schema.optional(Schema.String),
  /** Final, with something due, and the local day of the due date over; or all that are not. */
  overdue: Schema.optional(Schema.Boolean),
  /** Issued at this instant or later; drafts are not. */
  issued_from: Schema.optional(Instant),
  /** Issued before this instant. */
  issued_to: Schema.optional(Instant)
})
export type ListInvoicesInput = typeof ListInvoices.Encoded

export const decodeListInvoices = decodeInput(ListInvoices)

const Preview = Schema.Struct({ at: Schema.optional(Instant) })

/** `at`: the first invoice that bills this instant or a later one; the next invoice unless given. */
export type PreviewInput = typeof Preview.Encoded

export const decodePreview = decodeInput(Preview)

const Generate = Schema.Struct({ period_start: Schema.optional(Instant) })

/** `period_start`: when the period begins that is to be billed; the oldest one that is unbilled unless given. */
export type GenerateInput = typeof Generate.Encoded

export const decodeGenerate = decodeInput(Generate)

const Bulk = Schema.Struct({ ids: BulkIds })

/** 1 to 100 invoices by id; a repeated one is taken once. */
export type BulkInvoicesInput = typeof Bulk.Encoded

export const decodeBulkInvoices = decodeInput(Bulk)
