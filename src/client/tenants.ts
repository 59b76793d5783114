/** The organizations of a database and what each does, as hosts without Effect see them: faces over the services. */
import { Context, Effect, type Schema } from "effect"
import { ApiKeys, BillingEntities, CurrentMember, Customers, Members, OrganizationNotFound, Organizations } from "../accounts/index.js"
import { Plans, Taxes } from "../catalog/index.js"
import { Actor, CurrentActor, CurrentOrganization, decodeInput, isUuid, OrganizationId } from "../core/index.js"
import { Coupons, WalletHolds, WalletRules, Wallets } from "../credits/index.js"
import { Documents } from "../documents/index.js"
import { Entitlements, Features } from "../entitlements/index.js"
import { Calls, Emergencies, InstallationBills, Surveys } from "../fieldwork/index.js"
import { IntegrationLinks, Integrations } from "../integrations/index.js"
import { AddOns, Billing as BillingJobs, CreditNotes, Fees, Invoices, OverdueInvoices, UsageThresholds } from "../invoicing/index.js"
import { Ledger } from "../ledger/index.js"
import { Events, Metrics } from "../metering/index.js"
import { DeliveryReceipts, DocumentMails } from "../notifications/index.js"
import { AdminNotifications, Analytics, AuditTrail, DataExports, Doctor, Idempotency, Search } from "../operations/index.js"
import {
  Collecting,
  CustomerHealths,
  Dunning,
  DunningCampaigns,
  PaymentMethods,
  PaymentRequests,
  Payments,
  ProviderWebhooks,
  Refunding
} from "../payments/index.js"
import { Portals } from "../portal/index.js"
import { Subscriptions } from "../subscriptions/index.js"
import { DailyUsages, Usage, UsageAlerts } from "../usage/index.js"
import { WebhookEndpoints, Webhooks } from "../webhooks/index.js"
import { byUser } from "./by-user.js"
import { type Face, faceOf, type OperatorFace, operatorFaceOf, type Run } from "./face.js"
import { type FieldBilling, fieldFace } from "./field-billing.js"
import type { Opened, OpenedServices } from "./opened.js"
import { Simulation } from "./simulation.js"

