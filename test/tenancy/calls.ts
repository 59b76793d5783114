/**
 * Every method of every public service, with arguments that work for a tenant as `furnish` leaves it. From it two tests are made: whose ids a
 * call takes, and that what it writes is in the audit log. A method that is not here fails both.
 */
import { aside, type Call, reads, writes } from "./call.js"
import { fieldCalls } from "./field-calls.js"
import type { Given } from "./given.js"

const pages = { success_url: "https://example.com/a", cancel_url: "https://example.com/b" }
const NOTHING_DUE = "a job: nothing is due here; what it writes is logged like every other write"
const TOLD = "messages to administrators: what they tell of is logged itself"
const USAGE = "events are their own record"
const MESSAGES = "messages are their own record, with their tries and receipts"
const HOLDS = "holds are their own record, with their movement"

const usage = (transaction_id: string, given: Given) => ({
  transaction_id,
  external_customer_id: given.external_customer,
  external_subscription_id: given.external_subscription,
  code: given.metric_code,
  timestamp: "2025-02-01T00:00:00Z",
  properties: { n: 1 }
})

/** By `Service.method`; several calls where a method takes its ids in several ways. */
export const calls: Readonly<Record<string, ReadonlyArray<Call>>> = {
  "Organizations.get": [reads()],
  "Organizations.list": [reads()],
  "Organizations.create": [writes(() => [{ name: "New" }])],
  "Organizations.update": [writes(() => [{ name: "Other" }])],
  "Organizations.delete": [aside("refused while there are customers; test/operations/audit.test.ts has one that is not")],
  "Members.add": [writes(() => [{ user_id: "new", role: "owner" }])],
  "Members.get": [reads(({ member }) => [member])],
  "Members.list": [reads()],
  "Members.update": [writes(({ member }) => [member, { role: "admin" }])],
  "Members.remove": [writes(({ member }) => [member])],
  "Members.permit": [reads(() => ["everyday", "Test"])],
  "ApiKeys.create": [writes(() => [{ name: "N" }])],
  "ApiKeys.list": [reads()],
  "ApiKeys.revoke": [writes(({ key }) => [key])],
  "ApiKeys.rotate": [writes(({ key }) => [key])],
  "ApiKeys.authenticate": [aside("stamps when a key was last used", () => [`Bearer bw_live_${"0".repeat(64)}`])],
  "BillingEntities.create": [writes(() => [{ code: "new", name: "New" }])],
  "BillingEntities.get": [reads(({ entity: id }) => [{ id }])],
  "BillingEntities.list": [reads()],
  "BillingEntities.update": [writes(({ entity: id }) => [{ id }, { name: "Other" }])],
  "BillingEntities.setDefault": [writes(({ spare_entity: id }) => [{ id }])],
  "BillingEntities.delete": [writes(({ spare_entity: id }) => [{ id }])],
  "BillingEntities.customerCounts": [reads()],
  "BillingEntities.issuers": [reads()],
  "Customers.create": [writes(({ entity }) => [{ external_id: "new", name: "New", billing_entity_id: entity }])],
  "Customers.get": [reads(({ customer: id }) => [{ id }]), reads(({ external_customer: external_id }) => [{ external_id }])],
  "Customers.list": [reads()],
  "Customers.update": [
    writes(({ customer: id }) => [{ id }, { name: "Other" }]),
    writes(({ spare_entity }) => [{ external_id: "c-a" }, { billing_entity_id: spare_entity }])
  ],
  "Customers.delete": [
    writes(({ spare_customer: id }) => [{ id }]),
    writes(({ external_spare_customer: external_id }) => [{ external_id }])
  ],
  "Customers.load": [reads(({ customer }) => [[customer]])],
  "Customers.loadExternal": [reads(({ external_customer }) => [[external_customer]])],
  "Metrics.create": [writes(() => [{ code: "new", name: "New", aggregation_type: "count" }])],
  "Metrics.get": [reads(({ metric: id }) => [{ id }]), reads(({ metric_code: code }) => [{ code }])],
  "Metrics.list": [reads()],
  "Metrics.update": [writes(({ metric: id }) => [{ id }, { name: "Other" }])],
  "Metrics.delete": [writes(({ spare_metric: id }) => [{ id }])],
  "Metrics.addFilter": [writes(({ metric: id }) => [{ id }, { key: "tier", values: ["a"] }])],
  "Metrics.updateFilter": [writes(({ metric: id }) => [{ id }, "region", { values: ["eu", "us", "ap"] }])],
  "Metrics.removeFilter": [writes(({ metric: id }) => [{ id }, "region"])],
  "Metrics.stats": [reads()],
  "Metrics.planCounts": [reads()],
  "Events.reprocess": [aside("nothing is crossed anew here; what a crossing writes is logged", ({ event: id }) => [{ id }])],
  "Events.ingest": [aside(USAGE, (given) => [[usage("new", given)]])],
  "Events.ingestOne": [aside(USAGE, (given) => [usage("new", given)])],
  "Events.ingestStream": [aside(USAGE, (given) => [[usage("new", given)]])],
  "Events.get": [reads(({ event: id }) => [{ id }]), reads(({ transaction: transaction_id }) => [{ transaction_id }])],
  "Events.list": [reads(({ external_customer: external_customer_id }) => [{ external_customer_id }])],
  "Events.volume": [reads(({ metric_code: code }) => [{ code, from: "2025-01-01T00:00:00Z", to: "2025-01-20T00:00:00Z" }])],
  "Plans.create": [
    writes(({ metric_code }) => [
      {
        code: "new",
        name: "New",
        interval: "monthly",
        amount_cents: "1",
        charges: [{ metric_code, charge_model: "standard", properties: { amount: "1" } }]
      }
    ])
  ],
  "Plans.get": [reads(({ plan: id }) => [{ id }]), reads(({ plan_code: code }) => [{ code }])],
  "Plans.list": [reads()],
  "Plans.update": [writes(({ plan: id }) => [{ id }, { name: "Other" }])],
  "Plans.delete": [writes(({ spare_plan: id }) => [{ id }])],
  "Plans.migrate": [
    aside("every subscription is on the newest version", ({ plan: id }) => [{ id }]),
    aside("every subscription is on the newest version", ({ plan_code: code, subscription }) => [
      { code },
      { subscription_ids: [subscription] }
    ])
  ],
  "Plans.subscriptionCounts": [reads()],
  "Plans.simulate": [reads(({ plan: id }) => [{ id }, {}])],
  "Taxes.create": [writes(() => [{ code: "new", name: "New", rate: "0.1" }])],
  "Taxes.get": [reads(({ tax: id }) => [{ id }]), reads(({ tax_code: code }) => [{ code }])],
  "Taxes.list": [reads()],
  "Taxes.update": [writes(({ tax: id }) => [{ id }, { name: "Other" }])],
  "Taxes.delete": [aside("refused while it is applied; test/operations/audit.test.ts has one that is not", ({ tax: id }) => [{ id }])],
  "Taxes.apply": [writes(({ customer, tax_code }) => [{ tax_code, taxable_type: "customer", taxable_id: customer }])],
  "Taxes.remove": [writes(({ other_customer, tax_code }) => [{ tax_code, taxable_type: "customer", taxable_id: other_customer }])],
  "Taxes.applied": [reads(({ other_customer }) => [{ taxable_type: "customer", taxable_id: other_customer }])],
  "Taxes.applicationCounts": [reads()],
  "Features.create": [writes(() => [{ code: "new", name: "New", feature_type: "boolean" }])],
  "Features.get": [reads(({ feature: id }) => [{ id }])],
  "Features.list": [reads()],
  "Features.update": [writes(({ feature: id }) => [{ id }, { name: "Other" }])],
  "Features.delete": [writes(({ spare_feature: id }) => [{ id }])],
  "Features.planCounts": [reads()],
  "Entitlements.create": [writes(({ plan_code, spare_feature_code: feature_code }) => [{ plan_code, feature_code, value: true }])],
  "Entitlements.get": [reads(({ entitlement }) => [entitlement])],
  "Entitlements.list": [reads()],
  "Entitlements.update": [writes(({ entitlement }) => [entitlement, { value: "6" }])],
  "Entitlements.delete": [writes(({ entitlement }) => [entitlement])],
  "Entitlements.copy": [writes(({ plan_code: from_plan_code, spare_plan_code: to_plan_code }) => [{ from_plan_code, to_plan_code }])],
  "Entitlements.ofPlan": [reads(({ plan: id }) => [{ id }])],
  "Entitlements.ofSubscription": [reads(({ subscription: id }) => [{ id }])],
  "Entitlements.check": [
    reads(({ external_subscription: external_subscription_id, feature_code }) => [{ feature_code, external_subscription_id }]),
    reads(({ external_customer: external_customer_id, feature_code }) => [{ feature_code, external_customer_id }])
  ],
  "Subscriptions.create": [
    writes(({ entity: billing_entity_id, external_customer: external_customer_id, plan_code }) => [
      { external_id: "new", external_customer_id, plan_code, billing_entity_id }
    ])
  ],
  "Subscriptions.get": [reads(({ subscription: id }) => [{ id }]), reads(({ external_subscription: external_id }) => [{ external_id }])],
  "Subscriptions.list": [reads(({ customer: customer_id }) => [{ customer_id }])],
  "Subscriptions.update": [writes(({ spare_entity, subscription: id }) => [{ id }, { billing_entity_id: spare_entity }])],
  "Subscriptions.activate": [writes(({ pending: id }) => [{ id }])],
  "Subscriptions.pause": [writes(({ subscription: id }) => [{ id }])],
  "Subscriptions.resume": [writes(({ paused: id }) => [{ id }])],
  "Subscriptions.cancel": [writes(({ subscription: id }) => [{ id }])],
  "Subscriptions.terminate": [writes(({ subscription: id }) => [{ id }])],
  "Subscriptions.changePlan": [writes(({ spare_plan_code: plan_code, subscription: id }) => [{ id }, { plan_code }])],
  "Subscriptions.cancelPlanChange": [writes(({ changing: id }) => [{ id }])],
  "Subscriptions.bulkPause": [writes(({ subscription }) => [{ ids: [subscription] }])],
  "Subscriptions.bulkResume": [writes(({ paused }) => [{ ids: [paused] }])],
  "Subscriptions.bulkTerminate": [writes(({ subscription }) => [{ ids: [subscription] }])],
  "Subscriptions.nextBilling": [reads(({ subscription: id }) => [{ id }])],
  "Subscriptions.lifecycle": [reads(({ subscription: id }) => [{ id }])],
  "Subscriptions.previewPlanChange": [reads(({ spare_plan_code: plan_code, subscription: id }) => [{ id }, { plan_code }])],
  "Usage.current": [reads(({ subscription: id }) => [{ id }])],
  "Usage.projected": [reads(({ subscription: id }) => [{ id }])],
  "Usage.past": [reads(({ subscription: id }) => [{ id }])],
  "Usage.trend": [reads(({ metric_code, subscription: id }) => [{ id }, { metric_code }])],
  "Usage.estimate": [
    reads(({ external_subscription: external_subscription_id, metric_code: code }) => [
      { external_subscription_id, code, properties: { n: 1 } }
    ])
  ],
  "Usage.estimateInstant": [
    reads(({ external_subscription: external_subscription_id, metric_code: code }) => [
      { external_subscription_id, code, properties: { n: 1 } }
    ])
  ],
  "UsageAlerts.create": [
    writes(({ external_subscription: external_subscription_id, metric_code }) => [
      { external_subscription_id, metric_code, name: "N", threshold_value: "5" }
    ])
  ],
  "UsageAlerts.get": [reads(({ alert }) => [alert])],
  "UsageAlerts.list": [reads(({ metric, subscription }) => [{ subscription_id: subscription, billable_metric_id: metric }])],
  "UsageAlerts.update": [writes(({ alert }) => [alert, { name: "Other" }])],
  "UsageAlerts.delete": [writes(({ alert }) => [alert])],
  "UsageAlerts.status": [reads(({ alert }) => [alert])],
  "UsageAlerts.test": [reads(({ alert }) => [alert])],
  "UsageAlerts.history": [reads(({ alert }) => [alert])],
  "DailyUsages.aggregate": [aside("sums of events, recounted at any time")],
  "DailyUsages.recount": [aside("sums of events, recounted at any time", ({ metric_code }) => [{ metric_code }])],
  "UsageThresholds.create": [
    writes(({ external_subscription: external_subscription_id }) => [{ external_subscription_id, amount_cents: "500000" }]),
    writes(({ plan_code }) => [{ plan_code, amount_cents: "500000" }])
  ],
  "UsageThresholds.get": [reads(({ threshold }) => [threshold])],
  "UsageThresholds.list": [reads(({ subscription: subscription_id }) => [{ subscription_id }])],
  "UsageThresholds.delete": [writes(({ threshold }) => [threshold])],
  "UsageThresholds.crossings": [reads(({ subscription: subscription_id }) => [{ subscription_id }])],
  "UsageThresholds.check": [aside("nothing is crossed here", ({ subscription: id }) => [{ id }])],
  "Invoices.get": [reads(({ invoice }) => [invoice])],
  "Invoices.list": [reads(({ customer: customer_id }) => [{ customer_id }])],
  "Invoices.totals": [reads()],
  "Invoices.preview": [reads(({ subscription: id }) => [{ id }])],
  "Invoices.explain": [reads(({ fee }) => [fee])],
  "Invoices.refresh": [aside("nothing has changed since", ({ draft }) => [draft])],
  "Invoices.update": [
    writes(({ draft, entity }) => [draft, { billing_entity_id: entity, due_date: "2030-01-01T00:00:00Z" }]),
    writes(({ draft }) => [draft, { lines: [{ description: "Other", unit_amount_cents: "700" }] }])
  ],
  "Invoices.finalize": [writes(({ draft }) => [draft])],
  "Invoices.delete": [writes(({ spare_draft }) => [spare_draft])],
  "Invoices.generate": [aside("nothing is left to bill before the period ends", ({ subscription: id }) => [{ id }])],
  "Invoices.oneOff": [
    writes(({ entity: billing_entity_id, external_customer: external_customer_id }) => [
      { external_customer_id, billing_entity_id, lines: [{ description: "W", unit_amount_cents: "1" }] }
    ])
  ],
  "Fees.create": [
    writes(({ external_customer: external_customer_id }) => [{ external_customer_id, amount_cents: "100", description: "Set-up" }])
  ],
  "Fees.get": [reads(({ fee }) => [fee])],
  "Fees.list": [reads(({ customer: customer_id, subscription: subscription_id }) => [{ customer_id, subscription_id }])],
  "Fees.update": [writes(({ added_fee }) => [added_fee, { description: "Other" }])],
  "Fees.delete": [writes(({ added_fee }) => [added_fee])],
  "Invoices.void": [writes(({ voidable }) => [voidable])],
  "Invoices.bulkFinalize": [writes(({ draft }) => [{ ids: [draft] }])],
  "Invoices.bulkVoid": [writes(({ voidable }) => [{ ids: [voidable] }])],
  "Invoices.settlements": [reads(({ paid }) => [paid])],
  "CreditNotes.get": [reads(({ note }) => [note])],
  "CreditNotes.list": [reads(({ customer: customer_id, invoice: invoice_id }) => [{ customer_id, invoice_id }])],
  "CreditNotes.estimate": [reads(({ fee, invoice: invoice_id }) => [{ invoice_id, items: [{ fee_id: fee, amount_cents: "1" }] }])],
  "CreditNotes.create": [
    writes(({ fee, invoice: invoice_id }) => [
      { invoice_id, credit_note_type: "credit", reason: "other", items: [{ fee_id: fee, amount_cents: "1" }] }
    ])
  ],
  "CreditNotes.issue": [
    writes(({ fee, invoice: invoice_id }) => [
      { invoice_id, credit_note_type: "credit", reason: "other", items: [{ fee_id: fee, amount_cents: "1" }] }
    ])
  ],
  "CreditNotes.update": [writes(({ draft_note }) => [draft_note, { description: "Other" }])],
  "CreditNotes.delete": [writes(({ spare_note }) => [spare_note])],
  "CreditNotes.finalize": [writes(({ draft_note }) => [draft_note])],
  "CreditNotes.void": [writes(({ note }) => [note])],
  "CreditNotes.refund": [aside("refused: its refund is under way", ({ refund_note }) => [refund_note])],
  "CreditNotes.markRefunded": [writes(({ refund_note }) => [refund_note])],
  "CreditNotes.apply": [writes(({ note, unpaid: invoice_id }) => [note, { invoice_id, amount_cents: "1" }])],
  "Documents.invoice": [reads(({ invoice }) => [invoice])],
  "Documents.creditNote": [reads(({ note }) => [note])],
  "DocumentMails.sendInvoice": [aside(MESSAGES, ({ invoice }) => [invoice])],
  "DocumentMails.sendReminder": [aside(MESSAGES, ({ invoice }) => [invoice])],
  "DocumentMails.sendCreditNote": [aside(MESSAGES, ({ note }) => [note])],
  "DocumentMails.list": [reads(({ customer, invoice }) => [customer, { context_id: invoice }])],
  "DocumentMails.mailing": [reads(({ customer }) => [customer])],
  "DocumentMails.setMailing": [writes(({ customer }) => [customer, { on_issue: true }])],
  "DocumentMails.mailDue": [aside(NOTHING_DUE)],
  "Coupons.create": [writes(() => [{ code: "new", name: "New", coupon_type: "percentage", percentage_rate: "1" }])],
  "Coupons.get": [reads(({ coupon: id }) => [{ id }]), reads(({ coupon_code: code }) => [{ code }])],
  "Coupons.list": [reads()],
  "Coupons.update": [writes(({ coupon: id }) => [{ id }, { name: "Other" }])],
  "Coupons.delete": [writes(({ spare_coupon: id }) => [{ id }])],
  "Coupons.terminate": [writes(({ coupon: id }) => [{ id }])],
  "Coupons.duplicate": [writes(({ coupon: id }) => [{ id }])],
  "Coupons.analytics": [reads(({ coupon: id }) => [{ id }])],
  "Coupons.apply": [
    writes(({ external_customer: external_customer_id, spare_coupon_code: coupon_code }) => [{ coupon_code, external_customer_id }])
  ],
  "Coupons.applied": [reads(({ coupon: coupon_id, other_customer: customer_id }) => [{ coupon_id, customer_id }])],
  "Coupons.removeApplied": [writes(({ application }) => [application])],
  "AddOns.create": [writes(() => [{ code: "new", name: "New", amount_cents: "1", amount_currency: "USD" }])],
  "AddOns.get": [reads(({ add_on: id }) => [{ id }])],
  "AddOns.list": [reads()],
  "AddOns.update": [writes(({ add_on: id }) => [{ id }, { name: "Other" }])],
  "AddOns.delete": [writes(({ spare_add_on: id }) => [{ id }])],
  "AddOns.apply": [writes(({ add_on_code, external_customer: external_customer_id }) => [{ add_on_code, external_customer_id }])],
  "AddOns.applications": [reads(({ add_on: add_on_id, other_customer: customer_id }) => [{ add_on_id, customer_id }])],
  "AddOns.applicationCounts": [reads()],
  "Payments.record": [writes(({ unpaid: invoice_id }) => [{ invoice_id }])],
  "Payments.checkout": [writes(({ voidable: invoice_id }) => [{ invoice_id, provider: "stripe", ...pages }])],
  "Payments.get": [reads(({ payment }) => [payment])],
  "Payments.list": [reads(({ customer: customer_id, invoice: invoice_id }) => [{ customer_id, invoice_id }])],
  "Payments.retry": [aside("refused: nothing has failed here", ({ payment }) => [payment])],
  "Payments.markPaid": [aside("refused: nothing waits here", ({ payment }) => [payment])],
  "Payments.refund": [writes(({ payment }) => [payment])],
  "Payments.refunds": [reads(({ payment }) => [payment])],
  "Payments.delete": [aside("refused: it is over", ({ payment }) => [payment])],
  "CustomerHealths.get": [reads(({ external_customer }) => [external_customer])],
  "Wallets.create": [writes(({ external_customer: external_customer_id }) => [{ external_customer_id, code: "new", rate_amount: "1" }])],
  "Wallets.get": [
    reads(({ wallet: id }) => [{ id }]),
    reads(({ external_holder: external_customer_id, wallet_code: code }) => [{ external_customer_id, code }])
  ],
  "Wallets.list": [reads(({ holder: customer_id }) => [{ customer_id }])],
  "Wallets.update": [writes(({ wallet: id }) => [{ id }, { name: "Other" }])],
  "Wallets.topUp": [writes(({ wallet: id }) => [{ id }, { credits: "5" }])],
  "Wallets.voidCredits": [writes(({ wallet: id }) => [{ id }, { credits: "5" }])],
  "Wallets.transfer": [writes(({ wallet: from, wallet_to: to }) => [{ from, to, credits: "5" }])],
  "Wallets.terminate": [writes(({ wallet_to: id }) => [{ id }])],
  "Wallets.transactions": [reads(({ wallet: wallet_id }) => [{ wallet_id }])],
  "Wallets.balances": [reads(({ wallet: id }) => [{ id }])],
  "Wallets.balanceTimeline": [reads(({ wallet: id }) => [{ id }, { from: "2025-01-01", until: "2025-02-01" }])],
  "Wallets.depletionForecast": [reads(({ wallet: id }) => [{ id }])],
  "Wallets.runDue": [aside(NOTHING_DUE)],
  "WalletHolds.reserve": [aside(HOLDS, ({ wallet: wallet_id }) => [{ wallet_id, amount_cents: "1" }])],
  "WalletHolds.settle": [aside(HOLDS, ({ hold }) => [hold, { amount_cents: "1" }])],
  "WalletHolds.release": [aside(HOLDS, ({ hold }) => [hold])],
  "WalletHolds.get": [reads(({ hold }) => [hold])],
  "WalletHolds.list": [reads(({ wallet: wallet_id }) => [{ wallet_id }])],
  "WalletRules.list": [reads(({ wallet }) => [wallet])],
  "WalletRules.create": [
    writes(({ wallet }) => [wallet, { trigger: "interval", interval: "monthly", method: "fixed", granted_credits: "1" }])
  ],
  "WalletRules.terminate": [writes(({ rule, wallet }) => [wallet, rule])],
  "ProviderWebhooks.receive": [
    aside("refused without a signature; test/payments has those that are signed", () => [{ provider: "stripe", headers: {}, body: "{}" }])
  ],
  "Ledger.trialBalance": [reads(() => [{ currency: "USD" }])],
  "Ledger.balance": [reads(({ other_customer: customer_id }) => [{ account: "accounts_receivable", customer_id }])],
  "Ledger.entries": [reads(({ invoice: source_id }) => [{ source_id }])],
  "PaymentMethods.add": [
    writes(({ external_customer: external_customer_id }) => [
      { external_customer_id, provider: "stripe", provider_payment_method_id: "new" }
    ])
  ],
  "PaymentMethods.setupSession": [
    aside("a page of the provider: it writes nothing", ({ external_customer: external_customer_id }) => [
      { external_customer_id, ...pages }
    ])
  ],
  "PaymentMethods.get": [reads(({ payment_method }) => [payment_method])],
  "PaymentMethods.list": [reads(({ customer: customer_id }) => [{ customer_id }])],
  "PaymentMethods.update": [writes(({ payment_method }) => [payment_method, { details: { brand: "visa" } }])],
  "PaymentMethods.setDefault": [writes(({ spare_method }) => [spare_method])],
  "PaymentMethods.clearDefault": [writes(({ payment_method }) => [payment_method])],
  "PaymentMethods.delete": [writes(({ spare_method }) => [spare_method])],
  "PaymentRequests.create": [
    writes(({ other_external_customer: external_customer_id, voidable }) => [{ external_customer_id, invoice_ids: [voidable] }])
  ],
  "PaymentRequests.createOverdue": [writes(() => [])],
  "PaymentRequests.attempt": [writes(({ request }) => [request])],
  "PaymentRequests.fail": [writes(({ request }) => [request])],
  "PaymentRequests.get": [reads(({ request }) => [request])],
  "PaymentRequests.list": [reads(({ other_customer: customer_id }) => [{ customer_id }])],
  "PaymentRequests.history": [reads(({ request }) => [request])],
  "DunningCampaigns.create": [writes(() => [{ code: "new", name: "New" }])],
  "DunningCampaigns.get": [reads(({ campaign }) => [campaign])],
  "DunningCampaigns.list": [reads()],
  "DunningCampaigns.update": [writes(({ campaign }) => [campaign, { name: "Other" }])],
  "DunningCampaigns.delete": [writes(({ campaign }) => [campaign])],
  "DunningCampaigns.statistics": [reads(({ campaign }) => [campaign])],
  "DunningCampaigns.executions": [reads(({ campaign }) => [campaign])],
  "DunningCampaigns.timeline": [reads(({ campaign }) => [campaign])],
  "Dunning.run": [writes(() => [])],
  "Dunning.preview": [reads()],
  "Dunning.reminders": [reads()],
  "Dunning.markSent": [aside("messages on their way", ({ request }) => [[request]])],
  "WebhookEndpoints.create": [writes(() => [{ url: "https://example.com/new" }])],
  "WebhookEndpoints.get": [reads(({ endpoint }) => [endpoint])],
  "WebhookEndpoints.list": [reads()],
  "WebhookEndpoints.update": [writes(({ endpoint }) => [endpoint, { status: "inactive" }])],
  "WebhookEndpoints.delete": [writes(({ endpoint }) => [endpoint])],
  "WebhookEndpoints.statistics": [reads(({ endpoint }) => [endpoint])],
  "WebhookEndpoints.rotateHmacKey": [writes(() => [])],
  "WebhookEndpoints.rotateEd25519Key": [writes(() => [])],
  "WebhookEndpoints.publicKeys": [reads()],
  "WebhookEndpoints.resealKeys": [aside("the same keys; nothing is sealed under an old key here")],
  "Integrations.create": [
    writes(() => [{ integration_type: "crm", provider_type: "hubspot", settings: { access_token: "pat-new-12345" } }])
  ],
  "Integrations.get": [reads(({ integration }) => [integration])],
  "Integrations.list": [reads()],
  "Integrations.update": [writes(({ integration }) => [integration, { status: "inactive" }])],
  "Integrations.delete": [writes(({ integration }) => [integration])],
  "Integrations.test": [
    aside("a status that stays leaves no row: test/integrations has those that change", ({ integration }) => [integration])
  ],
  "Integrations.receive": [aside("the history is its own record", ({ integration }) => [integration, { headers: {}, body: "" }])],
  "Integrations.sync": [
    aside("work that waits", ({ customer: resource_id, integration }) => [integration, { resource_type: "customer", resource_id }])
  ],
  "IntegrationSyncs.syncDue": [
    aside("what it writes of an integration is logged like every other write; test/integrations has what it does")
  ],
  "Integrations.mappings": [reads(({ integration }) => [integration])],
  "Integrations.syncHistory": [reads(({ integration }) => [integration])],
  "Integrations.resealCredentials": [aside("the same credentials; nothing is sealed under an old key here")],
  "IntegrationLinks.create": [
    writes(({ integration, other_customer: customer_id }) => [integration, { customer_id, external_customer_id: "E-2" }])
  ],
  "IntegrationLinks.get": [reads(({ link }) => [link])],
  "IntegrationLinks.list": [reads(({ customer: customer_id, integration: integration_id }) => [{ customer_id, integration_id }])],
  "IntegrationLinks.update": [writes(({ link }) => [link, { external_customer_id: "E-3" }])],
  "IntegrationLinks.delete": [writes(({ link }) => [link])],
  "Webhooks.get": [reads(({ webhook }) => [webhook])],
  "Webhooks.list": [reads(({ endpoint: webhook_endpoint_id }) => [{ webhook_endpoint_id }])],
  "Webhooks.attempts": [reads(({ webhook }) => [webhook])],
  "Webhooks.retry": [aside("messages on their way", ({ webhook }) => [webhook])],
  "WebhookDelivery.deliverDue": [aside("messages on their way: test/webhooks has what it does")],
  "WebhookDelivery.purge": [aside("messages on their way")],
  "WebhookDelivery.work": [aside("the same, until it is stopped")],
  "Collecting.collectDue": [aside(NOTHING_DUE)],
  "Refunding.refundDue": [aside(NOTHING_DUE)],
  "Billing.billDue": [aside(NOTHING_DUE)],
  "Billing.finalizeDue": [aside(NOTHING_DUE)],
  "Idempotency.once": [aside("takes another call: test/operations/idempotency.test.ts")],
  "Idempotency.purge": [aside("answers that are kept for a day")],
  "OverdueInvoices.tellOverdue": [writes(() => [])],
  "AdminNotifications.raiseDue": [aside(TOLD)],
  "AdminNotifications.list": [reads()],
  "AdminNotifications.unreadCount": [reads()],
  "AdminNotifications.read": [aside(TOLD, ({ admin_notification }) => [admin_notification])],
  "AdminNotifications.readAll": [aside(TOLD)],
  ...fieldCalls,
  "DataExports.create": [writes(() => [{ export_type: "customers" }])],
  "DataExports.estimate": [reads(({ customer: customer_id }) => [{ export_type: "invoices", filters: { customer_id } }])],
  "DataExports.get": [reads(({ data_export }) => [data_export])],
  "DataExports.list": [reads()],
  "DataExports.download": [aside("refused: it is not ready", ({ data_export }) => [data_export])],
  "ExportRuns.runNext": [aside("the operator's job: test/operations has what it does")],
  "ExportRuns.runDue": [aside("the operator's job: test/operations has what it does")],
  "ExportRuns.purge": [aside("the operator's job: test/operations has what it does")],
  "Analytics.mrr": [reads()],
  "Analytics.mrrMovement": [reads()],
  "Analytics.revenue": [reads()],
  "Analytics.revenueSeries": [reads()],
  "Analytics.revenueByType": [reads()],
  "Analytics.revenueByPlan": [reads()],
  "Analytics.topCustomers": [reads()],
  "Analytics.topMetricsByAmount": [reads()],
  "Analytics.topMetricsByEvents": [reads()],
  "Analytics.receivables": [reads()],
  "Analytics.customers": [reads()],
  "Analytics.subscriptions": [reads()],
  "Search.find": [reads(() => [{ text: "c" }])],
  "AuditTrail.list": [reads(({ invoice: resource_id }) => [{ resource_id }])],
  "AuditTrail.trail": [reads(({ invoice: resource_id }) => [{ resource_type: "invoice", resource_id }])],
  "AuditTrail.head": [reads()],
  "AuditTrail.verify": [reads()],
  "Doctor.check": [reads()]
}
