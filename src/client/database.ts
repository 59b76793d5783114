/** A database as `createBilling` takes it: what `sqlite(…)` and `postgres(…)` answer. */
import { Context, type Effect, type Layer } from "effect"
import type { ApiKeyStore, BillingEntityStore, CustomerStore, MemberStore, OrganizationStore } from "../accounts/index.js"
import type { AddOnStore, PlanStore, TaxStore } from "../catalog/index.js"
import type { AdapterMissing, CurrentOrganization, Ids, StorageError, Transactor } from "../core/index.js"
import type { CouponStore, CreditNoteStore, HoldStore, WalletStore } from "../credits/index.js"
import type { EntitlementStore, FeatureStore } from "../entitlements/index.js"
import type { CallStore, EmergencyStore, FieldStore, InstallationBillStore, OemStore, PayoutStore } from "../fieldwork/index.js"
import type { IntegrationStore, SyncQueueStore, TwinStore } from "../integrations/index.js"
import type { FeeStore, InvoiceStore, SurroundingsStore, UsageThresholdStore } from "../invoicing/index.js"
import type { LedgerStore } from "../ledger/index.js"
import type { Arrivals, EventSequence, EventStore, MetricStore, SlotStore, UsageStore } from "../metering/index.js"
import type { DocumentMailStore, NotificationStore, ReceiptStore, TemplateStore } from "../notifications/index.js"
import type {
  AdminNotificationStore,
  AnalyticsStore,
  AuditStore,
  DataExportStore,
  DoctorStore,
  ExportRows,
  IdempotencyStore,
  Revision,
  SearchStore
} from "../operations/index.js"
import type {
  DunningCampaignStore,
  PaymentChargeStore,
  PaymentMethodStore,
  PaymentRefundStore,
  PaymentReminderStore,
  PaymentRequestStore,
  PaymentStore,
  ProviderEventStore
} from "../payments/index.js"
import type { AdvanceStore } from "../rating/index.js"
import type { PackStore, ReportStore, SubmissionStore } from "../reporting/index.js"
import type { SubscriptionStore } from "../subscriptions/index.js"
import type { BilledUsageStore, DailyUsageStore, UsageAlertStore } from "../usage/index.js"
import type { AnnouncedRows, SigningKeyStore, WebhookEndpointStore, WebhookStore } from "../webhooks/index.js"

/** Everything that a database gives the domain. */
export type Stores =
  | OrganizationStore
  | ApiKeyStore
  | MemberStore
  | BillingEntityStore
  | CustomerStore
  | PlanStore
  | AddOnStore
  | TaxStore
  | FeatureStore
  | EntitlementStore
  | MetricStore
  | EventStore
  | UsageStore
  | Arrivals
  | EventSequence
  | SlotStore
  | SubscriptionStore
  | AdvanceStore
  | SurroundingsStore
  | InvoiceStore
  | FeeStore
  | CreditNoteStore
  | WalletStore
  | HoldStore
  | LedgerStore
  | UsageThresholdStore
  | CouponStore
  | BilledUsageStore
  | UsageAlertStore
  | DailyUsageStore
  | PaymentStore
  | PaymentMethodStore
  | PaymentChargeStore
  | ProviderEventStore
  | PaymentRefundStore
  | PaymentRequestStore
  | PaymentReminderStore
  | DunningCampaignStore
  | WebhookEndpointStore
  | WebhookStore
  | SigningKeyStore
  | IntegrationStore
  | TwinStore
  | SyncQueueStore
  | AnnouncedRows
  | OemStore
  | FieldStore
  | TemplateStore
  | NotificationStore
  | ReceiptStore
  | DocumentMailStore
  | CallStore
  | InstallationBillStore
  | EmergencyStore
  | PayoutStore
  | PackStore
  | ReportStore
  | SubmissionStore
  | DoctorStore
  | AuditStore
  | IdempotencyStore
  | DataExportStore
  | AnalyticsStore
  | AdminNotificationStore
  | SearchStore
  | ExportRows
  | Transactor
  | Revision

/** A copy of the caller's organization to try things out on; nothing of it reaches the database. */
export class Sandbox extends Context.Tag("billwright/Sandbox")<
  Sandbox,
  {
    /**
     * Runs `work` over stores of its own: the organization's rows as one state of the database has them, in memory, gone when
     * it is done. Fails with `AdapterMissing` where SQLite is not installed.
     */
    readonly inside: <A, E, R>(
      work: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | StorageError | AdapterMissing, Exclude<R, Stores | Ids> | CurrentOrganization>
  }
>() {}

/** `Host` is what a transaction that the host has opened looks like; never where it cannot lend one. */
export interface Database<Host = never> {
  readonly engine: "sqlite" | "postgres"
  /** What `createBilling` does about the schema unless told: an embedded file is migrated, a shared server is not. */
  readonly migrate: boolean
  /** The whole schema as SQL of the engine, for a host that runs its own migrations. */
  readonly schema: () => string
  /** Opens it; closed with the scope. */
  readonly layer: Layer.Layer<Stores | Sandbox, StorageError, Ids>
  /** The same inside a transaction of the host. */
  readonly within: (host: Host) => Layer.Layer<Stores | Sandbox, StorageError, Ids>
}