/** What one organization does; every call is on its behalf and sees nothing of the others. */
export interface OrganizationBilling {
  /** Its id. */
  readonly id: string
  /** The organization itself. Rejects with `OrganizationNotFound`. */
  readonly get: Face<typeof Organizations.Service>["get"]
  /** Name, time zone, and what its portal looks like; what is left out stays. */
  readonly update: Face<typeof Organizations.Service>["update"]
  /** The host's users with a role here. */
  readonly members: Omit<Face<typeof Members.Service>, "permit">
  /**
   * The same on behalf of a user of the host, for whose role here each call is checked (`NotPermitted`), and whom the audit log names.
   * A user who is no member may do nothing.
   */
  readonly asMember: (user_id: string) => OrganizationBilling
  /** Keys for callers of what you put in front of it: made, listed, revoked, rotated. */
  readonly apiKeys: Omit<Face<typeof ApiKeys.Service>, "authenticate">
  /** The legal issuers of invoices; without one the organization issues them itself. */
  readonly billingEntities: Face<typeof BillingEntities.Service>
  /** Who is billed. Named by `{ external_id }`, the id that you have for them, or `{ id }`. */
  readonly customers: Face<typeof Customers.Service>
  /** What is measured: how events become units. */
  readonly metrics: Face<typeof Metrics.Service>
  /** Usage: taken once for each `transaction_id`, however often it is sent. */
  readonly events: Face<typeof Events.Service>
  /** What is sold at which price: a base fee in minor units and charges, in versions that running subscriptions keep. */
  readonly plans: Face<typeof Plans.Service>
  /** Rates as fractions in decimal text (`"0.19"`), and to whom or what they apply. */
  readonly taxes: Face<typeof Taxes.Service>
  /** What plans can grant. */
  readonly features: Face<typeof Features.Service>
  /** What a plan grants, and whether a customer may: `check` is made for every request. */
  readonly entitlements: Face<typeof Entitlements.Service>
  /** Customers on plans: start, change, pause, cancel, terminate. */
  readonly subscriptions: Face<typeof Subscriptions.Service>
  /** What subscriptions have used, in units and in money, in running and in past periods. */
  readonly usage: Face<typeof Usage.Service>
  /** Limits of usage that are told of when they are crossed. */
  readonly usageAlerts: Face<typeof UsageAlerts.Service>
  /** Usage of each local day, kept for charts. */
  readonly dailyUsages: Face<typeof DailyUsages.Service>
  /** Amounts at which usage is invoiced before its period ends. */
  readonly usageThresholds: Face<typeof UsageThresholds.Service>
  /** Invoices with their fees: list, preview, explain, draft, finalize, void, one-off. */
  readonly invoices: Face<typeof Invoices.Service>
  /** Lines of invoices, and fees of your own that wait for the next invoice. */
  readonly fees: Face<typeof Fees.Service>
  /** Sessions of customers in the portal. */
  readonly portal: Pick<Face<typeof Portals.Service>, "createSession">
  /** What of an invoice is given back: as balance, as a refund, or on the invoice itself. */
  readonly creditNotes: Face<typeof CreditNotes.Service>
  /** Invoices and credit notes as files: PDF, UBL, CII, Factur-X. */
  readonly documents: Face<typeof Documents.Service>
  /** Reductions of invoices: made once, applied to customers. */
  readonly coupons: Face<typeof Coupons.Service>
  /** What is sold once, at a price of the catalogue. */
  readonly addOns: Face<typeof AddOns.Service>
  /** What was paid: by hand, or through a provider; pages to pay on; refunds. */
  readonly payments: Face<typeof Payments.Service>
  /** How customers pay: good, warning, critical, with what is open and overdue. */
  readonly customerHealth: Face<typeof CustomerHealths.Service>
  /** Prepaid credits of customers. `rate_amount` is what a credit is worth in minor units. */
  readonly wallets: Face<typeof Wallets.Service>
  /** Credits set aside before something is used, so that they are spent once. */
  readonly walletHolds: Face<typeof WalletHolds.Service>
  /** When and by how much wallets are topped up by themselves. */
  readonly walletRules: Face<typeof WalletRules.Service>
  /** Webhooks of payment providers: verified over the raw body, booked once. */
  readonly providerWebhooks: Face<typeof ProviderWebhooks.Service>
  /** Double entry beneath the documents: accounts, entries, trial balance. */
  readonly ledger: Face<typeof Ledger.Service>
  /** Stored ways to pay, and pages to store one on. */
  readonly paymentMethods: Face<typeof PaymentMethods.Service>
  /** Several invoices asked for at once. */
  readonly paymentRequests: Face<typeof PaymentRequests.Service>
  /** When overdue invoices are asked for, how often and how far apart. */
  readonly dunningCampaigns: Face<typeof DunningCampaigns.Service>
  /** The job that asks for overdue invoices, what it would do, and its reminders. */
  readonly dunning: Face<typeof Dunning.Service>
  /** Where webhooks go, and the keys that sign them. */
  readonly webhookEndpoints: Face<typeof WebhookEndpoints.Service>
  /** Webhooks and each try to deliver them; `billing.webhooks` sends them. */
  readonly webhooks: Face<typeof Webhooks.Service>
  /** Connections to outside systems. */
  readonly integrations: Face<typeof Integrations.Service>
  /** Which customers of those systems customers are. */
  readonly integrationLinks: Face<typeof IntegrationLinks.Service>
  /** E-mails of invoices and credit notes: by hand, and at their issue for customers who want them. */
  readonly documentMails: Face<typeof DocumentMails.Service>
  /** Webhooks of message gateways: what became of messages. */
  readonly deliveryReceipts: Face<typeof DeliveryReceipts.Service>
  /** Calls the providers for every charge that is due; a second run at the same instant calls none again. */
  readonly collectDue: Face<typeof Collecting.Service>["collectDue"]
  /** Has the providers return every refund that is due. */
  readonly refundDue: Face<typeof Refunding.Service>["refundDue"]
  /** Does all work of billing that is due; a second run at the same instant does nothing. */
  readonly billDue: Face<typeof BillingJobs.Service>["billDue"]
  /** Issues the drafts whose grace period is over. */
  readonly finalizeDue: Face<typeof BillingJobs.Service>["finalizeDue"]
  /** Tells which invoices became overdue, of each once. */
  readonly tellOverdue: Face<typeof OverdueInvoices.Service>["tellOverdue"]
  /** Which invoices would be issued until an instant, on a copy in memory: no trace is left. */
  readonly simulate: Face<typeof Simulation.Service>["simulate"]
  /** The records of calls that named an `idempotencyKey`: a daily job purges those older than a day. */
  readonly idempotency: Pick<Face<typeof Idempotency.Service>, "purge">
  /** Who changed what: one row for each change, chained, never changed. */
  readonly auditTrail: Face<typeof AuditTrail.Service>
  /** Rows of a kind as a file: asked for here, made by the operator's `billing.exports`. */
  readonly dataExports: Face<typeof DataExports.Service>
  /** Figures of its billing, per currency: recurring revenue, what was invoiced, collected and is due, churn, usage. */
  readonly analytics: Face<typeof Analytics.Service>
  /** What its administrators should look at; never for customers. */
  readonly adminNotifications: Face<typeof AdminNotifications.Service>
  /** Customers, invoices, subscriptions and plans that contain a text, ignoring case. */
  readonly search: Face<typeof Search.Service>["find"]
  /** Checks the invariants of all that is stored, and names each row that breaks one. Changes nothing. */
  readonly doctor: Face<typeof Doctor.Service>
  /** The field side, as one of the host's users. */
  readonly actingAs: (user: string) => FieldBilling
  /** Jobs of the field side: nobody acts. */
  readonly fieldJobs: {
    /** Every minute: tells of calls to try again. */
    readonly remindCalls: Face<typeof Calls.Service>["remindDue"]
    /** Every hour: tells customers of surveys of the day after, at 10:00 where they are. */
    readonly remindSurveys: Face<typeof Surveys.Service>["remindDue"]
    /** Every 5 minutes: tells of emergencies that stand for two hours. */
    readonly escalateEmergencies: Face<typeof Emergencies.Service>["escalateDue"]
    /** Bills closed installations that were left over. */
    readonly billInstallations: Face<typeof InstallationBills.Service>["billDue"]
  }
}

