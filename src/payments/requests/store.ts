/** The port to where payment requests are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { PaymentRequest, RequestedInvoice, RequestStep } from "./request.js"

interface RequestFilter {
  readonly customer_id?: string | undefined
  readonly dunning_campaign_id?: string | undefined
  readonly payment_status?: PaymentRequest["payment_status"] | undefined
}

/** An attempt is due of requests of a campaign with fewer than `max_attempts`, the last one not after `last_at`. */
interface AttemptTerms {
  readonly dunning_campaign_id: string
  readonly max_attempts: number
  readonly last_at: DateTime.Utc
}

export interface PaymentRequestStoreShape {
  readonly insert: (requests: ReadonlyArray<PaymentRequest>, invoices: ReadonlyArray<RequestedInvoice>) => Effect.Effect<void, StorageError>
  readonly save: (requests: ReadonlyArray<PaymentRequest>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<PaymentRequest | undefined, StorageError, CurrentOrganization>
  /** The rows with their locks, ascending by id; only in a transaction, after their invoices'. */
  readonly lock: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<PaymentRequest>, StorageError, CurrentOrganization>
  /** The invoices of requests, in the order in which they were put in. */
  readonly invoicesOf: (
    request_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<RequestedInvoice>, StorageError, CurrentOrganization>
  /** The requests in which these invoices are, whatever became of them. */
  readonly withInvoices: (
    invoice_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<RequestedInvoice & Pick<PaymentRequest, "payment_status">>, StorageError, CurrentOrganization>
  /** Customer and currency of pending requests of these customers. */
  readonly pendingOf: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Pick<PaymentRequest, "customer_id" | "amount_currency">>, StorageError, CurrentOrganization>
  /** Ids of pending requests with an id above `after` that are ready and due by their campaign's terms, ascending; nothing is locked. */
  readonly attemptsDue: (
    terms: ReadonlyArray<AttemptTerms>,
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  readonly insertSteps: (steps: ReadonlyArray<RequestStep>) => Effect.Effect<void, StorageError>
  /** What happened to requests, oldest first. */
  readonly steps: (request_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<RequestStep>, StorageError, CurrentOrganization>
  readonly stepsOfCampaign: (
    dunning_campaign_id: string,
    request: PageRequest
  ) => Effect.Effect<PageRows<RequestStep>, StorageError, CurrentOrganization>
  /** Ids of pending requests without attempt under way none of whose invoices is still to be paid; nothing is locked. */
  readonly settledOtherwise: (limit: number) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  readonly page: (filter: RequestFilter, request: PageRequest) => Effect.Effect<PageRows<PaymentRequest>, StorageError, CurrentOrganization>
}

export class PaymentRequestStore extends Context.Tag("billwright/PaymentRequestStore")<PaymentRequestStore, PaymentRequestStoreShape>() {}
