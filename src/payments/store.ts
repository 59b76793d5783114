/** The ports to where payments are kept. Batch-shaped: a run books many with few statements. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Payment } from "./payment.js"

/** What a list of payments is narrowed to. */
interface PaymentFilter {
  readonly invoice_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly payment_request_id?: string | undefined
  readonly status?: Payment["status"] | undefined
  readonly provider?: Payment["provider"] | undefined
}

export interface PaymentStoreShape {
  readonly insert: (payments: ReadonlyArray<Payment>) => Effect.Effect<void, StorageError>
  /** Writes payments again; their rows, or their invoices' rows, are locked. */
  readonly save: (payments: ReadonlyArray<Payment>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<Payment | undefined, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction, after its invoice's. */
  readonly lock: (id: string) => Effect.Effect<Payment | undefined, StorageError, CurrentOrganization>
  /** Deletes a pending one. */
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly page: (filter: PaymentFilter, request: PageRequest) => Effect.Effect<PageRows<Payment>, StorageError, CurrentOrganization>
}

export class PaymentStore extends Context.Tag("billwright/PaymentStore")<PaymentStore, PaymentStoreShape>() {}
