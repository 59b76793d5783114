/** The services of payments over their ports, composed once. */
import { Layer } from "effect"
import type { CustomerStore } from "../accounts/index.js"
import type { Ids, Transactor } from "../core/index.js"
import type { CreditNoteStore } from "../credits/index.js"
import type { Collections, InvoiceStore, NoteIssuing, Settlements } from "../invoicing/index.js"
import type { LedgerStore } from "../ledger/index.js"
import { Bookings } from "./bookings.js"
import { Checkouts } from "./checkouts.js"
import { Collecting } from "./collecting.js"
import { collectionsLayer as overIntents } from "./collections.js"
import { DunningCampaigns } from "./dunning/campaigns.js"
import { Dunning } from "./dunning/dunning.js"
import type { PaymentReminderStore } from "./dunning/reminder.js"
import type { DunningCampaignStore } from "./dunning/store.js"
import { CustomerHealths } from "./health.js"
import { Intents } from "./intents.js"
import { KeptMethods } from "./kept-methods.js"
import { PaymentMethods } from "./methods.js"
import { Payments } from "./payments.js"
import { ProviderWebhooks } from "./provider-webhooks.js"
import { RefundBookings } from "./refunds/bookings.js"
import { RefundIntents } from "./refunds/intents.js"
import { Refunding } from "./refunds/refunding.js"
import { Returns } from "./refunds/returns.js"
import type { PaymentRefundStore } from "./refunds/store.js"
import { ToldRefunds } from "./refunds/told.js"
import { Attempts } from "./requests/attempts.js"
import { RequestChanges } from "./requests/changes.js"
import { Creations } from "./requests/creations.js"
import { PaymentRequests } from "./requests/requests.js"
import type { PaymentRequestStore } from "./requests/store.js"
import type { PaymentChargeStore, PaymentMethodStore, PaymentStore, ProviderEventStore } from "./store.js"

/** What payments stand on. */
export type PaymentNeeds =
  | CustomerStore
  | InvoiceStore
  | CreditNoteStore
  | Settlements
  | NoteIssuing
  | LedgerStore
  | PaymentStore
  | PaymentMethodStore
  | PaymentChargeStore
  | ProviderEventStore
  | PaymentRefundStore
  | PaymentRequestStore
  | PaymentReminderStore
  | DunningCampaignStore
  | Transactor
  | Ids

const refundIntents = RefundIntents.layer.pipe(Layer.provideMerge(RefundBookings.layer))

/** Payments, methods, requests and dunning. */
export const paymentsLayer: Layer.Layer<
  Payments | Collecting | ProviderWebhooks | Refunding | CustomerHealths | PaymentMethods | PaymentRequests | DunningCampaigns | Dunning,
  never,
  PaymentNeeds
> = Layer.mergeAll(
  Payments.layer,
  Collecting.layer,
  ProviderWebhooks.layer,
  Refunding.layer,
  CustomerHealths.layer,
  PaymentMethods.layer,
  PaymentRequests.layer,
  DunningCampaigns.layer,
  Dunning.layer
).pipe(
  Layer.provide(Layer.mergeAll(Checkouts.layer, KeptMethods.layer, ToldRefunds.layer)),
  Layer.provide(Layer.mergeAll(Bookings.layer, Attempts.layer, Returns.layer)),
  Layer.provide(Layer.mergeAll(RequestChanges.layer, Creations.layer, Intents.layer, refundIntents))
)

/** What invoicing asks of payments as documents become final. */
export const collectionsLayer: Layer.Layer<
  Collections,
  never,
  PaymentStore | PaymentMethodStore | PaymentChargeStore | PaymentRefundStore | InvoiceStore | LedgerStore | CreditNoteStore | Ids
> = overIntents.pipe(Layer.provide(Layer.merge(Intents.layer, refundIntents)))
