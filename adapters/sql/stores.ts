/** All stores over one client: what an adapter gives the domain. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Layer } from "effect"
import type { ApiKeyStore, BillingEntityStore, CustomerStore, MemberStore, OrganizationStore } from "../../src/accounts/index.js"
import type { Stores } from "../../src/client/index.js"
import type { Ids, Transactor } from "../../src/core/index.js"
import { apiKeyStoreLayer } from "./accounts/api-key-store.js"
import { billingEntityStoreLayer } from "./accounts/billing-entity-store.js"
import { customerStoreLayer } from "./accounts/customer-store.js"
import { memberStoreLayer } from "./accounts/member-store.js"
import { organizationStoreLayer } from "./accounts/organization-store.js"
import { addOnStoreLayer } from "./catalog/add-on-store.js"
import { planStoreLayer } from "./catalog/plan-store.js"
import { taxStoreLayer } from "./catalog/tax-store.js"
import { couponStoreLayer } from "./credits/coupon-store.js"
import { holdStoreLayer } from "./credits/hold-store.js"
import { creditNoteStoreLayer } from "./credits/note-store.js"
import { walletStoreLayer } from "./credits/wallet-store.js"
import type { Dialect } from "./dialect.js"
import { entitlementStoreLayer } from "./entitlements/entitlement-store.js"
import { featureStoreLayer } from "./entitlements/feature-store.js"
import { installationBillStoreLayer } from "./fieldwork/bill-store.js"
import { callStoreLayer } from "./fieldwork/call-store.js"
import { emergencyStoreLayer, payoutStoreLayer } from "./fieldwork/emergency-store.js"
import { fieldStoreLayer } from "./fieldwork/field-store.js"
import { oemStoreLayer } from "./fieldwork/oem-store.js"
import { integrationStoreLayer } from "./integrations/integration-store.js"
import { syncQueueStoreLayer } from "./integrations/sync-queue-store.js"
import { twinStoreLayer } from "./integrations/twin-store.js"
import { feeStoreLayer } from "./invoicing/fee-store.js"
import { invoiceStoreLayer } from "./invoicing/invoice-store.js"
import { surroundingsStoreLayer } from "./invoicing/surroundings-store.js"
import { thresholdStoreLayer } from "./invoicing/threshold-store.js"
import { ledgerStoreLayer } from "./ledger/ledger-store.js"
import { eventStoreLayer } from "./metering/event-store.js"
import { metricStoreLayer } from "./metering/metric-store.js"
import { slotStoreLayer } from "./metering/slots/slot-store.js"
import { eventSequenceLayer } from "./metering/usage/event-sequence.js"
import { usageStoreLayer } from "./metering/usage/usage-store.js"
import { documentMailStoreLayer } from "./notifications/mail-store.js"
import { notificationStoreLayer } from "./notifications/notification-store.js"
import { receiptStoreLayer } from "./notifications/receipt-store.js"
import { templateStoreLayer } from "./notifications/template-store.js"
import { adminNotificationStoreLayer } from "./operations/admin-notification-store.js"
import { analyticsStoreLayer } from "./operations/analytics-store.js"
import { auditStoreLayer } from "./operations/audit-store.js"
import { dataExportStoreLayer } from "./operations/data-export-store.js"
import { doctorStoreLayer } from "./operations/doctor-store.js"
import { exportRowsLayer } from "./operations/export-rows.js"
import { idempotencyStoreLayer } from "./operations/idempotency-store.js"
import { searchStoreLayer } from "./operations/search-store.js"
import { dunningCampaignStoreLayer } from "./payments/campaign-store.js"
import { paymentChargeStoreLayer } from "./payments/charge-store.js"
import { paymentMethodStoreLayer } from "./payments/method-store.js"
import { paymentStoreLayer } from "./payments/payment-store.js"
import { providerEventStoreLayer } from "./payments/provider-event-store.js"
import { paymentRefundStoreLayer } from "./payments/refund-store.js"
import { paymentReminderStoreLayer } from "./payments/reminder-store.js"
import { paymentRequestStoreLayer } from "./payments/request-store.js"
import { advanceStoreLayer } from "./rating/advance-store.js"
import { withSpanning } from "./reach.js"
import { packStoreLayer } from "./reporting/pack-store.js"
import { reportStoreLayer } from "./reporting/report-store.js"
import { submissionStoreLayer } from "./reporting/submission-store.js"
import { revisionLayer } from "./revision.js"
import { arrivalsLayer } from "./subscriptions/arrivals.js"
import { subscriptionStoreLayer } from "./subscriptions/subscription-store.js"
import { alertStoreLayer } from "./usage/alert-store.js"
import { billedUsageStoreLayer } from "./usage/billed-usage-store.js"
import { dailyUsageStoreLayer } from "./usage/daily-usage-store.js"
import { announcedRowsLayer } from "./webhooks/announced-rows.js"
import { endpointStoreLayer, signingKeyStoreLayer } from "./webhooks/endpoint-store.js"
import { webhookStoreLayer } from "./webhooks/webhook-store.js"

export const accountStoresLayer: Layer.Layer<
  OrganizationStore | ApiKeyStore | MemberStore | BillingEntityStore | CustomerStore,
  never,
  SqlClient.SqlClient | Dialect
> = Layer.mergeAll(organizationStoreLayer, apiKeyStoreLayer, memberStoreLayer, billingEntityStoreLayer, customerStoreLayer)

const paymentStoresLayer = Layer.mergeAll(
  paymentStoreLayer,
  paymentMethodStoreLayer,
  paymentChargeStoreLayer,
  providerEventStoreLayer,
  paymentRefundStoreLayer,
  paymentRequestStoreLayer,
  paymentReminderStoreLayer,
  dunningCampaignStoreLayer
)

const webhookStoresLayer = Layer.mergeAll(endpointStoreLayer, signingKeyStoreLayer, webhookStoreLayer, announcedRowsLayer)

const integrationStoresLayer = Layer.mergeAll(integrationStoreLayer, twinStoreLayer, syncQueueStoreLayer)

const messageStoresLayer = Layer.mergeAll(templateStoreLayer, notificationStoreLayer, receiptStoreLayer, documentMailStoreLayer)

const fieldworkStoresLayer = Layer.mergeAll(
  oemStoreLayer,
  fieldStoreLayer,
  callStoreLayer,
  installationBillStoreLayer,
  emergencyStoreLayer,
  payoutStoreLayer
)

const reportingStoresLayer = Layer.mergeAll(packStoreLayer, reportStoreLayer, submissionStoreLayer)

export const storesLayer: Layer.Layer<
  Exclude<Stores, Transactor>,
  never,
  SqlClient.SqlClient | Dialect | Transactor | Ids
> = Layer.mergeAll(
  accountStoresLayer,
  metricStoreLayer,
  eventStoreLayer,
  usageStoreLayer,
  eventSequenceLayer,
  slotStoreLayer,
  planStoreLayer,
  addOnStoreLayer,
  taxStoreLayer,
  featureStoreLayer,
  entitlementStoreLayer,
  subscriptionStoreLayer,
  arrivalsLayer,
  advanceStoreLayer,
  surroundingsStoreLayer,
  invoiceStoreLayer,
  feeStoreLayer,
  thresholdStoreLayer,
  creditNoteStoreLayer,
  couponStoreLayer,
  walletStoreLayer,
  holdStoreLayer,
  ledgerStoreLayer,
  billedUsageStoreLayer,
  alertStoreLayer,
  paymentStoresLayer,
  dailyUsageStoreLayer,
  webhookStoresLayer,
  fieldworkStoresLayer,
  reportingStoresLayer,
  integrationStoresLayer,
  messageStoresLayer,
  doctorStoreLayer,
  auditStoreLayer,
  idempotencyStoreLayer,
  dataExportStoreLayer,
  analyticsStoreLayer,
  adminNotificationStoreLayer,
  searchStoreLayer,
  exportRowsLayer,
  revisionLayer
).pipe(Layer.map(withSpanning))
