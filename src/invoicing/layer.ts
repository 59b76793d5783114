/** The services of invoicing over its ports, composed once. */
import { Layer } from "effect"
import type { BillingEntityStore, CustomerStore, OrganizationStore } from "../accounts/index.js"
import type { AddOnStore, PlanStore, PlanTerms, TaxStore, TaxTable } from "../catalog/index.js"
import type { Ids, Transactor } from "../core/index.js"
import type { CouponStore, CreditNoteStore, CreditPurchases, OpenAmounts, WalletStore } from "../credits/index.js"
import type { LedgerStore } from "../ledger/index.js"
import type { EventBilling, EventSequence, MetricStore, UsageStore } from "../metering/index.js"
import type { AdvanceStore, Rating } from "../rating/index.js"
import type { SubscriptionBilling, SubscriptionStore } from "../subscriptions/index.js"
import { AdvanceBilling, eventBillingLayer } from "./advance/event-billing.js"
import { Openings } from "./advance/openings.js"
import { AdvancePosting } from "./advance/posting.js"
import { StoredEvents } from "./advance/stored-events.js"
import { Batches } from "./batch.js"
import { BillWork } from "./bill-work.js"
import { Billing } from "./billing.js"
import type { Collections } from "./collections.js"
import { CreditNotes } from "./credit-notes.js"
import { Discounts } from "./discounts.js"
import { Drafts } from "./drafts.js"
import type { FeeStore } from "./fee-store.js"
import { Fees } from "./fees.js"
import { Finalization } from "./finalization.js"
import { FinalizationRuns } from "./finalization-run.js"
import { Invoices } from "./invoices.js"
import { Issuing } from "./issuing.js"
import { LateUsage } from "./late-usage.js"
import { NoteIssuing } from "./note-issuing.js"
import { openAmountsLayer } from "./open-amounts.js"
import { OverdueInvoices } from "./overdue.js"
import { creditPurchasesLayer } from "./purchases.js"
import { Regeneration } from "./regeneration.js"
import { UsageWindows } from "./running.js"
import { AddOns, Sales } from "./sales/index.js"
import { Settlements } from "./settlements.js"
import type { InvoiceStore } from "./store.js"
import { subscriptionBillingLayer } from "./subscription-billing.js"
import type { SurroundingsStore } from "./surroundings.js"
import { TaxSupply } from "./tax-supply.js"
import { ThresholdChecks, type UsageThresholdStore, UsageThresholds } from "./thresholds/index.js"
import { Voiding } from "./voiding.js"

/** What invoicing stands on. */
export type InvoicingNeeds =
  | OrganizationStore
  | BillingEntityStore
  | CustomerStore
  | PlanStore
  | AddOnStore
  | PlanTerms
  | TaxStore
  | TaxTable
  | EventSequence
  | MetricStore
  | UsageStore
  | AdvanceStore
  | Rating
  | SubscriptionStore
  | SurroundingsStore
  | InvoiceStore
  | FeeStore
  | CreditNoteStore
  | WalletStore
  | LedgerStore
  | UsageThresholdStore
  | Collections
  | CouponStore
  | Transactor
  | Ids

/** The jobs, the invoices, add-ons, thresholds, settlements, the windows of usage, and what the floors below need of billing: single subscriptions, purchases of credits, what is open. */
export const invoicingLayer: Layer.Layer<
  | Billing
  | OverdueInvoices
  | AdvanceBilling
  | EventBilling
  | Invoices
  | Fees
  | AddOns
  | UsageThresholds
  | ThresholdChecks
  | Settlements
  | UsageWindows
  | SubscriptionBilling
  | CreditNotes
  | NoteIssuing
  | CreditPurchases
  | OpenAmounts,
  never,
  InvoicingNeeds
> = Layer.mergeAll(
  Billing.layer,
  OverdueInvoices.layer,
  eventBillingLayer,
  Invoices.layer,
  Fees.layer,
  AddOns.layer,
  Settlements.layer,
  UsageThresholds.layer.pipe(Layer.provideMerge(ThresholdChecks.layer)),
  UsageWindows.layer,
  creditPurchasesLayer,
  CreditNotes.layer.pipe(Layer.provideMerge(NoteIssuing.layer), Layer.provide(Settlements.layer)),
  openAmountsLayer,
  subscriptionBillingLayer
).pipe(
  Layer.provide(FinalizationRuns.layer),
  Layer.provide(TaxSupply.layer),
  Layer.provide(Layer.mergeAll(Regeneration.layer, Sales.layer, Voiding.layer)),
  Layer.provide(Layer.mergeAll(BillWork.layer, Finalization.layer)),
  Layer.provide(Layer.mergeAll(Drafts.layer, Openings.layer, StoredEvents.layer)),
  Layer.provideMerge(AdvanceBilling.layer),
  Layer.provide(AdvancePosting.layer),
  Layer.provide(Layer.mergeAll(Batches.layer, LateUsage.layer, Discounts.layer, Issuing.layer))
)
