/** The ports to where payments are kept. Batch-shaped: a run books many with few statements. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { PaymentCharge } from "./charge.js"
import type { PaymentMethod } from "./method.js"
import type { Payment, ProviderName } from "./payment.js"
import type { ChargeReference } from "./provider.js"
import type { KeptEvent } from "./provider-event.js"

/** What a list of payments is narrowed to. */
interface PaymentFilter {
  readonly invoice_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly payment_request_id?: string | undefined
  readonly status?: Payment["status"] | undefined
  readonly provider?: Payment["provider"] | undefined
}

export interface ChargedInvoice {
  readonly payment_charge_id: string
  readonly invoice_id: string
}

export interface PaymentStoreShape {
  readonly insert: (payments: ReadonlyArray<Payment>) => Effect.Effect<void, StorageError>
  /** Writes payments again; their rows, or their invoices' rows, are locked. */
  readonly save: (payments: ReadonlyArray<Payment>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<Payment | undefined, StorageError, CurrentOrganization>
  /** Ascending by id; without locks of their own. */
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Payment>, StorageError, CurrentOrganization>
  /** The payments of these invoices that came in, ascending by id. */
  readonly ofInvoices: (invoice_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Payment>, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction, after its invoice's. */
  readonly lock: (id: string) => Effect.Effect<Payment | undefined, StorageError, CurrentOrganization>
  /** Deletes a pending one. */
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** The payments of charges, ascending by id: the order in which they were made. */
  /** Which charge collects for which invoice: what has to be known before the invoices are locked. */
  readonly invoicesOf: (
    charge_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<ChargedInvoice>, StorageError, CurrentOrganization>
  readonly ofCharges: (charge_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Payment>, StorageError, CurrentOrganization>
  /** How many payments of a customer have failed and were not tried again. */
  readonly failedOf: (customer_id: string) => Effect.Effect<number, StorageError, CurrentOrganization>
  /** The payments of these invoices that are under way. */
  readonly underWay: (invoice_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Payment>, StorageError, CurrentOrganization>
  readonly page: (filter: PaymentFilter, request: PageRequest) => Effect.Effect<PageRows<Payment>, StorageError, CurrentOrganization>
}

export class PaymentStore extends Context.Tag("billwright/PaymentStore")<PaymentStore, PaymentStoreShape>() {}

export interface PaymentMethodStoreShape {
  readonly insert: (method: PaymentMethod) => Effect.Effect<void, StorageError>
  readonly save: (methods: ReadonlyArray<PaymentMethod>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Effect.Effect<PaymentMethod | undefined, StorageError, CurrentOrganization>
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly ofCustomers: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<PaymentMethod>, StorageError, CurrentOrganization>
  /** The default methods of those customers that have one. */
  readonly defaults: (customer_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<PaymentMethod>, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly customer_id?: string | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<PaymentMethod>, StorageError, CurrentOrganization>
}

export class PaymentMethodStore extends Context.Tag("billwright/PaymentMethodStore")<PaymentMethodStore, PaymentMethodStoreShape>() {}

export interface PaymentChargeStoreShape {
  readonly insert: (charges: ReadonlyArray<PaymentCharge>) => Effect.Effect<void, StorageError>
  readonly save: (charges: ReadonlyArray<PaymentCharge>) => Effect.Effect<void, StorageError>
  /** Ids of charges whose next call is due, longest due first; nothing is locked. */
  readonly due: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  /** The rows with their locks, ascending by id; only in a transaction, after their invoices'. */
  readonly lock: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<PaymentCharge>, StorageError, CurrentOrganization>
  /** The same without locks. */
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<PaymentCharge>, StorageError, CurrentOrganization>
  /** Whether a charge of the provider has been called and has no outcome yet. */
  readonly isUnderWay: (provider: ProviderName) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  /** The charges of a provider that some reference names, by any of its ids. */
  readonly matching: (
    provider: ProviderName,
    references: ReadonlyArray<ChargeReference>
  ) => Effect.Effect<ReadonlyArray<PaymentCharge>, StorageError, CurrentOrganization>
}

export class PaymentChargeStore extends Context.Tag("billwright/PaymentChargeStore")<PaymentChargeStore, PaymentChargeStoreShape>() {}

export interface ProviderEventStoreShape {
  /** Inserts those that are not there yet; answers the rows of all of them, locked: another webhook with the same event waits. */
  readonly claim: (
    provider: ProviderName,
    events: ReadonlyArray<KeptEvent>
  ) => Effect.Effect<ReadonlyArray<KeptEvent>, StorageError, CurrentOrganization>
  readonly save: (events: ReadonlyArray<KeptEvent>) => Effect.Effect<void, StorageError>
}

export class ProviderEventStore extends Context.Tag("billwright/ProviderEventStore")<ProviderEventStore, ProviderEventStoreShape>() {}
