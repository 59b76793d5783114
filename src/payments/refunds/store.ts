/** The port to where refunds are kept. Batch-shaped: a run books many with few statements. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { PaymentRefund } from "./refund.js"

type Read = Effect.Effect<ReadonlyArray<PaymentRefund>, StorageError, CurrentOrganization>

/** Who changes refunds holds the locks of their invoices. */
export interface PaymentRefundStoreShape {
  readonly insert: (refunds: ReadonlyArray<PaymentRefund>) => Effect.Effect<void, StorageError>
  readonly save: (refunds: ReadonlyArray<PaymentRefund>) => Effect.Effect<void, StorageError>
  /** Ascending by id: the order in which they were made. */
  readonly load: (ids: ReadonlyArray<string>) => Read
  readonly ofPayments: (payment_ids: ReadonlyArray<string>) => Read
  readonly ofNotes: (credit_note_ids: ReadonlyArray<string>) => Read
  /** Ids of refunds whose next call is due, longest due first. */
  readonly due: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
}

export class PaymentRefundStore extends Context.Tag("billwright/PaymentRefundStore")<PaymentRefundStore, PaymentRefundStoreShape>() {}
