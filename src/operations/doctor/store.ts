/** The port through which the doctor reads: page by page, every figure as text. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { EventFees } from "./advance.js"
import type { RawApplication } from "./coupons.js"
import type { RawEntitlement } from "./entitlements.js"
import type { RawIntegration } from "./integrations.js"
import type { BookedPage } from "./ledger.js"
import type { RawNote } from "./notes.js"
import type { RawSeries } from "./numbers.js"
import type { RawCharge, RawPayment, RawRequest } from "./payments.js"
import type { RawAhead } from "./progressive.js"
import type { RawDocument } from "./raw.js"
import type { EventQuery, FeeCounts } from "./usage.js"
import type { Violation } from "./violation.js"
import type { RawWallet } from "./wallets.js"
import type { RawWebhook } from "./webhooks.js"
import type { RawLife } from "./windows.js"

/** A row with figures that are no exact numbers of their columns' kinds (M9). */
export interface UnsoundRow {
  readonly table: string
  readonly id: string
  /** Each with its column: `amount_cents is NaN`. */
  readonly figures: string
}

export interface DoctorStoreShape {
  /** Invoices with an id above `after`, ascending, at most `limit`. */
  readonly documents: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawDocument>, StorageError, CurrentOrganization>
  /** Subscriptions with an id above `after`, ascending, at most `limit`, with their closed windows of usage. */
  readonly lives: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawLife>, StorageError, CurrentOrganization>
  /** Credit notes with an id above `after`, ascending, at most `limit`, with the sums of their rows. */
  readonly notes: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawNote>, StorageError, CurrentOrganization>
  /** Wallets with an id above `after`, ascending, at most `limit`, with the sums of their rows. */
  readonly wallets: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawWallet>, StorageError, CurrentOrganization>
  /** Customers with an id above `after`, ascending, at most `limit`. */
  readonly customers: (
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<{ readonly id: string; readonly external_id: string }>, StorageError, CurrentOrganization>
  /** Applications of coupons with an id above `after`, ascending, at most `limit`, with their uses. */
  readonly applications: (
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<RawApplication>, StorageError, CurrentOrganization>
  /** Entitlements with an id above `after`, ascending, at most `limit`, with their features' types. */
  readonly entitlements: (
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<RawEntitlement>, StorageError, CurrentOrganization>
  /** What the fees of invoices count. */
  readonly feeCounts: (invoice_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<FeeCounts>, StorageError, CurrentOrganization>
  /** What the fees of events paid in advance come to, whatever became of their invoices. */
  readonly eventFees: (
    subscription_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<EventFees>, StorageError, CurrentOrganization>
  /** How many events that count each query finds, in order. */
  readonly countEvents: (queries: ReadonlyArray<EventQuery>) => Effect.Effect<ReadonlyArray<bigint>, StorageError, CurrentOrganization>
  /** Payments with an id above `after`, ascending, at most `limit`. */
  readonly payments: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawPayment>, StorageError, CurrentOrganization>
  /** Charges with an id above `after`, ascending, at most `limit`. */
  readonly charges: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawCharge>, StorageError, CurrentOrganization>
  /** Payment requests with an id above `after`, ascending, at most `limit`. */
  readonly requests: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawRequest>, StorageError, CurrentOrganization>
  /** Integrations with what their rows say of them; `before`: what a call that is under way began after. */
  readonly integrations: (before: DateTime.Utc) => Effect.Effect<ReadonlyArray<RawIntegration>, StorageError, CurrentOrganization>
  /** Webhooks with an id above `after`, ascending, at most `limit`, with the sums of their tries. */
  readonly webhooks: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawWebhook>, StorageError, CurrentOrganization>
  /** Credit notes whose taxes do not add up to what the note says. */
  readonly mistaxedNotes: Effect.Effect<ReadonlyArray<{ readonly id: string }>, StorageError, CurrentOrganization>
  /** Applications of add-ons whose invoice does not bill them, by one fee of their amount and currency. */
  readonly unbilledAddOns: Effect.Effect<ReadonlyArray<{ readonly id: string }>, StorageError, CurrentOrganization>
  /** Settlements whose source is no payment of the organization, though they say so. */
  readonly unsourced: Effect.Effect<ReadonlyArray<{ readonly id: string; readonly source_id: string }>, StorageError, CurrentOrganization>
  /** Subscriptions with progressive billing with an id above `after`, ascending, at most `limit`. */
  readonly ahead: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<RawAhead>, StorageError, CurrentOrganization>
  /** What books, with an id above `after`, ascending, at most `limit`, and the entries of the ledger of these ids; all that are left at the end. */
  readonly booked: (after: string | null, limit: number) => Effect.Effect<BookedPage, StorageError, CurrentOrganization>
  /** What does not hold of the field side; the first thousand. */
  readonly field: Effect.Effect<ReadonlyArray<Violation>, StorageError, CurrentOrganization>
  /** What does not hold of messages; the first thousand. */
  readonly messages: Effect.Effect<ReadonlyArray<Violation>, StorageError, CurrentOrganization>
  /** What does not hold between taxes and the recorded answers of tax integrations; the first thousand. */
  readonly taxations: Effect.Effect<ReadonlyArray<Violation>, StorageError, CurrentOrganization>
  /** Every series of invoice numbers. */
  readonly series: Effect.Effect<ReadonlyArray<RawSeries>, StorageError, CurrentOrganization>
  /** Rows whose columns of money and decimals hold what is none; the first thousand. */
  readonly unsound: Effect.Effect<ReadonlyArray<UnsoundRow>, StorageError, CurrentOrganization>
}

export class DoctorStore extends Context.Tag("billwright/DoctorStore")<DoctorStore, DoctorStoreShape>() {}
