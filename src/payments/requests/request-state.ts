/** The state machine of a payment request. Pure. */
import type { DateTime } from "effect"
import type { InvoiceDue } from "../../invoicing/index.js"
import type { PaymentRequest, RequestStep } from "./request.js"

/** What is written of a request's change; the step has its id yet to come. */
export interface RequestChange {
  readonly request: PaymentRequest
  readonly step: Omit<RequestStep, "id">
}

const change = (
  before: PaymentRequest,
  after: Partial<PaymentRequest>,
  step: Pick<RequestStep, "action" | "error">,
  now: DateTime.Utc
): RequestChange => {
  const request = { ...before, ...after, updated_at: now }
  const { id, organization_id, payment_attempts, payment_status } = request
  return {
    request,
    step: {
      ...step,
      organization_id,
      payment_request_id: id,
      old_status: before.payment_status,
      new_status: payment_status,
      attempt: payment_attempts,
      created_at: now,
      updated_at: now
    }
  }
}

/** The invoices that it still asks for; voided and paid ones drop out. */
export const askedFor = (invoices: ReadonlyArray<InvoiceDue>): ReadonlyArray<InvoiceDue> =>
  invoices.filter(({ due_cents }) => due_cents > 0n)

export const created = (request: PaymentRequest, now: DateTime.Utc): RequestChange =>
  change(request, {}, { action: "created", error: null }, now)

/** An attempt over what is then due begins; it is under way until its charge has an outcome. */
export const attempted = (request: PaymentRequest, amount_cents: bigint, now: DateTime.Utc): RequestChange =>
  change(
    request,
    { amount_cents, payment_attempts: request.payment_attempts + 1, ready_for_payment_processing: false, last_attempt_at: now },
    { action: "attempted", error: null },
    now
  )

/** An attempt came to nothing; where none is left the request has failed. Without a campaign it waits for the next call. */
export const attemptFailed = (request: PaymentRequest, max_attempts: number | null, error: string, now: DateTime.Utc): RequestChange => {
  const over = max_attempts !== null && request.payment_attempts >= max_attempts
  return change(
    request,
    { payment_status: over ? "failed" : "pending", ready_for_payment_processing: true },
    { action: "failed", error },
    now
  )
}

/** Set by hand. */
export const givenUp = (request: PaymentRequest, now: DateTime.Utc): RequestChange =>
  change(request, { payment_status: "failed", ready_for_payment_processing: true }, { action: "failed", error: "set by hand" }, now)

/** Nothing of it is due any more: it has succeeded, unless all its invoices were voided. */
export const finished = (request: PaymentRequest, invoices: ReadonlyArray<InvoiceDue>, now: DateTime.Utc): RequestChange => {
  const paid = invoices.some(({ status }) => status === "paid")
  return change(
    request,
    { payment_status: paid ? "succeeded" : "failed", ready_for_payment_processing: true },
    { action: paid ? "succeeded" : "failed", error: paid ? null : "all its invoices were voided" },
    now
  )
}