/** The organizations of a database, for their operator, and each by its id. */
export interface Tenants {
  /** Whoever bills: made, listed and deleted by the operator. */
  readonly organizations: Pick<OperatorFace<typeof Organizations.Service>, "create" | "list" | "delete">
  /** One organization by its id. Nothing is asked yet: calls of one that is not there reject with `OrganizationNotFound`. */
  readonly organization: (id: string) => OrganizationBilling
  /** The key that an `Authorization: Bearer …` header bears; its `organization_id` says whose call it is. */
  readonly authenticate: OperatorFace<typeof ApiKeys.Service>["authenticate"]
  /**
   * The same, on behalf of a user, an API key or a provider's webhook: the audit log names it, with what the host wants to find again. What is
   * no actor rejects each call with `InvalidInput`.
   */
  readonly as: (actor: ActorInput) => Tenants
}

/** `{ actor_type: "user", actor_id: "u_1", metadata: { request_id: "r_1" } }`. */
export interface ActorInput extends Schema.Schema.Encoded<typeof Actor> {}

const decodeActor = decodeInput(Actor)

/** A malformed id is the id of no organization: nothing is asked of the database. */
const onBehalfOf =
  (id: string, run: Run<Opened>): Run<Opened | CurrentOrganization> =>
  <A, E>(effect: Effect.Effect<A, E, Opened | CurrentOrganization>) =>
    run(
      Effect.suspend(
        (): Effect.Effect<A, E | OrganizationNotFound, Opened> =>
          isUuid(id)
            ? Effect.provideService(effect, CurrentOrganization, OrganizationId.make(id))
            : Effect.fail(new OrganizationNotFound({ id }))
      )
    )

/** Calls of a member, of whom the audit log knows too. */
const memberRun =
  (user: string, run: Run<Opened>): Run<Opened> =>
  (effect) =>
    run(
      Effect.zipRight(decodeActor({ actor_type: "user", actor_id: user }), byUser(user, Effect.provideService(effect, CurrentMember, user)))
    )

