/** The stores through which everything is written, telling what is: one place for all events, whoever writes. */
import { Layer } from "effect"
import type { CustomerStore } from "../../accounts/index.js"
import type { PlanTerms } from "../../catalog/index.js"
import type { Ids, Transactor } from "../../core/index.js"
import type { CreditNoteStore, WalletStore } from "../../credits/index.js"
import type { InvoiceStore, UsageThresholdStore } from "../../invoicing/index.js"
import type { EventStore } from "../../metering/index.js"
import type { PaymentRefundStore, PaymentRequestStore, PaymentStore } from "../../payments/index.js"
import type { SubscriptionStore } from "../../subscriptions/index.js"
import type { UsageAlertStore } from "../../usage/index.js"
import { Outbox } from "../outbox.js"
import type { WebhookStore } from "../store.js"
import { creditNotesLayer } from "./credit-notes.js"
import { customersLayer } from "./customers.js"
import { invoicesLayer } from "./invoices.js"
import { paymentRequestsLayer, paymentsLayer } from "./payments.js"
import type { AnnouncedRows } from "./rows.js"
import { subscriptionsLayer } from "./subscriptions.js"
import { alertsLayer, eventsLayer, thresholdsLayer } from "./usage.js"
import { walletsLayer } from "./wallets.js"

/** The stores that tell, and the unit of work that sends what they told. */
export type Announcing =
  | CustomerStore
  | SubscriptionStore
  | InvoiceStore
  | CreditNoteStore
  | PaymentStore
  | PaymentRequestStore
  | WalletStore
  | UsageThresholdStore
  | UsageAlertStore
  | EventStore
  | Transactor

/** The same ports over the same ports: services stand on these, and know nothing of webhooks. */
export const announcingLayer: Layer.Layer<
  Announcing | Outbox,
  never,
  Announcing | WebhookStore | AnnouncedRows | PaymentRefundStore | PlanTerms | Ids
> = Layer.mergeAll(
  customersLayer,
  subscriptionsLayer,
  invoicesLayer,
  creditNotesLayer,
  paymentsLayer,
  paymentRequestsLayer,
  walletsLayer,
  thresholdsLayer,
  alertsLayer,
  eventsLayer
).pipe(Layer.provideMerge(Outbox.layer))
