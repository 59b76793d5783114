/** Every service over the stores of a database. */
import { Layer } from "effect"
import { ApiKeys, BillingEntities, Customers, Members, Organizations } from "../accounts/index.js"
import { Plans, PlanTerms, Taxes, TaxTable } from "../catalog/index.js"
import type { Ids } from "../core/index.js"
import { Coupons, WalletHolds, WalletRules, Wallets } from "../credits/index.js"
import { Documents } from "../documents/index.js"
import { Entitlements, Features } from "../entitlements/index.js"
import {
  type Calls,
  type Emergencies,
  fieldworkLayer,
  type InstallationBills,
  type Installations,
  type Leads,
  type Oems,
  type Payouts,
  type Surveys,
  type Users
} from "../fieldwork/index.js"
import {
  followingLayer,
  IntegrationLinks,
  IntegrationSyncs,
  Integrations,
  ownProvidersLayer,
  SyncRows,
  suppliedTaxesLayer
} from "../integrations/index.js"
import {
  type AddOns,
  type Billing,
  type CreditNotes,
  type Fees,
  type Invoices,
  invoicingLayer,
  type OverdueInvoices,
  thresholdArrivalsLayer,
  type UsageThresholds
} from "../invoicing/index.js"
import { Ledger } from "../ledger/index.js"
import { Events, Metrics } from "../metering/index.js"
import {
  automaticMessagesLayer,
  DeliveryReceipts,
  DocumentMails,
  NotificationDelivery,
  Notifications,
  NotificationTemplates
} from "../notifications/index.js"
import {
  AdminNotifications,
  Analytics,
  AuditTrail,
  auditingLayer,
  DataExports,
  Doctor,
  Examinations,
  ExportRuns,
  Idempotency,
  Search
} from "../operations/index.js"
import {
  type Collecting,
  type CustomerHealths,
  collectionsLayer,
  type Dunning,
  type DunningCampaigns,
  type PaymentMethods,
  type PaymentRequests,
  type Payments,
  type ProviderWebhooks,
  paymentsLayer,
  type Refunding
} from "../payments/index.js"
import { PortalDocuments, PortalOverview, PortalPurchases, Portals } from "../portal/index.js"
import { AdvanceRating, Rating } from "../rating/index.js"
import { type ClosurePacks, type MonthlyReports, reportingLayer, type Submissions, type WeeklyReports } from "../reporting/index.js"
import { customerMovesLayer, planMigrationsLayer, Subscriptions } from "../subscriptions/index.js"
import { DailyUsages, entitlementUsageLayer, Usage, UsageAlerts, watchedArrivalsLayer } from "../usage/index.js"
import { announcingLayer, WebhookDelivery, WebhookEndpoints, Webhooks } from "../webhooks/index.js"
import type { Stores } from "./database.js"

/** What hosts call. */
export type Services =
  | Organizations
  | ApiKeys
  | Members
  | BillingEntities
  | Customers
  | Metrics
  | Events
  | Plans
  | Taxes
  | Features
  | Entitlements
  | Subscriptions
  | Invoices
  | Fees
  | Documents
  | AddOns
  | UsageThresholds
  | CreditNotes
  | Coupons
  | Wallets
  | WalletRules
  | WalletHolds
  | Ledger
  | Usage
  | UsageAlerts
  | DailyUsages
  | Payments
  | Collecting
  | ProviderWebhooks
  | Refunding
  | CustomerHealths
  | PaymentMethods
  | PaymentRequests
  | DunningCampaigns
  | Dunning
  | Oems
  | Leads
  | Surveys
  | Installations
  | InstallationBills
  | Emergencies
  | Payouts
  | Users
  | ClosurePacks
  | WeeklyReports
  | MonthlyReports
  | Submissions
  | Calls
  | WebhookEndpoints
  | Webhooks
  | WebhookDelivery
  | Integrations
  | IntegrationLinks
  | IntegrationSyncs
  | NotificationTemplates
  | Notifications
  | NotificationDelivery
  | DeliveryReceipts
  | DocumentMails
  | Billing
  | OverdueInvoices
  | Doctor
  | Examinations
  | Idempotency
  | AuditTrail
  | DataExports
  | Analytics
  | AdminNotifications
  | Search
  | ExportRuns

/** What customers see and do of their own. */
export type PortalServices = Portals | PortalOverview | PortalDocuments | PortalPurchases

/** The methods of these, for types that are derived from them. */
export type PortalShapes =
  | typeof Portals.Service
  | typeof PortalOverview.Service
  | typeof PortalDocuments.Service
  | typeof PortalPurchases.Service

