/** A payment request: several invoices of one customer and currency that are asked for together, and what became of it. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../../core/index.js"

export const PaymentRequestId = brandedId("PaymentRequestId")
export type PaymentRequestId = typeof PaymentRequestId.Type

export const RequestStatus = Schema.Literal("pending", "succeeded", "failed")
export type RequestStatus = typeof RequestStatus.Type

export const PaymentRequest = Schema.Struct({
  id: PaymentRequestId,
  organization_id: OrganizationId,
  customer_id: Schema.String,
  /** The campaign that made it; null: by hand. */
  dunning_campaign_id: Schema.NullOr(Schema.String),
  /** What was asked for last: minor units of `amount_currency`. */
  amount_cents: Schema.BigIntFromSelf,
  amount_currency: Schema.String,
  payment_status: RequestStatus,
  payment_attempts: Schema.Int,
  /** Whether no attempt is under way. */
  ready_for_payment_processing: Schema.Boolean,
  last_attempt_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type PaymentRequest = typeof PaymentRequest.Type

/** An invoice in a request. */
export interface RequestedInvoice {
  readonly id: string
  readonly organization_id: string
  readonly payment_request_id: string
  readonly invoice_id: string
  readonly created_at: typeof Instant.Type
  readonly updated_at: typeof Instant.Type
}

/** Something that happened to a request; `created_at` is when. */
export interface RequestStep {
  readonly id: string
  readonly organization_id: string
  readonly payment_request_id: string
  readonly action: "created" | "attempted" | "succeeded" | "failed"
  readonly old_status: RequestStatus
  readonly new_status: RequestStatus
  /** How many attempts there were. */
  readonly attempt: number
  readonly error: string | null
  readonly created_at: typeof Instant.Type
  readonly updated_at: typeof Instant.Type
}

/** A request with its invoices, in the order in which they were put in. */
export interface RequestWithInvoices {
  readonly request: PaymentRequest
  readonly invoice_ids: ReadonlyArray<string>
}

/** What `PaymentRequests.create` takes. */
export const CreateRequest = Schema.Struct({
  external_customer_id: Text.atMost(255),
  invoice_ids: Schema.Array(Schema.String).pipe(
    Schema.minItems(1, { message: () => "expected at least one invoice" }),
    Schema.maxItems(1000, { message: () => "expected at most 1000 invoices" })
  )
})
export type CreateRequestInput = typeof CreateRequest.Encoded

/** What `PaymentRequests.list` takes. Sorted by `created_at`. */
export const ListRequests = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  dunning_campaign_id: Schema.optional(Schema.String),
  payment_status: Schema.optional(RequestStatus)
})
export type ListRequestsInput = typeof ListRequests.Encoded