/** Faces over a run; `services` show which methods there are. */
export const tenants = (services: Context.Context<OpenedServices>, run: Run<Opened>): Tenants => {
  const { create, delete: remove, list } = operatorFaceOf(Organizations, Context.get(services, Organizations), run)
  const { authenticate } = operatorFaceOf(ApiKeys, Context.get(services, ApiKeys), run)
  return {
    organizations: { create, list, delete: remove },
    authenticate,
    as: (actor) => tenants(services, (effect) => run(Effect.provideServiceEffect(effect, CurrentActor, decodeActor(actor)))),
    organization: (id) => {
      const here = onBehalfOf(id, run)
      const { authenticate: _, ...manage } = faceOf(ApiKeys, Context.get(services, ApiKeys), here)
      const { permit: _permit, ...members } = faceOf(Members, Context.get(services, Members), here)
      const { purge } = faceOf(Idempotency, Context.get(services, Idempotency), here)
      const { get, update } = faceOf(Organizations, Context.get(services, Organizations), here)
      return {
        id,
        get,
        update,
        members,
        asMember: (user) => tenants(services, memberRun(user, run)).organization(id),
        apiKeys: manage,
        billingEntities: faceOf(BillingEntities, Context.get(services, BillingEntities), here),
        customers: faceOf(Customers, Context.get(services, Customers), here),
        metrics: faceOf(Metrics, Context.get(services, Metrics), here),
        events: faceOf(Events, Context.get(services, Events), here),
        plans: faceOf(Plans, Context.get(services, Plans), here),
        taxes: faceOf(Taxes, Context.get(services, Taxes), here),
        features: faceOf(Features, Context.get(services, Features), here),
        entitlements: faceOf(Entitlements, Context.get(services, Entitlements), here),
        subscriptions: faceOf(Subscriptions, Context.get(services, Subscriptions), here),
        usage: faceOf(Usage, Context.get(services, Usage), here),
        usageAlerts: faceOf(UsageAlerts, Context.get(services, UsageAlerts), here),
        dailyUsages: faceOf(DailyUsages, Context.get(services, DailyUsages), here),
        usageThresholds: faceOf(UsageThresholds, Context.get(services, UsageThresholds), here),
        invoices: faceOf(Invoices, Context.get(services, Invoices), here),
        fees: faceOf(Fees, Context.get(services, Fees), here),
        portal: { createSession: faceOf(Portals, Context.get(services, Portals), here).createSession },
        documents: faceOf(Documents, Context.get(services, Documents), here),
        creditNotes: faceOf(CreditNotes, Context.get(services, CreditNotes), here),
        coupons: faceOf(Coupons, Context.get(services, Coupons), here),
        addOns: faceOf(AddOns, Context.get(services, AddOns), here),
        customerHealth: faceOf(CustomerHealths, Context.get(services, CustomerHealths), here),
        payments: faceOf(Payments, Context.get(services, Payments), here),
        wallets: faceOf(Wallets, Context.get(services, Wallets), here),
        walletHolds: faceOf(WalletHolds, Context.get(services, WalletHolds), here),
        walletRules: faceOf(WalletRules, Context.get(services, WalletRules), here),
        providerWebhooks: faceOf(ProviderWebhooks, Context.get(services, ProviderWebhooks), here),
        ledger: faceOf(Ledger, Context.get(services, Ledger), here),
        paymentMethods: faceOf(PaymentMethods, Context.get(services, PaymentMethods), here),
        paymentRequests: faceOf(PaymentRequests, Context.get(services, PaymentRequests), here),
        dunningCampaigns: faceOf(DunningCampaigns, Context.get(services, DunningCampaigns), here),
        dunning: faceOf(Dunning, Context.get(services, Dunning), here),
        webhookEndpoints: faceOf(WebhookEndpoints, Context.get(services, WebhookEndpoints), here),
        webhooks: faceOf(Webhooks, Context.get(services, Webhooks), here),
        integrations: faceOf(Integrations, Context.get(services, Integrations), here),
        integrationLinks: faceOf(IntegrationLinks, Context.get(services, IntegrationLinks), here),
        documentMails: faceOf(DocumentMails, Context.get(services, DocumentMails), here),
        deliveryReceipts: faceOf(DeliveryReceipts, Context.get(services, DeliveryReceipts), here),
        ...faceOf(Collecting, Context.get(services, Collecting), here),
        ...faceOf(Refunding, Context.get(services, Refunding), here),
        ...faceOf(BillingJobs, Context.get(services, BillingJobs), here),
        ...faceOf(OverdueInvoices, Context.get(services, OverdueInvoices), here),
        ...faceOf(Simulation, Context.get(services, Simulation), here),
        idempotency: { purge },
        auditTrail: faceOf(AuditTrail, Context.get(services, AuditTrail), here),
        dataExports: faceOf(DataExports, Context.get(services, DataExports), here),
        adminNotifications: faceOf(AdminNotifications, Context.get(services, AdminNotifications), here),
        analytics: faceOf(Analytics, Context.get(services, Analytics), here),
        search: faceOf(Search, Context.get(services, Search), here).find,
        doctor: faceOf(Doctor, Context.get(services, Doctor), here),
        actingAs: (user) => fieldFace(services, user, here),
        fieldJobs: {
          remindCalls: faceOf(Calls, Context.get(services, Calls), here).remindDue,
          remindSurveys: faceOf(Surveys, Context.get(services, Surveys), here).remindDue,
          escalateEmergencies: faceOf(Emergencies, Context.get(services, Emergencies), here).escalateDue,
          billInstallations: faceOf(InstallationBills, Context.get(services, InstallationBills), here).billDue
        }
      }
    }
  }
}