/** The methods of all others. */
export type Shapes =
  | typeof Organizations.Service
  | typeof ApiKeys.Service
  | typeof Members.Service
  | typeof BillingEntities.Service
  | typeof Customers.Service
  | typeof Metrics.Service
  | typeof Events.Service
  | typeof Plans.Service
  | typeof Taxes.Service
  | typeof Features.Service
  | typeof Entitlements.Service
  | typeof Subscriptions.Service
  | typeof Invoices.Service
  | typeof Fees.Service
  | typeof Documents.Service
  | typeof AddOns.Service
  | typeof UsageThresholds.Service
  | typeof CreditNotes.Service
  | typeof Coupons.Service
  | typeof Wallets.Service
  | typeof WalletRules.Service
  | typeof WalletHolds.Service
  | typeof Ledger.Service
  | typeof Usage.Service
  | typeof UsageAlerts.Service
  | typeof DailyUsages.Service
  | typeof Payments.Service
  | typeof Collecting.Service
  | typeof ProviderWebhooks.Service
  | typeof Refunding.Service
  | typeof CustomerHealths.Service
  | typeof PaymentMethods.Service
  | typeof PaymentRequests.Service
  | typeof DunningCampaigns.Service
  | typeof Dunning.Service
  | typeof Oems.Service
  | typeof Leads.Service
  | typeof Surveys.Service
  | typeof Installations.Service
  | typeof InstallationBills.Service
  | typeof Emergencies.Service
  | typeof Payouts.Service
  | typeof Users.Service
  | typeof ClosurePacks.Service
  | typeof WeeklyReports.Service
  | typeof MonthlyReports.Service
  | typeof Submissions.Service
  | typeof Calls.Service
  | typeof WebhookEndpoints.Service
  | typeof Webhooks.Service
  | typeof WebhookDelivery.Service
  | typeof Integrations.Service
  | typeof IntegrationLinks.Service
  | typeof IntegrationSyncs.Service
  | typeof NotificationTemplates.Service
  | typeof Notifications.Service
  | typeof NotificationDelivery.Service
  | typeof DeliveryReceipts.Service
  | typeof DocumentMails.Service
  | typeof Billing.Service
  | typeof OverdueInvoices.Service
  | typeof Doctor.Service
  | typeof Idempotency.Service
  | typeof AuditTrail.Service
  | typeof DataExports.Service
  | typeof Analytics.Service
  | typeof AdminNotifications.Service
  | typeof Search.Service
  | typeof ExportRuns.Service

const accounts = Layer.mergeAll(
  Organizations.layer,
  ApiKeys.layer,
  Members.layer,
  Customers.layer.pipe(Layer.provide(customerMovesLayer), Layer.provideMerge(BillingEntities.layer))
)

const documents = Layer.mergeAll(
  Subscriptions.layer,
  Usage.layer,
  UsageAlerts.layer,
  DailyUsages.layer,
  Features.layer,
  Entitlements.layer.pipe(Layer.provide(entitlementUsageLayer)),
  Coupons.layer,
  paymentsLayer,
  Wallets.layer,
  WalletHolds.layer,
  Ledger.layer,
  WalletRules.layer
).pipe(
  Layer.provideMerge(invoicingLayer),
  Layer.provide(Layer.mergeAll(collectionsLayer, suppliedTaxesLayer, ownProvidersLayer)),
  Layer.provide(Layer.merge(Rating.layer, AdvanceRating.layer))
)

const messages = Layer.mergeAll(
  NotificationTemplates.layer,
  Notifications.layer,
  NotificationDelivery.layer,
  DeliveryReceipts.layer,
  DocumentMails.layer
).pipe(Layer.provideMerge(Documents.layer))

/** What billing writes through: the stores, telling what is written, under a unit of work that logs it last. */
const telling = announcingLayer.pipe(Layer.provide(followingLayer), Layer.provide(PlanTerms.layer), Layer.provide(auditingLayer))

const untold = Layer.mergeAll(
  Events.layer.pipe(Layer.provide(thresholdArrivalsLayer.pipe(Layer.provide(watchedArrivalsLayer)))),
  reportingLayer.pipe(Layer.provideMerge(fieldworkLayer), Layer.provide(automaticMessagesLayer)),
  messages,
  Doctor.layer.pipe(Layer.provideMerge(Examinations.layer)),
  Idempotency.layer,
  AuditTrail.layer,
  DataExports.layer,
  Analytics.layer,
  AdminNotifications.layer,
  Search.layer,
  ExportRuns.layer,
  WebhookEndpoints.layer,
  Webhooks.layer,
  WebhookDelivery.layer,
  Layer.mergeAll(Integrations.layer, IntegrationSyncs.layer).pipe(Layer.provide(SyncRows.layer)),
  IntegrationLinks.layer,
  Plans.layer.pipe(Layer.provide(planMigrationsLayer))
).pipe(
  Layer.provideMerge(documents),
  Layer.provideMerge(Layer.mergeAll(Metrics.layer, Taxes.layer)),
  Layer.provideMerge(accounts),
  Layer.provide(Layer.mergeAll(PlanTerms.layer, TaxTable.layer))
)

/** All services; for Effect users `Billing.layer` and the others stand alone too. */
export const servicesLayer: Layer.Layer<Services, never, Stores | Ids> = untold.pipe(Layer.provide(telling))

/** The same with the portal of customers. */
export const servicesAndPortalLayer: Layer.Layer<Services | PortalServices, never, Stores | Ids> = Layer.mergeAll(
  Portals.layer,
  PortalOverview.layer,
  PortalDocuments.layer,
  PortalPurchases.layer
).pipe(Layer.provideMerge(untold), Layer.provide(telling))
